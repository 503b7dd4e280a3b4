#pragma once
// Emails of accounts (invitations, password links, notices); retried until they are delivered or no longer useful.

#include "base/mutex.hpp"
#include "base/random.hpp"
#include "db/database.hpp"
#include "incidents/incidents.hpp"
#include "notify/channel.hpp"

#include <deque>
#include <map>
#include <set>

namespace carillon::app {

/// Emails that can wait; limits memory.
inline constexpr std::size_t kMaxMailsWaiting = 1'000;
/// The pause after the first failure; each further one doubles it, up to the longest.
inline constexpr std::chrono::seconds kFirstMailPause{5};
inline constexpr std::chrono::minutes kLongestMailPause{10};

/// Held only in memory, so that links to accounts aren't written to disk. A restart drops waiting emails and logs that.
class AccountMails {
 public:
  struct Parts {
    std::vector<notify::Channel*> channels;  ///< email channels in order of preference; must outlive it, like all arguments
    db::Database& database;
    incidents::Incidents& incidents;
    const Clock& clock;
    Random& random;
  };
  explicit AccountMails(Parts parts) : parts_{std::move(parts)} {}

  /// Queues an email, which is retried for `worth`. False if the queue is full. Any thread; doesn't block.
  bool put(std::string to, std::string subject, std::string text, Duration worth);
  /// Tries to send one email that is due; returns when the next one is due (none if none is waiting). One caller at a time; blocks.
  std::optional<Time> work();
  [[nodiscard]] std::size_t waiting() const;

 private:
  struct Waiting {
    notify::Message message;
    Time due, until;
    int failures = 0;
  };

  std::optional<Time> next_due() const;
  std::optional<Waiting> taken_due();
  void tell_failure(const std::string& channel, const std::string& detail);
  void tell_delivery(const std::string& channel);

  Parts parts_;
  mutable Mutex mutex_;
  std::deque<Waiting> waiting_ GUARDED_BY(mutex_);
  std::map<std::string, int, std::less<>> failures_;  ///< in a row, by channel; only used by work()
  std::set<std::string, std::less<>> working_;        ///< channels whose working delivery was reported; only used by work()
};

}  // namespace carillon::app
