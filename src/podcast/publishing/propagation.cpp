// See propagation.hpp.

#include "podcast/publishing/propagation.hpp"

#include "base/log.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

Result<> thrown(const std::exception& error) { return fail(ErrorKind::internal, error.what()); }

}  // namespace

Propagation::Propagation(Catalogue& catalogue, RetryPauses pauses) : catalogue_{catalogue}, pauses_{pauses} {}

Propagation::~Propagation() {
  // Joined before anything it uses goes.
  if (!retrying_.joinable()) return;
  retrying_.request_stop();
  retrying_.join();
}

void Propagation::on_change(Changed changed) { changed_ = std::move(changed); }

void Propagation::committed(Change change, bool in_snapshot) {
  const Lock lock{mutex_};
  const auto show_id = change.show_id;
  auto& line = lines_[show_id];
  line.waiting.push_back({.number = ++last_, .change = std::move(change), .in_snapshot = in_snapshot});
  tell(line, 0);
  if (line.waiting.empty()) lines_.erase(show_id);
}

std::uint64_t Propagation::last_number() {
  const Lock lock{mutex_};
  return last_;
}

asio::awaitable<void> Propagation::bring(std::string show_id) {
  const auto up_to = last_number();
  Result<> outcome;
  try {
    outcome = co_await catalogue_.refresh(show_id);
  } catch (const std::exception& error) { outcome = thrown(error); }
  conclude(show_id, up_to, outcome);
}

void Propagation::bring_now(const std::string& show_id) {
  const auto up_to = last_number();
  Result<> outcome;
  try {
    outcome = catalogue_.refresh_now(show_id);
  } catch (const std::exception& error) { outcome = thrown(error); }
  conclude(show_id, up_to, outcome);
}

void Propagation::conclude(const std::string& show_id, std::uint64_t up_to, const Result<>& outcome) {
  const Lock lock{mutex_};
  const auto found = lines_.find(show_id);
  if (found == lines_.end()) return;  // somebody else brought it
  auto& line = found->second;
  if (!outcome) {
    if (line.failed_up_to == 0)
      log::warning("a feed could not be rendered after a change; retrying until it succeeds",
                   {{"event", "feed.behind"}, {"show", show_id}, {"reason", outcome.error().message}});
    line.failed_up_to = std::max(line.failed_up_to, up_to);
    if (!retrying_.joinable()) retrying_ = std::jthread{[this](const std::stop_token& stop) { retry(stop); }};
    failure_.notify_all();
    return;
  }
  if (line.failed_up_to != 0 && up_to >= line.failed_up_to) {
    line.failed_up_to = 0;
    log::info("the feed is up to date again", {{"event", "feed.caught_up"}, {"show", show_id}});
  }
  tell(line, up_to);
  if (line.waiting.empty()) lines_.erase(found);
}

void Propagation::tell(Line& line, std::uint64_t up_to) {
  while (!line.waiting.empty() && (!line.waiting.front().in_snapshot || line.waiting.front().number <= up_to)) {
    const auto next = std::move(line.waiting.front());
    line.waiting.pop_front();
    changed_(next.change);
  }
}

bool Propagation::is_behind(const std::string& show_id) const {
  const Lock lock{mutex_};
  const auto found = lines_.find(show_id);
  return found != lines_.end() && std::ranges::any_of(found->second.waiting, &Waiting::in_snapshot);
}

std::vector<std::string> Propagation::failed() const {
  std::vector<std::string> shows;
  for (const auto& [show_id, line] : lines_) {
    if (line.failed_up_to != 0) shows.push_back(show_id);
  }
  return shows;
}

void Propagation::retry(const std::stop_token& stop) {
  auto pause = pauses_.first;
  Lock lock{mutex_};
  while (failure_.wait(lock, stop, [this] {
    mutex_.is_held();
    return !failed().empty();
  })) {
    if (failure_.wait_for(lock, stop, pause, [] { return false; }); stop.stop_requested()) return;
    const auto shows = failed();
    lock.unlock();
    for (const auto& show_id : shows) {
      if (stop.stop_requested()) return;
      bring_now(show_id);
    }
    lock.lock();
    pause = failed().empty() ? pauses_.first : std::min(2 * pause, pauses_.longest);
  }
}

}  // namespace carillon::podcast
