#pragma once
// The rules by which requests become downloads: IAB Podcast Measurement Technical Guidelines 2.3. Each reason why a request isn't a
// download of its own has a number, which doesn't change.

#include "stats/counting/windows.hpp"

#include <array>
#include <chrono>
#include <cstdint>
#include <string_view>

namespace carillon::stats {

/// Increased by every change that can change a figure. Counted days have the version that they were counted with.
inline constexpr int kRulesVersion = 2;

/// What became of a request.
enum class Verdict : std::uint8_t {
  download = 0,       ///< the first request of a download
  same_download = 1,  ///< another request of a download: a part of it, or a repetition in the same window
  // Filters, in this order: a request has the first reason that applies.
  not_a_get = 2,     ///< HEAD
  not_modified = 3,  ///< 304
  no_audio = 4,      ///< any other response without audio: moved, not found, not satisfiable, failed
  two_bytes = 5,     ///< a range of at most two bytes, with which players ask whether ranges are supported
  nothing_sent = 6,  ///< the listener left before the first byte
  no_agent = 7,      ///< no User-Agent, or one that isn't text
  bot = 8,           ///< on the list of robots, or a library that only programs use
  watch = 9,         ///< an Apple Watch, which downloads again what the phone has downloaded
  data_centre = 10,  ///< from a data center or VPN
  high_volume = 11,  ///< an address with more downloads on this day than people behind one address have
  // By what was sent.
  too_little = 12,  ///< all requests of this listener in the window together got less than the threshold
};
inline constexpr std::size_t kVerdicts = 13;
/// "download", "same_download" …
[[nodiscard]] std::string_view name_of(Verdict verdict) noexcept;
/// A sentence for people.
[[nodiscard]] std::string_view explanation_of(Verdict verdict) noexcept;

using VerdictCounts = std::array<std::uint64_t, kVerdicts>;

struct Rules {
  int version = kRulesVersion;
  Window window = Window::calendar_day;
  /// So much content must have been sent, besides the tag in front of it; shorter episodes must have been sent whole.
  std::chrono::seconds threshold{60};
  /// Distinct downloads of one address on one day; with more, none of them counts. Whole schools and the customers of mobile carriers share
  /// an address, so this is far above what one person listens to.
  std::uint32_t most_per_address = 2000;
};

}  // namespace carillon::stats
