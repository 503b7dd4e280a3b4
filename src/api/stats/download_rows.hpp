#pragma once
// Every download of many days as a stream: JSON lines, or a table for spreadsheets.

#include "body/stream.hpp"
#include "jobs/workers.hpp"
#include "stats/rollups/figures.hpp"

#include <atomic>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

namespace carillon::api {

/// A row's place: its day, and its number among the wanted rows of that day. As text, "2026-11-24.1500".
struct RowPlace {
  std::chrono::sys_days day;
  std::size_t number = 0;
  [[nodiscard]] bool operator==(const RowPlace&) const = default;
};
[[nodiscard]] std::string text_of(const RowPlace& place);
/// None if it isn't one of ours.
[[nodiscard]] std::optional<RowPlace> row_place_from(std::string_view text);

/// What an export is of, and how it's written.
struct RowsWanted {
  std::map<std::string, std::string> shows;  ///< slugs, by ID
  std::string episode;                       ///< only this one; "": all of these shows
  RowPlace from;
  std::chrono::sys_days to;  ///< before this day
  bool table = false;        ///< else JSON lines
};

/// Exports at the same time: each has the downloads of a day in memory.
inline constexpr int kMaxExports = 2;

/// None if there are already kMaxExports. `open` counts them. The arguments must outlive the stream.
[[nodiscard]] std::unique_ptr<Stream> stream_of_rows(RowsWanted wanted, stats::Figures& figures, jobs::Workers& workers,
                                                     std::atomic<int>& open);

}  // namespace carillon::api
