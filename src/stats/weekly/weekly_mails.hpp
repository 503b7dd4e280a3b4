#pragma once
// Mails with the week's figures, for people who subscribed to them. Each is sent once, whichever node sends it.

#include "accounts/caller.hpp"
#include "accounts/store/people.hpp"
#include "base/random.hpp"
#include "notify/channel.hpp"
#include "stats/rollups/figures.hpp"
#include "stats/weekly/subscriptions.hpp"
#include "stats/weekly/weekly_text.hpp"

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::stats {

/// After Monday begins (UTC): the last requests of Sunday have ended and are counted.
inline constexpr std::chrono::hours kMailAfter{6};
/// A mail that couldn't be sent by then isn't news any more.
inline constexpr std::chrono::days kMailUntil{4};
/// The pause between rounds when something couldn't be sent.
inline constexpr std::chrono::minutes kMailAgain{10};

/// Whether this person may see the network's figures.
[[nodiscard]] bool may_get_mail(const accounts::Person& person, const std::string& network);

/// Any thread; everything blocks.
class WeeklyMails {
 public:
  struct Parts {
    db::Database& database;
    Figures& figures;
    std::vector<notify::Channel*> channels;  ///< of email, in the order of preference
    const Clock& clock;
    Random& random;
    std::function<std::string()> origin;  ///< "https://pod.example.org"
    std::string link_key;                 ///< signs the links to unsubscribe
  };
  /// The parts must outlive it.
  explicit WeeklyMails(Parts parts) : parts_{std::move(parts)} {}

  /// Whether mails can be sent at all.
  [[nodiscard]] bool works() const noexcept { return !parts_.channels.empty(); }

  /// The next mail is that of next Monday. Nothing changes if they have subscribed already.
  Result<> subscribe(const std::string& person, const std::string& network, const accounts::Actor& by);
  Result<> unsubscribe(const std::string& person, const std::string& network, const accounts::Actor& by);
  [[nodiscard]] Result<bool> is_subscribed(const std::string& person, const std::string& network);

  /// The last segment of the URL to unsubscribe, without signing in.
  [[nodiscard]] std::string token_of(const std::string& subscription) const;
  /// The subscription of a token and the name of its network. `not_found` if it was changed, or they have unsubscribed already.
  struct Found {
    Subscription subscription;
    std::string network;
  };
  [[nodiscard]] Result<Found> find(std::string_view token);
  /// The link is theirs, so the audit trail says that they did it.
  Result<> unsubscribe_with(std::string_view token);

  /// Sends what is due. When it should be called next.
  Time work();

 private:
  void record(db::Session& session, const char* what, const Subscription& subscription, const accounts::Actor& by);
  void remove(db::Session& session, const Subscription& subscription, const accounts::Actor& by);
  [[nodiscard]] Result<WeeklyFigures> figures_of(const std::string& network, const std::string& name, std::chrono::sys_days monday);
  /// True if nothing is left to do about it this week.
  bool send(const Subscription& subscription, std::chrono::sys_days monday, bool too_late);

  const Parts parts_;
};

}  // namespace carillon::stats
