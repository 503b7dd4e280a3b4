#pragma once
// The figures as JSON and as tables for spreadsheets. Pure.

#include "api/core/answers.hpp"
#include "api/core/request.hpp"
#include "api/stats/local_days.hpp"
#include "podcast/store/episodes.hpp"
#include "stats/rollups/warehouse.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon::api {

/// One row of the downloads of a period.
struct Line {
  std::string from, key;
  std::uint64_t downloads = 0;
  std::optional<std::uint64_t> listeners{};
  bool provisional = false;
  int rules = stats::kRulesVersion;    ///< the newest version that it was counted with
  std::optional<std::string> title{};  ///< of the show or the episode that is the key
};
/// By what it is of, the most downloads first.
void sort(std::vector<Line>& lines);
/// Lines of one response.
inline constexpr std::size_t kMaxLines = 10'000;
/// A page of sorted lines: those after the one that `cursor` is of. A figure that grows meanwhile may be on two pages, or on none.
struct LinePage {
  std::size_t limit = kMaxLines;
  std::optional<Line> after{};
};
/// `invalid`, with the field.
[[nodiscard]] Result<LinePage> line_page_of(const http::Request& request);
/// What a figure is of: "2026-11-24T10:00:00Z", "2026-11-24", "2026-11".
[[nodiscard]] std::string label_of(const stats::Figure& figure, stats::Granularity granularity);
/// Days of a time zone, made of hours (UTC). Zones half an hour off can't be exact: the hour in which the day changes belongs to the day in
/// which it begins.
[[nodiscard]] std::vector<Line> by_local_day(const std::vector<stats::Figure>& hours, const LocalDays& zone, std::chrono::sys_days from,
                                             std::chrono::sys_days to, stats::Granularity granularity);
/// `key`: the name of the column with the keys.
[[nodiscard]] http::Response table_of(const std::vector<Line>& lines, const char* key);
[[nodiscard]] http::Response document_of(std::vector<Line> lines, const LinePage& page);

/// How a day was counted.
[[nodiscard]] boost::json::object document_of(const stats::DayState& state);

/// Of each episode, the downloads in each hour since its release.
using HourCounts = std::vector<std::vector<std::uint64_t>>;
[[nodiscard]] http::Response table_of(const std::vector<podcast::queries::EpisodeBrief>& episodes, const HourCounts& hours);
/// The episodes, and what is typical: the medians of all but the first one, and but those that were released before `first_day`, the first
/// one that was counted.
[[nodiscard]] http::Response document_of(const std::vector<podcast::queries::EpisodeBrief>& episodes, const HourCounts& hours,
                                         std::optional<std::chrono::sys_days> first_day);

/// How far the downloads of players went that request audio as they play it.
struct Reach {
  std::uint64_t downloads = 0;             ///< all
  std::array<std::uint64_t, 11> tenths{};  ///< of those players: how many were sent so many tenths of the file, rounded down
  bool provisional = false;
};
[[nodiscard]] http::Response table_of(const Reach& reach);
[[nodiscard]] http::Response document_of(const Reach& reach, std::chrono::sys_days from, std::chrono::sys_days to);

}  // namespace carillon::api
