#pragma once
// The request log: append-only segments, one record per request of media. What is not written down can never be counted.
// The format is on docs/formats/request-log.md. No full address is ever stored.

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

/// A batch is written when its first record has waited this long, or when about this much waits.
inline constexpr std::chrono::milliseconds kBatchInterval{1000};
inline constexpr ByteCount kBatchSize{64 << 10};
/// Records kept while the disk refuses them.
inline constexpr std::size_t kMaxWaiting = 64 * 1024;
/// How long between two log lines about a disk that refuses.
inline constexpr std::chrono::minutes kComplaintInterval{1};

/// Any thread. Appending never waits for the disk and works nothing out: a thread of the log's own turns requests into records, in batches
/// (kBatchInterval or kBatchSize), and forgets their addresses; when the disk is full or fails, records are kept up to kMaxWaiting, then
/// dropped and counted, and writing goes on when it can.
class RequestLog {
 public:
  struct Parts {
    std::filesystem::path folder;        ///< of the segments
    std::filesystem::path keys;          ///< folder of the listener keys
    std::filesystem::path former_key{};  ///< file of the one key that earlier versions had (see ListenerKeys::open)
    const Clock& clock;                  ///< what month it is
    Random& random;
    PlaceOf places{};
    /// Records a minute of one address in the long run (see RecordLimit), 0 for no limit; more are counted, said in the log once a minute,
    /// and not written. Local addresses are not limited: behind a proxy whose word is not believed they stand for everybody.
    int per_address = 0;
  };

  /// Opens the folder, cuts a torn tail off the newest segment (said in the log); the first record starts a new segment. What `parts`
  /// refers to must outlive the log. Blocks.
  static Result<std::unique_ptr<RequestLog>> open(Parts parts);
  ~RequestLog();  ///< writes what waits; what the disk refuses even now is dropped, counted and said in the log
  void append(Request request);
  /// Everything appended before is on disk when it returns; or, where the disk refuses, has been tried once and waits on. Blocks.
  void flush();
  /// What is to be done now and then, aside from all requests: compresses one complete segment, destroys keys whose time is over. Answers
  /// whether another segment waits. One thread at a time. Blocks, for a second at most unless the disk is slow; stop_tending() ends it
  /// early.
  bool tend();
  void stop_tending() noexcept;
  [[nodiscard]] std::uint64_t dropped() const noexcept;
  [[nodiscard]] std::uint64_t over_limit() const noexcept;  ///< not written since the start because of `per_address`

 private:
  struct Impl;
  explicit RequestLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Reads the records of one segment of any version in order. `corrupt` when something is damaged, saying what and where, after visiting all
/// that can be read. Blocks.
Result<> read_segment(const std::filesystem::path& segment, const std::function<void(const Record&)>& visit);

}  // namespace carillon::stats
