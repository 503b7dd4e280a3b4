// See weekly_mails.hpp.

#include "stats/weekly/weekly_mails.hpp"

#include "accounts/audit.hpp"
#include "accounts/store/networks.hpp"
#include "base/encoding.hpp"
#include "base/id.hpp"
#include "base/log.hpp"
#include "crypto/hmac.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>
#include <map>

namespace carillon::stats {
namespace {

using std::chrono::days;
using std::chrono::sys_days;

constexpr std::size_t kSignatureBytes = 16;
constexpr std::size_t kMostShows = 100'000;
/// Mails of one round.
constexpr std::size_t kMostAtOnce = 100;

sys_days monday_of(Time now) {
  const auto day = std::chrono::floor<days>(now);
  return day - (std::chrono::weekday{day} - std::chrono::Monday);
}

/// Downloads and listeners of one period, by key.
Result<std::map<std::string, WeekOf>> by_key(Figures& figures, Query query) {
  query.granularity = Granularity::period;
  const auto found = figures.downloads(query);
  if (!found) return std::unexpected(found.error());
  std::map<std::string, WeekOf> all;
  for (const auto& figure : *found)
    all[figure.key] = {.title = {}, .downloads = figure.downloads, .before = 0, .listeners = figure.listeners.value_or(0)};
  return all;
}

/// The most downloaded first.
std::vector<WeekOf> sorted(const std::map<std::string, WeekOf>& all, const std::map<std::string, std::string>& titles) {
  std::vector<WeekOf> sorted;
  for (const auto& [key, week] : all) {
    const auto title = titles.find(key);
    if (title == titles.end()) continue;
    sorted.push_back(week);
    sorted.back().title = title->second;
  }
  std::ranges::sort(sorted, [](const WeekOf& one, const WeekOf& other) {
    return std::tie(other.downloads, one.title) < std::tie(one.downloads, other.title);
  });
  return sorted;
}

bool equal_in_constant_time(std::string_view one, std::string_view other) noexcept {
  if (one.size() != other.size()) return false;
  unsigned difference = 0;
  for (std::size_t at = 0; at < one.size(); ++at) difference |= static_cast<unsigned char>(one[at]) ^ static_cast<unsigned char>(other[at]);
  return difference == 0;
}

}  // namespace

bool may_get_mail(const accounts::Person& person, const std::string& network) {
  if (person.disabled) return false;
  if (person.is_operator) return true;
  const auto role = person.roles.find(network);
  return role != person.roles.end() && accounts::allows(role->second, accounts::Permission::analyse);
}

Result<> WeeklyMails::subscribe(const std::string& person, const std::string& network, const accounts::Actor& by) {
  const Subscription fresh{
      .id = new_id(parts_.clock, parts_.random), .person = person, .network = network, .week = monday_of(parts_.clock.now())};
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    if (queries::subscription_of(session, person, network)) return {};
    queries::insert(session, fresh);
    record(session, "weekly_mail.subscribe", fresh, by);
    return {};
  });
}

Result<> WeeklyMails::unsubscribe(const std::string& person, const std::string& network, const accounts::Actor& by) {
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    if (const auto found = queries::subscription_of(session, person, network)) remove(session, *found, by);
    return {};
  });
}

void WeeklyMails::record(db::Session& session, const char* what, const Subscription& subscription, const accounts::Actor& by) {
  const auto person = accounts::queries::person(session, subscription.person);
  accounts::record(session, parts_.clock, parts_.random, by,
                   {.network = subscription.network, .what = what, .subject = person ? person->email : "", .was = {}, .became = {}});
}

void WeeklyMails::remove(db::Session& session, const Subscription& subscription, const accounts::Actor& by) {
  queries::remove_subscription(session, subscription.id);
  record(session, "weekly_mail.unsubscribe", subscription, by);
}

Result<bool> WeeklyMails::is_subscribed(const std::string& person, const std::string& network) {
  return parts_.database.read_now(
      [&](db::Session& session) -> Result<bool> { return queries::subscription_of(session, person, network).has_value(); });
}

std::string WeeklyMails::token_of(const std::string& subscription) const {
  // The word keeps this use of the key apart from any other.
  const auto digest = crypto::hmac_sha256(as_bytes(parts_.link_key), as_bytes("unsubscribe:" + subscription));
  return subscription + "-" + to_base64url(std::span{digest.bytes}.first(kSignatureBytes));
}

Result<WeeklyMails::Found> WeeklyMails::find(std::string_view token) {
  const auto id = std::string(token.substr(0, token.find('-')));
  const auto gone = [] {
    return fail(ErrorKind::not_found, "You have already unsubscribed, or the link is incomplete. Open it exactly as it is in the email.");
  };
  if (!is_id(id) || !equal_in_constant_time(token, token_of(id))) return gone();
  return parts_.database.read_now([&](db::Session& session) -> Result<Found> {
    auto found = queries::subscription(session, id);
    if (!found) return gone();
    const auto network = accounts::queries::network(session, found->network);
    return Found{std::move(*found), network ? network->name : std::string{}};
  });
}

Result<> WeeklyMails::unsubscribe_with(std::string_view token) {
  const auto found = find(token);
  if (!found) return std::unexpected(found.error());
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    const auto person = accounts::queries::person(session, found->subscription.person);
    // Somebody else may have done it meanwhile.
    if (queries::subscription(session, found->subscription.id))
      remove(session, found->subscription, {.id = found->subscription.person, .name = person ? person->email : "", .address_prefix = {}});
    return {};
  });
}

Result<WeeklyFigures> WeeklyMails::figures_of(const std::string& network, const std::string& name, sys_days monday) {
  std::map<std::string, std::string> shows;
  const auto listed = parts_.database.read_now([&](db::Session& session) -> Result<std::vector<podcast::Show>> {
    return podcast::queries::shows(session, network, "", kMostShows);
  });
  if (!listed) return std::unexpected(listed.error());
  Query query{.show_id = {}, .from = monday, .to = monday + days{7}};
  for (const auto& show : *listed) {
    query.shows.push_back(show.id);
    shows[show.id] = show.title;
  }
  WeeklyFigures week{.network = name, .monday = monday, .total = {}, .shows = {}, .episodes = {}, .provisional = false};
  const auto states = parts_.figures.days(query.from, query.to);
  if (!states) return std::unexpected(states.error());
  week.provisional = std::ranges::any_of(*states, [](const DayState& state) { return !state.final; });
  const auto compared = [&](std::optional<Dimension> by) -> Result<std::map<std::string, WeekOf>> {
    auto now = query;
    now.by = by;
    auto then = now;
    then.from -= days{7};
    then.to -= days{7};
    auto all = by_key(parts_.figures, now);
    if (!all) return all;
    const auto before = by_key(parts_.figures, then);
    if (!before) return before;
    for (const auto& [key, figure] : *before) (*all)[key].before = figure.downloads;
    return all;
  };
  const auto total = compared({});
  if (!total) return std::unexpected(total.error());
  if (const auto found = total->find(""); found != total->end()) week.total = found->second;
  const auto of_shows = compared(Dimension::show);
  if (!of_shows) return std::unexpected(of_shows.error());
  week.shows = sorted(*of_shows, shows);
  const auto of_episodes = compared(Dimension::episode);
  if (!of_episodes) return std::unexpected(of_episodes.error());
  std::map<std::string, std::string> episodes;
  const auto named = parts_.database.read_now([&](db::Session& session) -> Result<> {
    episodes.clear();
    for (const auto& [id, title] : shows) {
      for (const auto& brief : podcast::queries::briefs_of(session, id)) {
        if (of_episodes->contains(brief.id)) episodes[brief.id] = brief.title;
      }
    }
    return {};
  });
  if (!named) return std::unexpected(named.error());
  week.episodes = sorted(*of_episodes, episodes);
  std::erase_if(week.episodes, [](const WeekOf& one) { return one.downloads == 0; });
  return week;
}

bool WeeklyMails::send(const Subscription& subscription, sys_days monday, bool too_late) {
  // Claimed before it is sent: a crash in between costs a mail, which is better than one too many.
  struct Claimed {
    accounts::Person person;
    std::string network;
  };
  const auto claimed = parts_.database.write_now([&](db::Session& session) -> Result<std::optional<Claimed>> {
    const auto person = accounts::queries::person(session, subscription.person);
    const auto network = accounts::queries::network(session, subscription.network);
    if (!person || !network || !may_get_mail(*person, subscription.network)) {
      queries::remove_subscription(session, subscription.id);
      return std::optional<Claimed>{};
    }
    if (!queries::move_week(session, subscription.id, subscription.week, monday) || too_late) return std::optional<Claimed>{};
    return Claimed{*person, network->name};
  });
  if (!claimed) {
    log::warning("a weekly mail could not be prepared", {{"reason", claimed.error().message}});
    return false;
  }
  if (!*claimed) return true;
  const auto give_back = [&](const std::string& reason) {
    log::warning("a weekly mail could not be sent and will be tried again", {{"network", subscription.network}, {"reason", reason}});
    const auto given = parts_.database.write_now([&](db::Session& session) -> Result<> {
      (void)queries::move_week(session, subscription.id, monday, subscription.week);
      return {};
    });
    if (!given) log::warning("a weekly mail is lost", {{"reason", given.error().message}});
    return false;
  };
  const auto figures = figures_of(subscription.network, (*claimed)->network, monday - days{7});
  if (!figures) return give_back(figures.error().message);
  const auto unsubscribe = parts_.origin() + "/unsubscribe/" + token_of(subscription.id);
  const auto mail = weekly_text(*figures, parts_.origin() + "/studio/", unsubscribe);
  const notify::Message message{.id = new_id(parts_.clock, parts_.random),
                                .to = (*claimed)->person.email,
                                .subject = mail.subject,
                                .text = mail.text,
                                .html = {},
                                .json = {},
                                .unsubscribe = unsubscribe,
                                .in_reply_to = {},
                                .at = parts_.clock.now()};
  std::string reason;
  for (auto* channel : parts_.channels) {
    const auto delivery = channel->deliver(message);
    if (delivery.outcome == notify::Outcome::delivered) {
      log::info("a weekly mail was sent", {{"network", subscription.network}, {"channel", std::string(channel->name())}});
      return true;
    }
    if (delivery.outcome == notify::Outcome::refused) {
      log::warning("a weekly mail was refused", {{"network", subscription.network}, {"reason", delivery.detail}});
      return true;
    }
    reason = delivery.detail;
  }
  return give_back(reason);
}

Time WeeklyMails::work() {
  const auto now = parts_.clock.now();
  const auto monday = monday_of(now);
  if (now < Time{monday} + kMailAfter) return Time{monday} + kMailAfter;
  const auto next = Time{monday} + days{7} + kMailAfter;
  if (!works()) return next;
  const auto due = parts_.database.read_now(
      [&](db::Session& session) -> Result<std::vector<Subscription>> { return queries::subscriptions_due(session, monday, kMostAtOnce); });
  if (!due) {
    log::warning("subscriptions to weekly mails could not be read", {{"reason", due.error().message}});
    return now + kMailAgain;
  }
  const bool too_late = now >= Time{monday} + kMailUntil;
  // Sunday is counted again after it has ended. Without requests there is nothing to count.
  const auto sunday = parts_.figures.days(monday - days{1}, monday);
  if (!due->empty() && !too_late && sunday && !sunday->empty() && sunday->front().counted < Time{monday}) return now + kMailAgain;
  bool all = true;
  for (const auto& subscription : *due) all = send(subscription, monday, too_late) && all;
  if (!all) return now + kMailAgain;
  return due->size() == kMostAtOnce ? now : next;
}

}  // namespace carillon::stats
