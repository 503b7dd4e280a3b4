#pragma once
// Tells WebSub hubs and Podping that a feed changed, so that apps hear of an episode in seconds instead of asking for it all day.

#include "announce/requests.hpp"
#include "base/mutex.hpp"
#include "jobs/jobs.hpp"
#include "podcast/model/addresses.hpp"

#include <functional>
#include <map>

namespace carillon::announce {

/// Changes within this time after the first are one announcement.
inline constexpr std::chrono::seconds kGather{5};
/// Whoever gave no answer is left alone this long: the announcements of ten thousand shows must not all wait for the same dead hub.
inline constexpr std::chrono::seconds kRest{8};
/// The kind of its jobs; their subject is the show's id, a space, and whom to tell: a hub's address, or "podping".
inline constexpr std::string_view kAnnounce = "announce";

struct AnnouncerSettings {
  std::vector<std::string> hubs;
  std::optional<Podping> podping;
  std::chrono::seconds rest = kRest;
};

/// Any thread. All arguments must outlive it.
class Announcer {
 public:
  /// `runner` should be one of its own: hubs that are slow must not keep its threads from other jobs.
  Announcer(db::Database& database, jobs::Runner& runner, http::Outgoing& outgoing, const Clock& clock, Random& random,
            podcast::Addresses addresses, AnnouncerSettings settings);

  /// Before jobs::Runner::start.
  void register_jobs();
  /// Whether readers still get the feed of a show as it was before its last change: then hubs are told later, or they would fetch that.
  /// Before jobs::Runner::start.
  void wait_while(std::function<bool(const std::string& show_id)> is_behind) { is_behind_ = std::move(is_behind); }
  /// The show's feed at further addresses, its custom domains: each is a topic of its own, for a hub as for those who read it there.
  /// Before jobs::Runner::start.
  void also_at(std::function<std::vector<std::string>(const podcast::Show& show)> feeds_of) { further_feeds_ = std::move(feeds_of); }
  /// Within the transaction that changes what the show's feed says: one durable job for each hub. One that has not begun is left as it is;
  /// one that failed and waits begins anew, as its hub may be back.
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
