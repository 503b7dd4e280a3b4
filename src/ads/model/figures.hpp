#pragma once
// What advertisements need to know of the counted downloads. The parts of the program that count implement it.

#include "base/result.hpp"
#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace carillon::ads {

/// A creative is delivered if its listener's download is valid and all bytes of the creative were sent (IAB 2.3, "Ad Delivered"). It counts
/// for the hour in which the download began.
struct Delivered {
  std::int64_t total = 0;
  std::map<Time, std::int64_t> by_hour;  ///< of the last days
};

struct OrderReport {
  std::int64_t delivered = 0;
  std::int64_t downloads = 0;  ///< with at least one of its creatives
  std::int64_t listeners = 0;  ///< distinct ones
  std::map<std::chrono::sys_days, std::int64_t> by_day;
  std::optional<std::chrono::sys_days> provisional_from;  ///< figures from this day on may still change
};

/// Any thread; everything blocks.
class DeliveryFigures {
 public:
  DeliveryFigures() = default;
  virtual ~DeliveryFigures() = default;
  DeliveryFigures(const DeliveryFigures&) = delete;
  DeliveryFigures& operator=(const DeliveryFigures&) = delete;

  /// By order; `by_hour` from `since` on. Orders without deliveries are missing.
  virtual Result<std::map<std::string, Delivered>> delivered(Time since) = 0;
  /// Up to when the downloads are counted, if there were any since then.
  virtual Result<Time> counted_until(Time now) = 0;
  virtual Result<OrderReport> report(const std::string& order) = 0;
};

/// Where a creative is in the file of an arrangement.
struct AdPlace {
  std::string order;
  std::string creative;
  std::string position;     ///< name_of(Position)
  std::int64_t first = 0;   ///< byte, from the first frame of the file
  std::int64_t length = 0;  ///< bytes
  [[nodiscard]] bool operator==(const AdPlace&) const = default;
};

/// What counting has to know of an arrangement. Immutable.
struct ArrangedAds {
  std::string episode;
  std::int64_t length = 0;  ///< bytes of all frames, without what is in front of them
  int bitrate = 0;          ///< bit/s
  std::vector<AdPlace> ads;
};

}  // namespace carillon::ads
