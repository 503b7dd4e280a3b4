#pragma once
// Notifies WebSub hubs and Podping of feed changes, so that apps find new episodes within seconds instead of polling.

#include "announce/requests.hpp"
#include "base/mutex.hpp"
#include "jobs/jobs.hpp"
#include "podcast/model/addresses.hpp"

#include <functional>
#include <map>

namespace carillon::announce {

/// Changes within this time after the first one are combined into one announcement.
inline constexpr std::chrono::seconds kGather{5};
/// The pause after a hub didn't respond, so that the announcements of ten thousand shows don't all wait for the same dead hub.
inline constexpr std::chrono::seconds kRest{8};
/// The kind of its jobs; their subject is the show's ID, a space, and the recipient: a hub's URL, or "podping".
inline constexpr std::string_view kAnnounce = "announce";

struct AnnouncerSettings {
  std::vector<std::string> hubs;
  std::optional<Podping> podping;
  std::chrono::seconds rest = kRest;
};

/// Any thread. All arguments must outlive it.
class Announcer {
 public:
  /// `runner` should be a separate one, so that slow hubs don't block other jobs.
  Announcer(db::Database& database, jobs::Runner& runner, http::Outgoing& outgoing, const Clock& clock, Random& random,
            podcast::Addresses addresses, AnnouncerSettings settings);

  /// Before jobs::Runner::start.
  void register_jobs();
  /// `is_behind` says whether the feed of a show is still served as it was before its last change. If so, hubs are notified later,
  /// otherwise they would fetch the old feed. Before jobs::Runner::start.
  void wait_while(std::function<bool(const std::string& show_id)> is_behind) { is_behind_ = std::move(is_behind); }
  /// The show's feed at further URLs, on its custom domains: each is a separate topic for a hub and its subscribers.
  /// Before jobs::Runner::start.
  void also_at(std::function<std::vector<std::string>(const podcast::Show& show)> feeds_of) { further_feeds_ = std::move(feeds_of); }
  /// Creates one durable job for each hub, in the transaction that changes the show's feed. A job that hasn't started isn't changed; one
  /// that waits for a retry starts again, as its hub may be back.
  Result<> note(db::Session& session, const std::string& show_id);

 private:
  using SteadyTime = std::chrono::steady_clock::time_point;
  Result<> announce(const jobs::Job& job);
  [[nodiscard]] bool rests(const std::string& whom);
  void note_outcome(const std::string& whom, const Result<>& outcome);

  db::Database& database_;
  jobs::Runner& runner_;
  http::Outgoing& outgoing_;
  const Clock& clock_;
  Random& random_;
  podcast::Addresses addresses_;
  AnnouncerSettings settings_;
  std::function<std::vector<std::string>(const podcast::Show&)> further_feeds_ = [](const podcast::Show&) {
    return std::vector<std::string>{};
  };
  std::function<bool(const std::string&)> is_behind_ = [](const std::string&) { return false; };
  Mutex mutex_;
  std::map<std::string, SteadyTime> resting_until_ GUARDED_BY(mutex_);
};

}  // namespace carillon::announce
