#pragma once
// The text of a weekly mail. Pure.

#include <chrono>
#include <cstdint>
#include <string>
#include <vector>

namespace carillon::stats {

struct WeekOf {
  std::string title;
  std::uint64_t downloads = 0, before = 0;  ///< of the week, and of the week before
  std::uint64_t listeners = 0;              ///< distinct ones in the week
};
struct WeeklyFigures {
  std::string network;           ///< its name
  std::chrono::sys_days monday;  ///< the week's first day
  WeekOf total;
  std::vector<WeekOf> shows;     ///< the most downloaded first
  std::vector<WeekOf> episodes;  ///< likewise; with their shows
  bool provisional = false;
};
inline constexpr std::size_t kMostShowsListed = 20, kMostEpisodesListed = 5;

struct WeeklyText {
  std::string subject, text;  ///< lines of at most 78 characters, except URLs
};
/// `studio` and `unsubscribe` are URLs.
[[nodiscard]] WeeklyText weekly_text(const WeeklyFigures& figures, const std::string& studio, const std::string& unsubscribe);
/// "1,234"
[[nodiscard]] std::string with_commas(std::uint64_t number);
/// "+12 %", "−3 %", "±0 %"; "new" if there was nothing before.
[[nodiscard]] std::string change_text(std::uint64_t now, std::uint64_t before);

}  // namespace carillon::stats
