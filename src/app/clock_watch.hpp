#pragma once
// Notices if the clock was set back, either while the program runs or while it was stopped.

#include "base/set_back.hpp"
#include "db/database.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::app {

/// The last known time of each node.
inline constexpr std::string_view kClockSchema = R"sql(
CREATE TABLE clock_marks (
  name TEXT PRIMARY KEY,
  at BIGINT NOT NULL
);
)sql";

/// Smaller jumps are normal corrections by a time server.
inline constexpr std::chrono::minutes kSetBackNoticed{1};

/// One thread at a time.
class ClockWatch {
 public:
  /// `node` is the node whose clock it is; nodes' clocks differ. The other arguments must outlive it.
  ClockWatch(db::Database& database, const Clock& clock, std::string node) : database_{database}, clock_{clock}, node_{std::move(node)} {}

  /// Adds a function to call, in order, if the clock was set back, so that everyone who waits for times can correct them.
  void on_set_back(std::function<void(const SetBack& jump)> then) { then_.push_back(std::move(then)); }
  /// Compares the clock with the last known time, from this run or an earlier one; blocks. Call it before anything waits, then every few
  /// seconds.
  void look();

 private:
  db::Database& database_;
  const Clock& clock_;
  const std::string node_;
  std::vector<std::function<void(const SetBack&)>> then_;
  std::optional<Time> seen_;     ///< none before the first check
  std::optional<Time> written_;  ///< the last time written to the database
};

}  // namespace carillon::app
