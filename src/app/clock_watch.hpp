#pragma once
// Notices that the clock was set back, while the program runs or while it did not.

#include "base/set_back.hpp"
#include "db/database.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::app {

/// The latest time that each node has seen.
inline constexpr std::string_view kClockSchema = R"sql(
CREATE TABLE clock_marks (
  name TEXT PRIMARY KEY,
  at BIGINT NOT NULL
);
)sql";

/// Less than this is what a time server corrects now and then.
inline constexpr std::chrono::minutes kSetBackNoticed{1};

/// One thread at a time.
class ClockWatch {
 public:
  /// `node`: whose clock it is; nodes' clocks differ. The others must live longer.
  ClockWatch(db::Database& database, const Clock& clock, std::string node) : database_{database}, clock_{clock}, node_{std::move(node)} {}

  /// Called, in their order, when the clock was set back: whoever waits for times puts them right.
  void on_set_back(std::function<void(const SetBack& jump)> then) { then_.push_back(std::move(then)); }
  /// Compares the clock with what was seen last, in this life or an earlier one; blocks. Before anything waits, then every few seconds.
  void look();

 private:
  db::Database& database_;
  const Clock& clock_;
  const std::string node_;
  std::vector<std::function<void(const SetBack&)>> then_;
  std::optional<Time> seen_;     ///< none before the first look
  std::optional<Time> written_;  ///< of it, what is in the database
};

}  // namespace carillon::app
