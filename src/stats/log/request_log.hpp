#pragma once
// The request log: append-only segments, one record per request of media. Requests that aren't recorded can't be counted later. For the
// format, see docs/formats/request-log.md. Never stores full addresses.

#include "base/random.hpp"
#include "base/result.hpp"
#include "stats/log/places.hpp"
#include "stats/log/record.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

namespace carillon::stats {

/// A batch is written when its first record has waited this long, or when about this much is waiting.
inline constexpr std::chrono::milliseconds kBatchInterval{1000};
inline constexpr ByteCount kBatchSize{64 << 10};
/// Records held in memory while the disk rejects writes.
inline constexpr std::size_t kMaxWaiting = 64 * 1024;
/// The interval of log lines about a disk that rejects writes.
inline constexpr std::chrono::minutes kComplaintInterval{1};

/// Any thread. Appending is cheap and never waits for the disk: a separate thread turns requests into records, in batches (kBatchInterval
/// or kBatchSize), and discards their addresses. If the disk is full or fails, up to kMaxWaiting records are held in memory, others are
/// dropped and counted, and writing continues when possible.
class RequestLog {
 public:
  struct Parts {
    std::filesystem::path folder;        ///< of the segments
    std::filesystem::path keys;          ///< folder of the listener keys
    std::filesystem::path former_key{};  ///< file of the single key of earlier versions (see ListenerKeys::open)
    const Clock& clock;                  ///< for the current month
    Random& random;
    PlaceOf places{};
    /// Average records per minute and address (see RecordLimit), 0 for no limit; further ones are counted and logged once a minute, but not
    /// written. Local addresses aren't limited, because behind an untrusted proxy they represent everyone.
    int per_address = 0;
  };

  /// Opens the folder and truncates an incomplete end of the newest segment (which is logged); the first record starts a new segment. The
  /// references in `parts` must outlive the log. Blocks.
  static Result<std::unique_ptr<RequestLog>> open(Parts parts);
  ~RequestLog();  ///< writes waiting records; those that still can't be written are dropped, counted and logged
  void append(Request request);
  /// Everything appended before is on disk when it returns; or, if the disk rejects writes, was tried once and keeps waiting. Blocks.
  void flush();
  /// Regular maintenance, apart from requests: compresses one complete segment, destroys expired keys. Returns whether another segment is
  /// waiting. One thread at a time. Blocks for at most a second unless the disk is slow; stop_tending() ends it early.
  bool tend();
  void stop_tending() noexcept;
  [[nodiscard]] std::uint64_t dropped() const noexcept;
  [[nodiscard]] std::uint64_t over_limit() const noexcept;  ///< records not written because of `per_address` since the start

 private:
  struct Impl;
  explicit RequestLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Reads the records of one segment of any version in order. `corrupt` if something is damaged, with details, after visiting all readable
/// records. Blocks.
Result<> read_segment(const std::filesystem::path& segment, const std::function<void(const Record&)>& visit);

}  // namespace carillon::stats
