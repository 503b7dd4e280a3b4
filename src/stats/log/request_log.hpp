#pragma once
// The request log: append-only segments, one record per request of media. What is not written down can never be counted.
// The format is on docs/formats/request-log.md. No full address is ever stored.

#include "base/bytes.hpp"
#include "base/digest.hpp"
#include "base/random.hpp"
#include "base/time.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::stats {

/// What a handler knows of a request; the log works out the rest at once and forgets the address.
struct Request {
  Time time;
  std::string episode;  ///< as the address names it, existing or not; "" where that is no id
  Digest media;         ///< of the whole as served (its ETag); zeros where no audio was
  std::string method;   ///< "GET", "HEAD"
  int status = 0;
  std::string range;       ///< the Range field as asked for, "" if none; cut to kLongestRange
  ByteCount sent;          ///< bytes of the body that really left
  std::string address;     ///< of the listener, full; never stored. One that can't be read: a listener of zeros, prefix ""
  std::string user_agent;  ///< cut to kLongestUserAgent
  std::string referrer;    ///< cut to kLongestReferrer
};

/// One record as stored.
struct Record {
  Time time;
  std::string episode;
  Digest media;
  std::string method;
  int status = 0;
  std::string range;
  ByteCount sent;
  std::array<std::byte, 16> listener{};  ///< keyed hash of the address, IPv6 cut to /64
  std::string prefix;                    ///< "192.0.2.0/24", "2001:db8::/48"
  std::string country;                   ///< ISO 3166, "" if not known
  std::string user_agent;
  std::string referrer;
};

/// Where country codes come from; the default knows none.
using CountryOf = std::function<std::string(std::string_view address)>;

/// A batch is written when its first record has waited this long, or when this much waits.
inline constexpr std::chrono::milliseconds kBatchInterval{1000};
inline constexpr ByteCount kBatchSize{64 << 10};
/// The most that one write hands to the disk: what a power cut can tear is never longer.
inline constexpr ByteCount kLargestBatch{1 << 20};
/// Records kept while the disk refuses them.
inline constexpr std::size_t kMostWaiting = 64 * 1024;
/// A segment that has reached this length, or another day (UTC), is followed by a new one.
inline constexpr ByteCount kSegmentLength{64 << 20};
/// How long between two log lines about a disk that refuses.
inline constexpr std::chrono::minutes kComplaintInterval{1};

/// Any thread. Appending never waits for the disk: records are batched (kBatchInterval or kBatchSize) by a thread of its own; when the disk
/// is full or fails, they are kept up to kMostWaiting, then dropped and counted, and writing goes on when it can.
class RequestLog {
 public:
  /// Opens the folder, cuts a torn tail off the newest segment (said in the log); the first record starts a new segment. The key (32 bytes)
  /// is made at first use and kept in `key_file` (0600, durably); a key file of another length is `corrupt`: a new key would make every
  /// listener a new one.
  /// `per_address`: records a minute of one address in the long run (see RecordLimit); more are counted, said in the log once a minute, and
  /// not written. Local addresses are not limited: behind a proxy whose word is not believed they stand for everybody.
  static Result<std::unique_ptr<RequestLog>> open(const std::filesystem::path& folder, const std::filesystem::path& key_file,
                                                  Random& random, CountryOf country = {}, int per_address = 0);
  ~RequestLog();  ///< writes what waits; what the disk refuses even now is dropped, counted and said in the log
  void append(const Request& request);
  /// Everything appended before is on disk when it returns; or, where the disk refuses, has been tried once and waits on. Blocks.
  void flush();
  [[nodiscard]] std::uint64_t dropped() const noexcept;
  [[nodiscard]] std::uint64_t over_limit() const noexcept;  ///< not written since the start because of `per_address`

 private:
  struct Impl;
  explicit RequestLog(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

/// Reads records of one segment in order; stops with `corrupt` (saying where) at the first that is not whole, after visiting those before.
Result<> read_segment(const std::filesystem::path& segment, const std::function<void(const Record&)>& visit);

}  // namespace carillon::stats
