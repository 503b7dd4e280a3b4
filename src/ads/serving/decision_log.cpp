// See decision_log.hpp.

#include "ads/serving/decision_log.hpp"

#include "base/log.hpp"
#include "crypto/sha256.hpp"

#include <map>
#include <utility>

namespace carillon::ads {

void DecisionLog::append(Decision decision) {
  const Lock lock{mutex_};
  if (waiting_.size() >= kMaxWaitingDecisions) {
    ++dropped_;
    return;
  }
  waiting_.push_back(std::move(decision));
  if (waiting_.size() == 1) changed_.notify_one();
}

Result<> DecisionLog::flush() {
  const Lock writing{writing_};
  std::vector<Decision> batch;
  {
    const Lock lock{mutex_};
    batch = std::exchange(waiting_, {});
    if (dropped_ > 0)
      log::error("decided advertisements were not stored: too many are waiting for the database",
                 {{"decisions", std::exchange(dropped_, 0)}});
  }
  return batch.empty() ? Result<>{} : write(std::move(batch));
}

Result<> DecisionLog::write(std::vector<Decision> decisions) {
  using std::chrono::floor;
  using std::chrono::hours;
  struct Used {
    queries::ArrangementRow row;
    Time last;
  };
  std::map<std::string, Used> arrangements;  // by name
  std::map<std::pair<std::string, Time>, std::int64_t> decided;
  std::map<Time, std::int64_t> supply;
  std::vector<queries::DecisionRow> rows;
  for (const auto& decision : decisions) {
    const Time hour{floor<hours>(decision.decided)};
    queries::DecisionRow row{.listener = decision.listener, .arrangement = {}, .decided = decision.decided};
    if (decision.name) {
      auto& used = arrangements[*decision.name];
      if (used.row.name.empty())
        used.row = {
            .digest = crypto::sha256(as_bytes(*decision.name)), .name = *decision.name, .ads = decision.ads, .files = decision.files};
      used.last = std::max(used.last, decision.decided);
      row.arrangement = used.row.digest;
    }
    for (const auto& ad : decision.ads.ads) ++decided[{ad.order, hour}];
    if (decision.slots > 0) supply[hour] += decision.slots;
    rows.push_back(row);
  }
  const auto stored = database_.write_now([&](db::Session& session) -> Result<> {
    for (const auto& [name, used] : arrangements) queries::put(session, used.row, used.last);
    const auto [first, last] = queries::insert(session, rows);
    for (const auto& [key, count] : decided) queries::add_decided(session, key.first, key.second, count);
    for (const auto& [hour, visits] : supply) queries::add_supply(session, hour, visits);
    database_.note_change({.kind = std::string(kDecisionChange), .detail = std::to_string(first) + " " + std::to_string(last)});
    return {};
  });
  if (stored) return stored;
  const Lock lock{mutex_};
  std::ranges::move(waiting_, std::back_inserter(decisions));
  waiting_ = std::move(decisions);
  return stored;
}

void DecisionLog::start() {
  thread_ = std::thread{[this] { run(); }};
}

void DecisionLog::stop() {
  if (!thread_.joinable()) return;
  {
    const Lock lock{mutex_};
    stopping_ = true;
    changed_.notify_one();
  }
  thread_.join();
  if (const auto written = flush(); !written)
    log::error("decided advertisements could not be stored", {{"reason", written.error().message}});
}

void DecisionLog::run() {
  bool failed = false;
  for (;;) {
    {
      Lock lock{mutex_};
      // The first one waits a little for others.
      changed_.wait(lock, [this] {
        mutex_.is_held();
        return stopping_ || !waiting_.empty();
      });
      if (!stopping_)
        changed_.wait_for(lock, kWriteInterval, [this] {
          mutex_.is_held();
          return stopping_;
        });
      if (stopping_) return;
    }
    const auto written = flush();
    if (!written && !failed) log::error("decided advertisements could not be stored; trying again", {{"reason", written.error().message}});
    failed = !written;
  }
}

}  // namespace carillon::ads
