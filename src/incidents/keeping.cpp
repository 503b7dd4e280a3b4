// See keeping.hpp: what is reported and solved, and the steps that are taken. sending.cpp sends what they plan.

#include "incidents/keeping.hpp"

#include "base/id.hpp"
#include "base/log.hpp"
#include "base/printable.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "incidents/message_text.hpp"

namespace carillon::incidents {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// Of one `work`: an incident about a channel may lead to another about the next channel; more often than this nothing new comes of it.
constexpr int kMaxPasses = 8;
/// After the database failed.
constexpr minutes kRestAfterTrouble{1};
/// Solved incidents are kept this long.
constexpr hours kKept{24 * 400};
constexpr hours kPruneEvery{1};

/// What the plan of an open incident waits for; a reminder waits for nothing but its next report.
void look_again(Row& row) {
  row.next_at = row.incident.report.reminder ? std::nullopt : std::optional{next_step(row.progress, row.incident.report.noticed_at)};
}

}  // namespace

void Keeping::tell(const std::string& id) {
  database_.note_change({.kind = std::string(kIncidentChange), .subject = id});
  if (settings_.changed) database_.after_commit([&changed = settings_.changed, id] { changed(id); });
}

Result<std::string> Keeping::report(db::Session& session, const Report& given) {
  if (given.kind.empty() || given.subject.empty()) return fail(ErrorKind::internal, "an incident was reported without a kind or subject");
  // It may quote strangers: a certificate's name, a server's response, a command's output. None of them may begin a line of its own.
  auto report = given;
  report.what = printable(given.what);
  report.consequence = printable(given.consequence);
  report.remedy = printable_lines(given.remedy);
  if (auto row = find_unsolved(session, report.kind, report.subject)) {
    row->incident.report = report;
    // While it is quiet, new facts change nothing about when the quiet ends.
    if (row->incident.state == State::open) {
      look_again(*row);
      if (report.reminder) row->next_at = clock_.now();
    }
    update(session, *row);
    tell(row->incident.id);
    return row->incident.id;
  }
  const auto now = clock_.now();
  Row row;
  row.incident.id = new_id(clock_, random_);
  row.incident.report = report;
  row.incident.opened_at = now;
  row.progress.begun = now;
  row.next_at = now;
  insert(session, row);
  tell(row.incident.id);
  database_.after_commit([id = row.incident.id, kind = report.kind, subject = report.subject, what = report.what] {
    log::warning("incident opened", {{"id", id}, {"kind", kind}, {"subject", subject}, {"what", what}});
  });
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
  drop_waiting(session, row->incident.id, now);
  tell(row->incident.id);
  database_.after_commit([id = row->incident.id, kind, subject, how] {
    log::info("incident resolved", {{"id", id}, {"kind", kind}, {"subject", subject}, {"how", how}});
  });
  return {};
}

Result<> Keeping::acknowledge(const std::string& id, const std::string& by, Duration quiet) {
  if (quiet <= Duration::zero() || quiet > kLongestQuiet)
    return fail(ErrorKind::invalid, "Reminders can be paused for up to " + span_text(kLongestQuiet) + ".", "for");
  return database_.write_now([&](db::Session& session) -> Result<> {
    auto row = find_row(session, id);
    if (!row) return fail(ErrorKind::not_found, "There is no incident with the ID “" + id + "”.");
    if (row->incident.state == State::solved)
      return fail(ErrorKind::conflict, "This incident is already resolved; you don't need to do anything.");
    const auto now = clock_.now();
    row->incident.state = State::acknowledged;
    row->incident.owner = by;
    row->next_at = now + quiet;
    update(session, *row);
    drop_waiting(session, id, now);
    tell(id);
    database_.after_commit(
        [id, by, until = now + quiet] { log::info("incident acknowledged", {{"id", id}, {"by", by}, {"until", to_rfc3339(until)}}); });
    return {};
  });
}

Result<std::vector<Incident>> Keeping::list(bool with_solved) {
  const auto of_machine = machine();
  return database_.read_now([&](db::Session& session) -> Result<std::vector<Incident>> {
    auto messages = sent_messages(session, {});
    auto held = held_by_incident(session, {}, clock_.now());
    std::vector<Incident> found;
    for (auto& row : all_rows(session, with_solved)) {
      row.incident.messages = std::move(messages[row.incident.id]);
      row.incident.held = std::move(held[row.incident.id]);
      row.incident.report.in_charge = or_machine(std::move(row.incident.report.in_charge), of_machine);
      found.push_back(std::move(row.incident));
    }
    return found;
  });
}

Result<Incident> Keeping::find(const std::string& id) {
  const auto of_machine = machine();
  return database_.read_now([&](db::Session& session) -> Result<Incident> {
    auto row = find_row(session, id);
    if (!row) return fail(ErrorKind::not_found, "There is no incident with the ID “" + id + "”.");
    row->incident.messages = std::move(sent_messages(session, id)[id]);
    row->incident.held = std::move(held_by_incident(session, id, clock_.now())[id]);
    row->incident.report.in_charge = or_machine(std::move(row->incident.report.in_charge), of_machine);
    return std::move(row->incident);
  });
}

void Keeping::Plan::add(const std::string& recipient, MessageType type, const Report& report, const Line& line) {
  // News about a channel doesn't go through it.
  const auto avoid = report.kind == kChannelFailed ? report.subject : std::string{};
  auto found = std::ranges::find_if(messages, [&](const OutboxMessage& message) {
    return message.type == type && message.avoid == avoid && equal_ignoring_case(message.recipient, recipient);
  });
  if (found == messages.end()) found = messages.insert(found, {.id = {}, .type = type, .recipient = recipient, .avoid = avoid});
  found->lines.push_back(line);
  found->lines.back().number = static_cast<int>(found->lines.size());
}

void Keeping::enqueue_all(db::Session& session, Plan& plan, Time now) {
  int position = 0;
  for (auto& message : plan.messages) {
    message.position = position++;
    message.id = new_id(clock_, random_);
    message.planned_at = now;
    enqueue(session, message);
  }
}

void Keeping::hand_over(db::Session& session, const Line& line, const Report& report, const Audience& audience, Plan& plan) {
  const auto people = reachable(report, audience);
  // Operators aren't alerted instead of a network's owners.
  const auto& network = report.in_charge.network;
  if (people.named.steward.empty() && people.named.deputy.empty() && !network.empty() && !audience.owners.contains(network)) return;
  for (const auto& [address, role] : told_at(line.step, people.named, people.operators, people.owners)) {
    if (!has_line(session, line.incident, address))
      plan.add(address, MessageType::alarm, report, {.number = 0, .incident = line.incident, .role = role, .step = line.step});
  }
}

bool Keeping::Audience::is_departed(const std::string& address) const {
  return std::ranges::any_of(departed, [&](const std::string& one) { return equal_ignoring_case(one, address); });
}

Keeping::InCharge Keeping::reachable(const Report& report, const Audience& audience) {
  const auto of_network = audience.owners.find(report.in_charge.network);
  InCharge people{.named = or_machine(report.in_charge, audience.machine),
                  .operators = audience.operators,
                  .owners = of_network == audience.owners.end() ? Addresses{} : of_network->second};
  // Whoever was put out is passed over: the next in the chain is told in their place. Nobody can be told that he cannot be reached, either.
  const auto is_passed_over = [&](const std::string& address) {
    return audience.is_departed(address) || (report.kind == kUnreachable && equal_ignoring_case(address, report.subject));
  };
  if (is_passed_over(people.named.steward)) people.named.steward.clear();
  if (is_passed_over(people.named.deputy)) people.named.deputy.clear();
  std::erase_if(people.operators, is_passed_over);
  std::erase_if(people.owners, is_passed_over);
  return people;
}

void Keeping::take_step(db::Session& session, Row& row, const Audience& audience, Time now, Plan& plan) {
  auto& incident = row.incident;
  if (incident.state == State::acknowledged) {
    // The quiet is over and it is not solved: from the beginning.
    incident.state = State::open;
    row.progress = {.begun = row.next_at.value(), .steps = 0, .last = {}};
    tell(incident.id);
    if (incident.report.reminder) {
      // Its calendar goes on by itself; the end of the quiet is no reminder.
      row.next_at.reset();
      return update(session, row);
    }
  }
  const auto progress = incident.report.reminder ? std::optional{Progress{row.progress.begun, row.progress.steps + 1, now}}
                                                 : caught_up(row.progress, incident.report.noticed_at, now);
  if (progress) {
    row.progress = *progress;
    const int step = progress->steps - 1;
    const auto [in_charge, operators, owners] = reachable(incident.report, audience);
    bool anybody = false;
    const auto recipients = told_at(step, in_charge, operators, owners);
    // This step replaces what no one has got yet, also where it waits for people who aren't responsible any more.
    if (!recipients.empty()) drop_waiting(session, incident.id, now);
    for (const auto& [address, role] : recipients) {
      plan.add(address, MessageType::alarm, incident.report, {.number = 0, .incident = incident.id, .role = role, .step = step});
      anybody = true;
    }
    if (!anybody)
      log::error("an incident has no one to notify: set a steward under [certificates]",
                 {{"id", incident.id}, {"kind", incident.report.kind}, {"subject", incident.report.subject}});
  }
  look_again(row);
  update(session, row);
}

void Keeping::close(db::Session& session, Row& row, const Audience& audience, Plan& plan) {
  auto recipients = told_of(session, row.incident.id);
  // A pager shows an alarm until it is resolved, so it must know of the end even if it isn't known whether it got the alarm.
  for (const auto* channel : settings_.channels) {
    if (!channel->follows_acknowledgments()) continue;
    for (auto& recipient : perhaps_told_of(session, row.incident.id, std::string(channel->name()))) {
      if (std::ranges::find(recipients, recipient) == recipients.end()) recipients.push_back(std::move(recipient));
    }
  }
  for (const auto& recipient : recipients) {
    if (audience.is_departed(recipient)) continue;
    plan.add(recipient, MessageType::closing, row.incident.report,
             {.number = 0, .incident = row.incident.id, .role = Role::steward, .step = 0});
  }
  row.next_at = {};
  update(session, row);
}

Result<> Keeping::end_quiets(const Audience& audience, Time now) {
  if (audience.departed.empty()) return {};
  const auto quiet = database_.read_now([](db::Session& session) -> Result<std::vector<Quiet>> { return quiet_now(session); });
  if (!quiet) return std::unexpected(quiet.error());
  if (std::ranges::none_of(*quiet, [&](const Quiet& one) { return audience.is_departed(one.owner); })) return {};
  return database_.write_now([&](db::Session& session) -> Result<> {
    for (const auto& one : quiet_now(session)) {
      if (!audience.is_departed(one.owner)) continue;
      auto row = find_row(session, one.incident);
      row->next_at = now;
      update(session, *row);
      database_.after_commit([one] {
        log::warning("the person handling an incident lost access: the incident is open again",
                     {{"id", one.incident}, {"owner", one.owner}});
      });
    }
    return {};
  });
}

Result<bool> Keeping::plan(const Audience& known, Time now) {
  auto audience = known;
  if (const auto ended = end_quiets(audience, now); !ended) return std::unexpected(ended.error());
  const auto networks = database_.read_now([&](db::Session& session) -> Result<Addresses> { return due_networks(session, now); });
  if (!networks) return std::unexpected(networks.error());
  for (const auto& network : *networks) audience.owners[network] = people_.owners(network);
  // Looks at every message: often enough in an hour, too often in every pass.
  const bool prunes = now >= pruned_ + kPruneEvery || pruned_ > now;
  auto planned = database_.write_now([&](db::Session& session) -> Result<bool> {
    Plan plan;
    for (auto& row : due_rows(session, now)) {
      const auto& network = row.incident.report.in_charge.network;
      if (row.incident.state == State::solved)
        close(session, row, audience, plan);
      else if (network.empty() || audience.owners.contains(network))
        take_step(session, row, audience, now, plan);
      // Else it was reported after People were asked: the next pass takes it.
    }
    enqueue_all(session, plan, now);
    if (prunes) prune(session, now - kKept);
    return !plan.messages.empty();
  });
  if (planned && prunes) pruned_ = now;
  return planned;
}

Result<> Keeping::clock_set_back(const SetBack& jump) {
  return database_.write_now([&](db::Session& session) -> Result<> {
    incidents::clock_set_back(session, jump);
    return {};
  });
}

std::optional<Time> Keeping::work() {
  const auto now = clock_.now();
  std::set<std::string> down;
  const auto troubled = [&](const Error& error) {
    log::error("incidents could not be processed", {{"why", error.message}});
    return now + kRestAfterTrouble;
  };
  for (int pass = 0; pass < kMaxPasses; ++pass) {
    // People may well ask the same database: not from within a transaction of ours.
    const Audience audience{.operators = people_.operators(), .owners = {}, .departed = people_.departed(), .machine = machine()};
    if (const auto planned = plan(audience, now); !planned) return troubled(planned.error());
    const auto changed = send(audience, now, down);
    if (!changed) return troubled(changed.error());
    if (!*changed) break;
  }
  if (const auto followed = follow_acknowledgments(now); !followed) return troubled(followed.error());
  const auto next = database_.read_now([](db::Session& session) -> Result<std::optional<Time>> { return next_due(session); });
  if (!next) return troubled(next.error());
  return *next;
}

std::unique_ptr<Incidents> make_incidents(db::Database& database, const Clock& clock, Random& random, People& people,
                                          IncidentsSettings settings) {
  return std::make_unique<Keeping>(database, clock, random, people, std::move(settings));
}

}  // namespace carillon::incidents
