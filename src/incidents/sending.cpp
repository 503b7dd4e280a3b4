// See keeping.hpp: the outbox, worked off through the channels.

#include "base/id.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "incidents/channel_failure.hpp"
#include "incidents/keeping.hpp"
#include "incidents/link.hpp"
#include "incidents/message_text.hpp"

#include <algorithm>
#include <iterator>

namespace carillon::incidents {
namespace {

/// If a service asks for a longer pause, the next channel has the message now.
constexpr std::chrono::seconds kWorthWaiting{60};

/// A channel that throws has failed like any other: the message must not be lost for it.
notify::Delivery delivered_by(notify::Channel& channel, const notify::Message& letter) {
  try {
    return channel.deliver(letter);
  } catch (const std::exception& error) {
    log::error("a notification channel failed", {{"channel", channel.name()}, {"why", error.what()}});
    return {notify::Outcome::later, error.what()};
  }
}

}  // namespace

Result<notify::Message> Keeping::composed(db::Session& session, const OutboxMessage& message, const Stewardship& machine, Time now) {
  std::vector<Item> items;
  const auto link = [&](int line) { return settings_.origin + "/acknowledge/" + token_of({message.id, line}, settings_.link_key); };
  notify::Message letter;
  for (const auto& line : message.lines) {
    auto row = find_row(session, line.incident);
    if (!row) continue;
    if (letter.in_reply_to.empty()) letter.in_reply_to = first_message(session, line.incident, message.recipient);
    letter.urgent = letter.urgent || (message.type == MessageType::alarm && is_urgent(row->incident.report.noticed_at, now));
    row->incident.report.in_charge = or_machine(std::move(row->incident.report.in_charge), machine);
    const auto next = row->next_at.value_or(now);
    items.push_back({std::move(row->incident), line.role, line.step, next,
                     message.type == MessageType::alarm ? link(line.number) : std::string{}, row->solution});
  }
  if (items.empty()) return fail(ErrorKind::corrupt, "it doesn't refer to a stored incident");
  auto words = message.type == MessageType::alarm ? alarm_words(items, link(0), now) : closing_words(items, now);
  letter.id = message.id;
  letter.to = message.recipient;
  letter.subject = std::move(words.subject);
  letter.text = std::move(words.text);
  letter.html = std::move(words.html);
  letter.json = std::move(words.json);
  letter.facts = std::move(words.facts);
  letter.at = std::min(message.planned_at, now);
  return letter;
}

Result<> Keeping::follow_acknowledgments(Time now) {
  const auto follows = [](const notify::Channel* channel) { return channel->follows_acknowledgments(); };
  if (std::ranges::none_of(settings_.channels, follows)) return {};
  const auto open =
      database_.read_now([](db::Session& session) -> Result<std::vector<Unfollowed>> { return unfollowed_acknowledgments(session); });
  if (!open) return std::unexpected(open.error());
  for (const auto& one : *open) {
    const auto channel = std::ranges::find(settings_.channels, one.channel, [](const notify::Channel* known) { return known->name(); });
    if (channel == settings_.channels.end() || !follows(*channel)) continue;
    if (const auto rest = rests_.find(one.channel); rest != rests_.end() && rest->second > now) continue;
    if (settings_.may_send && !settings_.may_send()) break;
    const auto delivery = delivered_by(**channel, acknowledged_message(one.incident, one.recipient, one.owner, clock_, random_));
    log::info("acknowledgment sent", {{"incident", one.incident}, {"channel", one.channel}, {"result", delivery.detail}});
    if (delivery.outcome == notify::Outcome::later || delivery.outcome == notify::Outcome::misconfigured) {
      rests_[one.channel] = now + std::max<Duration>(pause_after(1), delivery.retry_after.value_or(std::chrono::seconds{0}));
      continue;
    }
    const auto noted = database_.write_now([&](db::Session& session) -> Result<> {
      record_followed(session, one);
      return {};
    });
    if (!noted) return noted;
  }
  return {};
}

std::optional<Time> Keeping::held_until(const OutboxMessage& message, const std::optional<Time>& noticed_at, Time now) const {
  if (!settings_.quiet_until || is_urgent(noticed_at, now)) return {};
  auto until = settings_.quiet_until(message.recipient, now);
  if (until && noticed_at) until = std::min(*until, *noticed_at - kUrgentWithin);
  // A bound that is over already holds nothing back: the message would be due again at once.
  if (until && *until <= now) return {};
  return until;
}

std::vector<notify::Channel*> Keeping::channels_for(const std::string& person, const std::string& avoid) const {
  const auto is_avoided = [&](const notify::Channel* channel) { return channel->name() == avoid; };
  auto channels = settings_.channels_of ? settings_.channels_of(person) : std::vector<notify::Channel*>{};
  std::erase_if(channels, is_avoided);
  if (!channels.empty()) return channels;
  channels = settings_.channels;
  std::erase_if(channels, is_avoided);
  return channels;
}

std::vector<Attempt> Keeping::tried(const OutboxMessage& message, const notify::Message& letter, std::set<std::string>& down,
                                    bool& refused_by_all) {
  std::vector<Attempt> attempts;
  bool all = true, any = false;
  for (auto* channel : channels_for(message.recipient, message.avoid)) {
    const std::string name{channel->name()};
    any = true;
    if (std::ranges::find(message.refused_by, name) != message.refused_by.end()) continue;
    if (down.contains(name)) {
      // It has just failed, and is known to be broken: a round of many messages must not wait for its deadline with each.
      all = false;
      continue;
    }
    auto delivery = delivered_by(*channel, letter);
    const auto outcome = delivery.outcome;
    attempts.push_back({name, std::move(delivery)});
    log::info("message delivery attempted",
              {{"message", letter.id}, {"to", letter.to}, {"channel", name}, {"result", attempts.back().delivery.detail}});
    if (outcome == notify::Outcome::delivered) return attempts;
    if (outcome == notify::Outcome::refused) continue;
    all = false;
    const auto failures = database_.read_now([&](db::Session& session) -> Result<int> { return channel_failures(session, name); });
    const bool broken = outcome == notify::Outcome::misconfigured || failures.value_or(0) + 1 >= kFailuresToIncident;
    const bool long_pause = attempts.back().delivery.retry_after.value_or(std::chrono::seconds{0}) > kWorthWaiting;
    if (broken || long_pause) down.insert(name);
    if (!broken && !long_pause && !letter.urgent) break;  // it may well take it in a minute
  }
  if (!any)
    log::error("no channel is configured to reach anyone: set up [notify.smtp]", {{"to", message.recipient}, {"message", message.id}});
  refused_by_all = any && all;
  return attempts;
}

bool Keeping::note_channels(db::Session& session, const OutboxMessage& message, std::span<const Attempt> attempts, bool refused_by_all) {
  bool changed = false;
  for (const auto& [channel, delivery] : attempts) {
    if (delivery.outcome == notify::Outcome::refused) continue;  // it works, and says no
    const int before = channel_failures(session, channel);
    if (delivery.outcome == notify::Outcome::delivered) {
      if (before == 0) continue;
      set_channel_failures(session, channel, 0);
      changed = changed || before >= kFailuresToIncident;
      solve(session, std::string(kChannelFailed), channel, "The channel “" + channel + "” is delivering messages again.").value();
      continue;
    }
    const int after = delivery.outcome == notify::Outcome::misconfigured ? std::max(before + 1, kFailuresToIncident) : before + 1;
    set_channel_failures(session, channel, after);
    if (after < kFailuresToIncident) continue;
    changed = changed || before < kFailuresToIncident;
    this->report(session, channel_failed(channel, delivery.detail,
                                         "Reminders now reach people only through the other channels. If there are none, no one is "
                                         "notified when a certificate fails."))
        .value();
  }
  if (refused_by_all) {
    Report lost{.kind = std::string(kUnreachable), .subject = message.recipient, .in_charge = {}};
    lost.what = "No channel can deliver messages to " + message.recipient + ": " +
                (attempts.empty() ? std::string{"refused"} : attempts.back().delivery.detail);
    lost.consequence =
        "Incidents assigned to " + message.recipient + " reach no one until the next escalation step, which notifies other people.";
    lost.remedy =
        "Correct the address where it is set: under [certificates] in the configuration, with --steward or --deputy of carillon cert "
        "add and carillon cert watch, or in the person's account. Then send a test to the new one:\ncarillon channel test " +
        (attempts.empty() ? std::string{"smtp"} : attempts.back().channel) + " --to EMAIL";
    changed = true;
    this->report(session, lost).value();
  }
  const bool arrived =
      std::ranges::any_of(attempts, [](const Attempt& attempt) { return attempt.delivery.outcome == notify::Outcome::delivered; });
  if (arrived && find_unsolved(session, std::string(kUnreachable), message.recipient)) {
    solve(session, std::string(kUnreachable), message.recipient, "A message to " + message.recipient + " was delivered.").value();
    changed = true;
  }
  return changed;
}

Result<bool> Keeping::is_current(const OutboxMessage& message, const Audience& known, Time now) {
  if (message.attempts > 0) return true;  // it has been on its way already
  auto audience = known;
  const auto channels = channels_for(message.recipient, message.avoid);
  const bool goes_to_pager =
      std::ranges::any_of(channels, [](const notify::Channel* channel) { return channel->follows_acknowledgments(); });
  const bool is_departed = audience.is_departed(message.recipient);
  if (is_departed) {
    // The owners may be the ones who have to know instead.
    const auto networks = database_.read_now([&](db::Session& session) -> Result<Addresses> {
      Addresses found;
      for (const auto& one : due_like(session, message, now)) {
        for (const auto& line : one.lines) {
          if (const auto row = find_row(session, line.incident)) found.push_back(row->incident.report.in_charge.network);
        }
      }
      return found;
    });
    if (!networks) return std::unexpected(networks.error());
    for (const auto& network : *networks) {
      if (!network.empty() && !audience.owners.contains(network)) audience.owners[network] = people_.owners(network);
    }
  }
  const auto is_recipient = [&](const std::string& address) { return equal_ignoring_case(address, message.recipient); };
  return database_.write_now([&](db::Session& session) -> Result<bool> {
    const auto is_outdated = [&](const Line& line, const Report& report) {
      if (is_departed) return true;
      if (message.type == MessageType::closing) {
        // A pager resolves its alert with the closing message, so it gets that in any case.
        const auto again = goes_to_pager ? std::nullopt : find_unsolved(session, report.kind, report.subject);
        return again && again->incident.opened_at < message.planned_at;
      }
      if (line.role != Role::steward && line.role != Role::deputy) return false;
      const auto people = reachable(report, audience);
      return !is_recipient(people.named.steward) && !is_recipient(people.named.deputy) &&
             std::ranges::none_of(people.operators, is_recipient);
    };
    const auto all = due_like(session, message, now);
    if (all.empty()) return false;  // it has been dropped meanwhile
    Plan plan, merged;
    bool changed = all.size() > 1;
    for (const auto& one : all) {
      for (const auto& line : one.lines) {
        const auto row = find_row(session, line.incident);
        if (!row) continue;
        const auto& report = row->incident.report;
        if (!is_outdated(line, report)) {
          merged.add(message.recipient, message.type, report, line);
          continue;
        }
        changed = true;
        drop_line(session, one.id, line, now);
        if (message.type == MessageType::alarm) hand_over(session, line, report, audience, plan);
        database_.after_commit([id = one.id, to = message.recipient, incident = line.incident] {
          log::info("a message that waited is out of date and isn't sent", {{"message", id}, {"to", to}, {"incident", incident}});
        });
      }
    }
    if (!changed) return true;
    if (all.size() > 1) {
      for (const auto& one : all) drop_message(session, one.id, now);
      std::ranges::move(merged.messages, std::back_inserter(plan.messages));
    }
    enqueue_all(session, plan, now);
    return false;
  });
}

Result<bool> Keeping::send(const Audience& audience, Time now, std::set<std::string>& down) {
  bool changed = false;
  const auto& of_machine = audience.machine;
  while (!settings_.may_send || settings_.may_send()) {
    struct Letter {
      OutboxMessage message;
      Result<notify::Message> letter;
      std::optional<Time> noticed_at;
    };
    // Both in one view: what is acknowledged from now on was on the way.
    const auto next = database_.read_now([&](db::Session& session) -> Result<std::optional<Letter>> {
      auto due = first_due(session, now);
      if (!due) return std::nullopt;
      auto written = composed(session, *due, of_machine, now);
      const auto noticed_at = first_noticed(session, *due);
      return Letter{std::move(*due), std::move(written), noticed_at};
    });
    if (!next) return std::unexpected(next.error());
    if (!*next) return changed;
    const auto& [message, letter, noticed_at] = **next;
    if (const auto until = held_until(message, noticed_at, now)) {
      const auto held = database_.write_now([&](db::Session& session) -> Result<> {
        hold_back(session, message.id, *until);
        return {};
      });
      if (!held) return std::unexpected(held.error());
      log::info("a message is held back, because its recipient has quiet hours",
                {{"message", message.id}, {"to", message.recipient}, {"until", to_rfc3339(*until)}});
      continue;
    }
    const auto current = is_current(message, audience, now);
    if (!current) return current;
    if (!*current) continue;
    if (!letter) {
      // One message that cannot be written must not hold up the others.
      log::error("a message could not be composed", {{"message", message.id}, {"why", letter.error().message}});
      const auto rested = database_.write_now([&](db::Session& session) -> Result<> {
        record(session, message, {}, MessageState::waiting, now, now + pause_after(message.attempts + 1));
        return {};
      });
      if (!rested) return std::unexpected(rested.error());
      continue;
    }
    bool refused_by_all = false;
    const auto attempts = tried(message, *letter, down, refused_by_all);
    const bool arrived = !attempts.empty() && attempts.back().delivery.outcome == notify::Outcome::delivered;
    const auto state = arrived ? MessageState::delivered : refused_by_all ? MessageState::refused : MessageState::waiting;
    const auto noted = database_.write_now([&](db::Session& session) -> Result<bool> {
      const auto at = clock_.now();  // a channel may have taken its time
      auto pause = pause_after(message.attempts + 1);
      for (const auto& attempt : attempts)
        pause = std::max<Duration>(pause, attempt.delivery.retry_after.value_or(std::chrono::seconds{0}));
      record(session, message, attempts, state, at, at + pause);
      return note_channels(session, message, attempts, refused_by_all);
    });
    if (!noted) return noted;
    changed = changed || *noted;
  }
  return changed;
}

}  // namespace carillon::incidents
