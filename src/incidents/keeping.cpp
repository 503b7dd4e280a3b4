// Incidents over the database: see incidents.hpp. `work` plans, then sends, each step in a transaction of its own.

#include "base/id.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "incidents/incident_queries.hpp"
#include "incidents/incidents.hpp"
#include "incidents/link.hpp"
#include "incidents/message_text.hpp"

#include <algorithm>
#include <set>
#include <stdexcept>

namespace carillon::incidents {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Of one `work`: an incident about a channel may lead to another about the next channel; more often than this nothing new comes of it.
constexpr int kMostPasses = 8;
/// After the database failed.
constexpr minutes kRestAfterTrouble{1};
/// Solved incidents are kept this long.
constexpr hours kKept{24 * 400};
constexpr std::size_t kShortestKey = 16;

class Keeping final : public Incidents {
 public:
  Keeping(db::Database& database, const Clock& clock, Random& random, People& people, IncidentsSettings settings)
      : database_{database}, clock_{clock}, random_{random}, people_{people}, settings_{std::move(settings)} {
    if (settings_.link_key.size() < kShortestKey) throw std::invalid_argument("the key for acknowledge links is too short");
  }

  Result<std::string> report(db::Session& session, const Report& report) override;
  Result<> solve(db::Session& session, const std::string& kind, const std::string& subject, const std::string& how) override;
  Result<> acknowledge(const std::string& id, const std::string& by, Duration quiet) override;
  Result<std::vector<Incident>> list(bool with_solved) override;
  Result<Incident> find(const std::string& id) override;
  std::optional<Time> work() override;

 private:
  using Addresses = std::vector<std::string>;
  struct Audience {
    Addresses operators;
    std::map<std::string, Addresses> owners;  ///< by network
  };
  /// Of one round: who gets what, by (recipient, channel to avoid); the order is that of the first incident.
  struct Plan {
    std::vector<OutboxMessage> messages;
    OutboxMessage& message_for(const std::string& recipient, MessageType type, const std::string& avoid);
  };

  Result<bool> plan(Time now);
  void take_step(db::Session& session, Row& row, const Audience& audience, Time now, Plan& plan);
  void close(db::Session& session, Row& row, Plan& plan);
  /// Sends what is due; whether it reported or solved something.
  Result<bool> send(Time now, std::set<std::string>& down);
  Result<notify::Message> composed(db::Session& session, const OutboxMessage& message, Time now);
  std::vector<Attempt> tried(const OutboxMessage& message, const notify::Message& letter, std::set<std::string>& down,
                             bool& refused_by_all);
  bool note_channels(db::Session& session, const OutboxMessage& message, std::span<const Attempt> attempts, bool refused_by_all);
  std::vector<notify::Channel*> channels_for(const std::string& person) const {
    auto own = settings_.channels_of ? settings_.channels_of(person) : std::vector<notify::Channel*>{};
    return own.empty() ? settings_.channels : own;
  }

  db::Database& database_;
  const Clock& clock_;
  Random& random_;
  People& people_;
  IncidentsSettings settings_;
};

/// What the plan of an open incident waits for.
void look_again(Row& row) { row.next_at = next_step(row.progress, row.incident.report.noticed_at); }

Result<std::string> Keeping::report(db::Session& session, const Report& report) {
  if (report.kind.empty() || report.subject.empty())
    return fail(ErrorKind::internal, "an incident was reported without its kind or subject");
  if (auto row = find_unsolved(session, report.kind, report.subject)) {
    row->incident.report = report;
    // While it is quiet, new facts change nothing about when the quiet ends.
    if (row->incident.state == State::open) look_again(*row);
    update(session, *row);
    return row->incident.id;
  }
  const auto now = clock_.now();
  Row row;
  row.incident.id = new_id(clock_, random_);
  row.incident.report = report;
  row.incident.opened_at = now;
  row.progress.begun = now;
  look_again(row);
  insert(session, row);
  log::warning("incident opened", {{"id", row.incident.id}, {"kind", report.kind}, {"subject", report.subject}, {"what", report.what}});
  return row.incident.id;
}

Result<> Keeping::solve(db::Session& session, const std::string& kind, const std::string& subject, const std::string& how) {
  auto row = find_unsolved(session, kind, subject);
  if (!row) return {};
  const auto now = clock_.now();
  row->incident.state = State::solved;
  row->incident.solved_at = now;
  row->solution = how;
  row->next_at = now;  // for the closing message
  update(session, *row);
  drop_waiting(session, row->incident.id, {}, now);
  log::info("incident solved", {{"id", row->incident.id}, {"kind", kind}, {"subject", subject}, {"how", how}});
  return {};
}

Result<> Keeping::acknowledge(const std::string& id, const std::string& by, Duration quiet) {
  if (quiet <= Duration::zero() || quiet > kLongestQuiet)
    return fail(ErrorKind::invalid, "An incident can be kept quiet for a moment up to " + span_text(kLongestQuiet) + ", not longer.",
                "for");
  return database_.write_now([&](db::Session& session) -> Result<> {
    auto row = find_row(session, id);
    if (!row) return fail(ErrorKind::not_found, "There is no incident “" + id + "”.");
    if (row->incident.state == State::solved)
      return fail(ErrorKind::conflict, "This incident is solved already; there is nothing left to do.");
    const auto now = clock_.now();
    row->incident.state = State::acknowledged;
    row->incident.owner = by;
    row->next_at = now + quiet;
    update(session, *row);
    drop_waiting(session, id, {}, now);
    log::info("incident acknowledged", {{"id", id}, {"by", by}, {"until", to_rfc3339(now + quiet)}});
    return {};
  });
}

Result<std::vector<Incident>> Keeping::list(bool with_solved) {
  return database_.read_now([&](db::Session& session) -> Result<std::vector<Incident>> {
    auto messages = sent_messages(session, {});
    std::vector<Incident> found;
    for (auto& row : all_rows(session, with_solved)) {
      row.incident.messages = std::move(messages[row.incident.id]);
      found.push_back(std::move(row.incident));
    }
    return found;
  });
}

Result<Incident> Keeping::find(const std::string& id) {
  return database_.read_now([&](db::Session& session) -> Result<Incident> {
    auto row = find_row(session, id);
    if (!row) return fail(ErrorKind::not_found, "There is no incident “" + id + "”.");
    row->incident.messages = std::move(sent_messages(session, id)[id]);
    return std::move(row->incident);
  });
}

OutboxMessage& Keeping::Plan::message_for(const std::string& recipient, MessageType type, const std::string& avoid) {
  for (auto& message : messages) {
    if (message.type == type && message.avoid == avoid && equal_ignoring_case(message.recipient, recipient)) return message;
  }
  OutboxMessage message;
  message.type = type;
  message.recipient = recipient;
  message.avoid = avoid;
  return messages.emplace_back(std::move(message));
}

void add_line(OutboxMessage& message, const std::string& incident, Role role, int step) {
  message.lines.push_back({static_cast<int>(message.lines.size()) + 1, incident, role, step});
}

std::string avoided_for(const Report& report) { return report.kind == kChannelFailed ? report.subject : std::string{}; }

void Keeping::take_step(db::Session& session, Row& row, const Audience& audience, Time now, Plan& plan) {
  auto& incident = row.incident;
  if (incident.state == State::acknowledged) {
    // The quiet is over and it is not solved: from the beginning.
    incident.state = State::open;
    row.progress = {.begun = row.next_at.value(), .steps = 0, .last = {}};
  }
  if (const auto progress = caught_up(row.progress, incident.report.noticed_at, now)) {
    row.progress = *progress;
    const int step = progress->steps - 1;
    const auto owners = audience.owners.find(incident.report.in_charge.network);
    const auto told =
        told_at(step, incident.report.in_charge, audience.operators, owners == audience.owners.end() ? Addresses{} : owners->second);
    bool anybody = false;
    for (const auto& [address, role] : told) {
      // Nobody can be told that he cannot be reached.
      if (incident.report.kind == kUnreachable && equal_ignoring_case(address, incident.report.subject)) continue;
      drop_waiting(session, incident.id, address, now);
      add_line(plan.message_for(address, MessageType::alarm, avoided_for(incident.report)), incident.id, role, step);
      anybody = true;
    }
    if (!anybody)
      log::error("nobody to tell about an incident: name a steward in [certificates]",
                 {{"id", incident.id}, {"kind", incident.report.kind}, {"subject", incident.report.subject}});
  }
  look_again(row);
  update(session, row);
}

void Keeping::close(db::Session& session, Row& row, Plan& plan) {
  for (const auto& recipient : told_of(session, row.incident.id))
    add_line(plan.message_for(recipient, MessageType::closing, avoided_for(row.incident.report)), row.incident.id, Role::steward, 0);
  row.next_at = {};
  update(session, row);
}

Result<bool> Keeping::plan(Time now) {
  const auto networks = database_.read_now([&](db::Session& session) -> Result<Addresses> { return due_networks(session, now); });
  if (!networks) return std::unexpected(networks.error());
  // People may well ask the same database: not from within a transaction of ours.
  Audience audience{.operators = people_.operators(), .owners = {}};
  for (const auto& network : *networks) audience.owners[network] = people_.owners(network);
  return database_.write_now([&](db::Session& session) -> Result<bool> {
    Plan plan;
    for (auto& row : due_rows(session, now)) {
      const auto& network = row.incident.report.in_charge.network;
      if (row.incident.state == State::solved)
        close(session, row, plan);
      else if (network.empty() || audience.owners.contains(network))
        take_step(session, row, audience, now, plan);
      // Else it was reported after People were asked: the next pass takes it.
    }
    int position = 0;
    for (auto& message : plan.messages) {
      message.position = position++;
      message.id = new_id(clock_, random_);
      message.planned_at = now;
      enqueue(session, message);
    }
    prune(session, now - kKept);
    return !plan.messages.empty();
  });
}

Result<notify::Message> Keeping::composed(db::Session& session, const OutboxMessage& message, Time now) {
  std::vector<Item> items;
  const auto link = [&](int line) { return settings_.origin + "/acknowledge/" + token_of({message.id, line}, settings_.link_key); };
  notify::Message letter;
  for (const auto& line : message.lines) {
    auto row = find_row(session, line.incident);
    if (!row) return fail(ErrorKind::corrupt, "a message tells of the incident " + line.incident + ", which is gone");
    if (letter.in_reply_to.empty()) letter.in_reply_to = first_message(session, line.incident, message.recipient);
    letter.urgent = letter.urgent || (message.type == MessageType::alarm && is_urgent(row->incident.report.noticed_at, now));
    const auto next = row->next_at.value_or(now);
    items.push_back({std::move(row->incident), line.role, line.step, next,
                     message.type == MessageType::alarm ? link(line.number) : std::string{}, row->solution});
  }
  auto words = message.type == MessageType::alarm ? alarm_words(items, link(0), now) : closing_words(items, now);
  letter.id = message.id;
  letter.to = message.recipient;
  letter.subject = std::move(words.subject);
  letter.text = std::move(words.text);
  letter.html = std::move(words.html);
  letter.json = std::move(words.json);
  letter.at = message.planned_at;
  return letter;
}

/// A channel that throws has failed like any other: the message must not be lost for it.
notify::Delivery delivered_by(notify::Channel& channel, const notify::Message& letter) {
  try {
    return channel.deliver(letter);
  } catch (const std::exception& error) {
    log::error("a channel failed", {{"channel", channel.name()}, {"why", error.what()}});
    return {notify::Outcome::later, error.what()};
  }
}

std::vector<Attempt> Keeping::tried(const OutboxMessage& message, const notify::Message& letter, std::set<std::string>& down,
                                    bool& refused_by_all) {
  std::vector<Attempt> attempts;
  bool all = true, any = false;
  for (auto* channel : channels_for(message.recipient)) {
    const std::string name{channel->name()};
    if (name == message.avoid) continue;
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
    log::info("message tried", {{"message", letter.id}, {"to", letter.to}, {"channel", name}, {"result", attempts.back().delivery.detail}});
    if (outcome == notify::Outcome::delivered) return attempts;
    if (outcome == notify::Outcome::refused) continue;
    all = false;
    const auto failures = database_.read_now([&](db::Session& session) -> Result<int> { return channel_failures(session, name); });
    const bool broken = outcome == notify::Outcome::misconfigured || failures.value_or(0) + 1 >= kFailuresToIncident;
    if (!broken) break;  // it may well take it in a minute
    down.insert(name);
  }
  if (!any) log::error("no channel to reach a person: set up [notify.smtp]", {{"to", message.recipient}, {"message", message.id}});
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
      solve(session, std::string(kChannelFailed), channel, "The channel “" + channel + "” delivers again.").value();
      continue;
    }
    const int after = delivery.outcome == notify::Outcome::misconfigured ? std::max(before + 1, kFailuresToIncident) : before + 1;
    set_channel_failures(session, channel, after);
    if (after < kFailuresToIncident) continue;
    changed = changed || before < kFailuresToIncident;
    Report failed{.kind = std::string(kChannelFailed), .subject = channel, .in_charge = settings_.machine};
    failed.what = "Messages through the channel “" + channel + "” do not get through: " + delivery.detail;
    failed.consequence =
        "Reminders reach people only through the other channels; where there is none, nobody is told when a certificate fails.";
    failed.remedy = "carillon doctor";
    this->report(session, failed).value();
  }
  if (refused_by_all) {
    Report lost{.kind = std::string(kUnreachable), .subject = message.recipient, .in_charge = settings_.machine};
    lost.what = "Every channel refuses messages to " + message.recipient + ": " +
                (attempts.empty() ? std::string{"refused"} : attempts.back().delivery.detail);
    lost.consequence =
        "Whatever " + message.recipient + " is in charge of has nobody who hears when it fails; the next step of its plan tells others.";
    lost.remedy = "carillon cert list";
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

Result<bool> Keeping::send(Time now, std::set<std::string>& down) {
  bool changed = false;
  while (true) {
    struct Letter {
      OutboxMessage message;
      notify::Message letter;
    };
    auto next = database_.read_now([&](db::Session& session) -> Result<std::optional<Letter>> {
      auto message = first_due(session, now);
      if (!message) return std::nullopt;
      auto letter = composed(session, *message, now);
      if (!letter) return passed_on(letter);
      return Letter{std::move(*message), std::move(*letter)};
    });
    if (!next) return std::unexpected(next.error());
    if (!*next) return changed;
    auto& [message, letter] = **next;
    bool refused_by_all = false;
    const auto attempts = tried(message, letter, down, refused_by_all);
    const bool arrived = !attempts.empty() && attempts.back().delivery.outcome == notify::Outcome::delivered;
    const auto state = arrived ? MessageState::delivered : refused_by_all ? MessageState::refused : MessageState::waiting;
    const auto noted = database_.write_now([&](db::Session& session) -> Result<bool> {
      const auto at = clock_.now();  // a channel may have taken its time
      record(session, message, attempts, state, at, at + pause_after(message.attempts + 1));
      return note_channels(session, message, attempts, refused_by_all);
    });
    if (!noted) return noted;
    changed = changed || *noted;
  }
}

std::optional<Time> Keeping::work() {
  const auto now = clock_.now();
  std::set<std::string> down;
  const auto troubled = [&](const Error& error) {
    log::error("incidents could not be worked on", {{"why", error.message}});
    return now + kRestAfterTrouble;
  };
  for (int pass = 0; pass < kMostPasses; ++pass) {
    if (const auto planned = plan(now); !planned) return troubled(planned.error());
    const auto changed = send(now, down);
    if (!changed) return troubled(changed.error());
    if (!*changed) break;
  }
  const auto next = database_.read_now([](db::Session& session) -> Result<std::optional<Time>> { return next_due(session); });
  if (!next) return troubled(next.error());
  return *next;
}

}  // namespace

std::unique_ptr<Incidents> make_incidents(db::Database& database, const Clock& clock, Random& random, People& people,
                                          IncidentsSettings settings) {
  return std::make_unique<Keeping>(database, clock, random, people, std::move(settings));
}

}  // namespace carillon::incidents
