#pragma once
// Mails of accounts (invitations, links for a new password, notices): tried again until they arrive or are worth nothing any more.

#include "base/mutex.hpp"
#include "base/random.hpp"
#include "db/database.hpp"
#include "incidents/incidents.hpp"
#include "notify/channel.hpp"

#include <deque>
#include <map>
#include <set>

namespace carillon::app {

/// Mails that wait; they bound memory.
inline constexpr std::size_t kMaxMailsWaiting = 1'000;
/// The pause after the first failure; each further one doubles it, up to the longest.
inline constexpr std::chrono::seconds kFirstMailPause{5};
inline constexpr std::chrono::minutes kLongestMailPause{10};

/// Kept in memory alone: a link that opens an account is written to no disk. A restart forgets what waits, and says so.
class AccountMails {
 public:
  struct Parts {
    std::vector<notify::Channel*> channels;  ///< of mail, in order of preference; must live longer, as everything here
    db::Database& database;
    incidents::Incidents& incidents;
    const Clock& clock;
    Random& random;
  };
  explicit AccountMails(Parts parts) : parts_{std::move(parts)} {}

  /// Puts a mail in the line; it is tried for `worth`. False when the line is full. Any thread; does not block.
  bool put(std::string to, std::string subject, std::string text, Duration worth);
  /// Tries one mail that is due and answers when one is due next (none: nothing waits). One caller at a time; blocks.
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
  std::map<std::string, int, std::less<>> failures_;  ///< in a row, by channel; of the caller of work() alone
  std::set<std::string, std::less<>> working_;        ///< whose delivery was told; of the caller of work() alone
};

}  // namespace carillon::app
