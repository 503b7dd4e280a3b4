#pragma once
// Writes down what was decided, so that it outlives the process and other nodes know it. A download never waits for that.

#include "ads/model/figures.hpp"
#include "ads/serving/remembered.hpp"
#include "ads/serving/serving_queries.hpp"
#include "db/database.hpp"

#include <thread>

namespace carillon::ads {

/// The kind of the changes (db/change.hpp) of decisions; the detail says which: "FIRST LAST".
inline constexpr std::string_view kDecisionChange = "ad decisions";

/// Decisions of this long are written together: what a crash loses at most.
inline constexpr std::chrono::milliseconds kWriteInterval{500};
/// Decisions that wait while the database can't be written; with more, the newest are only remembered in memory.
inline constexpr std::size_t kMaxWaitingDecisions = 100'000;

struct Decision {
  ListenerKey listener{};
  Time decided;
  ArrangementName name;       ///< none: the episode as it is
  ArrangedAds ads;            ///< of the arrangement
  std::vector<Digest> files;  ///< of the arrangement
  int slots = 0;              ///< that could have been filled
};

/// Any thread. Owns the thread that writes.
class DecisionLog {
 public:
  explicit DecisionLog(db::Database& database) : database_{database} {}
  ~DecisionLog() { stop(); }
  DecisionLog(const DecisionLog&) = delete;
  DecisionLog& operator=(const DecisionLog&) = delete;

  /// Doesn't block.
  void append(Decision decision);
  /// Returns when everything appended before is stored, or couldn't be. Blocks.
  Result<> flush();
  void start();
  /// Writes what is waiting.
  void stop();

 private:
  void run();
  /// Puts them back if they can't be written.
  Result<> write(std::vector<Decision> decisions);

  db::Database& database_;
  Mutex writing_;  ///< one batch at a time
  Mutex mutex_;
  Condition changed_;
  std::vector<Decision> waiting_ GUARDED_BY(mutex_);
  std::size_t dropped_ GUARDED_BY(mutex_) = 0;
  bool stopping_ GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace carillon::ads
