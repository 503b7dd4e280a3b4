// See incident_queries.hpp.

#include "incidents/incident_queries.hpp"

#include "base/text.hpp"

#include <soci/soci.h>

namespace carillon::incidents {
namespace {

constexpr const char* kInsert =
    "INSERT INTO incidents (id, kind, subject, steward, deputy, network, what, consequence, remedy, noticed_at, reminder, state, "
    "opened_at, "
    "begun_at, steps, last_step_at, "
    "next_at, owner, solved_at, solution) VALUES (:id, :kind, :subject, :steward, :deputy, :network, :what, :consequence, :remedy, "
    ":noticed_at, :reminder, :state, :opened_at, "
    ":begun_at, :steps, :last_step_at, :next_at, :owner, :solved_at, :solution)";
constexpr const char* kUpdate =
    "UPDATE incidents SET steward = :steward, deputy = :deputy, network = :network, what = :what, consequence = :consequence, remedy = "
    ":remedy, "
    "noticed_at = :noticed_at, reminder = :reminder, state = :state, begun_at = :begun_at, steps = :steps, last_step_at = :last_step_at, "
    "next_at = :next_at, "
    "owner = :owner, "
    "solved_at = :solved_at, solution = :solution WHERE id = :id";
constexpr std::string_view kColumns =
    "SELECT id, kind, subject, steward, deputy, network, what, consequence, remedy, noticed_at, reminder, state, opened_at, begun_at, "
    "steps, "
    "last_step_at, next_at, owner, "
    "solved_at, solution FROM incidents ";
constexpr std::string_view kById = "WHERE id = :id";
constexpr std::string_view kUnsolvedOf = "WHERE kind = :kind AND subject = :subject AND state <> 'solved'";
constexpr std::string_view kAll = "ORDER BY opened_at DESC, id DESC";
constexpr std::string_view kAllUnsolved = "WHERE state <> 'solved' ORDER BY opened_at DESC, id DESC";
constexpr std::string_view kDue =
    "WHERE next_at <= :now ORDER BY CASE WHEN noticed_at IS NULL THEN 1 ELSE 0 END, noticed_at, opened_at, subject, id";
constexpr const char* kDueNetworks = "SELECT DISTINCT network FROM incidents WHERE next_at <= :now AND network <> ''";

// An attempt belongs to an incident when its line was part of the message then.
constexpr const char* kSent =
    "SELECT line.incident, message.recipient, attempt.channel, attempt.outcome, attempt.detail, attempt.at FROM incident_attempts AS "
    "attempt "
    "JOIN incident_messages AS message ON message.id = attempt.message JOIN incident_lines AS line ON line.message = message.id "
    "WHERE (line.state <> 'dropped' OR attempt.at <= line.dropped_at) AND (:all = 1 OR line.incident = :incident) ORDER BY attempt.at, "
    "message.id, attempt.number";
constexpr const char* kToldOf =
    "SELECT message.recipient, MIN(message.planned_at) AS first FROM incident_lines AS line JOIN incident_messages AS message ON "
    "message.id = line.message "
    "WHERE line.incident = :incident AND line.state = 'sent' AND message.type = 'alarm' GROUP BY message.recipient ORDER BY first, "
    "message.recipient";

// After a failure without a definite answer, the service may have the alarm.
constexpr const char* kPerhapsTold =
    "SELECT DISTINCT message.recipient FROM incident_attempts AS attempt JOIN incident_messages AS message ON message.id = attempt.message "
    "JOIN incident_lines AS line ON line.message = message.id WHERE line.incident = :incident AND message.type = 'alarm' AND "
    "attempt.channel = :channel AND attempt.outcome = :outcome AND (line.state <> 'dropped' OR attempt.at <= line.dropped_at) ORDER BY "
    "message.recipient";

constexpr const char* kEnqueue =
    "INSERT INTO incident_messages (id, type, recipient, avoid, planned_at, position, state, attempts, next_attempt_at) "
    "VALUES (:id, :type, :recipient, :avoid, :planned_at, :position, 'waiting', 0, :next_attempt_at)";
constexpr const char* kAddLine =
    "INSERT INTO incident_lines (message, number, incident, role, step, state) VALUES (:message, :number, :incident, :role, :step, "
    "'waiting')";
constexpr const char* kDropLines =
    "UPDATE incident_lines SET state = 'dropped', dropped_at = :now WHERE incident = :incident AND state = 'waiting' AND message IN "
    "(SELECT id FROM incident_messages WHERE state = 'waiting' AND type = 'alarm')";
// Only messages of this incident can have become empty.
constexpr const char* kDropEmpty =
    "UPDATE incident_messages SET state = 'dropped' WHERE state = 'waiting' AND id IN (SELECT message FROM incident_lines WHERE incident = "
    ":incident) "
    "AND NOT EXISTS (SELECT 1 FROM incident_lines WHERE message = incident_messages.id AND state = 'waiting')";
constexpr std::string_view kMessageColumns = "SELECT id, type, recipient, avoid, planned_at, attempts FROM incident_messages ";
constexpr std::string_view kFirstDue = "WHERE state = 'waiting' AND next_attempt_at <= :now ORDER BY planned_at, position, id LIMIT 1";
constexpr const char* kLines =
    "SELECT number, incident, role, step FROM incident_lines WHERE message = :message AND (:all = 1 OR state = 'waiting') ORDER BY number";
constexpr const char* kRefusedBy = "SELECT DISTINCT channel FROM incident_attempts WHERE message = :message AND outcome = 'refused'";
constexpr const char* kFirstMessage =
    "SELECT message.id FROM incident_lines AS line JOIN incident_messages AS message ON message.id = line.message "
    "WHERE line.incident = :incident AND line.state = 'sent' AND message.recipient = :recipient ORDER BY line.message LIMIT 1";
constexpr const char* kNextIncident = "SELECT MIN(next_at) FROM incidents";
constexpr const char* kNextAttempt = "SELECT MIN(next_attempt_at) FROM incident_messages WHERE state = 'waiting'";

constexpr const char* kAttemptCount = "SELECT COALESCE(MAX(number), 0) FROM incident_attempts WHERE message = :message";
constexpr const char* kAddAttempt =
    "INSERT INTO incident_attempts (message, number, at, channel, outcome, detail) VALUES (:message, :number, :at, :channel, :outcome, "
    ":detail)";
// A message that was dropped while it was on the way stays dropped, unless it arrived.
constexpr const char* kSetMessage =
    "UPDATE incident_messages SET state = :state, attempts = :attempts, next_attempt_at = :next WHERE id = :id AND (state = 'waiting' OR "
    ":arrived = 1)";
constexpr const char* kUnfollowed =
    "SELECT incident.id, attempt.channel, MIN(message.recipient), incident.owner, incident.next_at FROM incidents AS incident "
    "JOIN incident_lines AS line ON line.incident = incident.id JOIN incident_messages AS message ON message.id = line.message "
    "JOIN incident_attempts AS attempt ON attempt.message = message.id WHERE incident.state <> 'solved' AND incident.state = "
    "'acknowledged' "
    "AND incident.next_at IS NOT NULL AND line.state = 'sent' AND message.type = 'alarm' AND attempt.outcome = 'delivered' AND NOT EXISTS "
    "(SELECT 1 FROM incident_acknowledgments AS followed WHERE followed.incident = incident.id AND followed.channel = attempt.channel AND "
    "followed.until = incident.next_at) GROUP BY incident.id, attempt.channel, incident.owner, incident.next_at";
constexpr const char* kFollowed =
    "INSERT INTO incident_acknowledgments (incident, channel, until) VALUES (:incident, :channel, :until) ON CONFLICT (incident, channel) "
    "DO UPDATE SET until = excluded.until";
constexpr const char* kHoldBack =
    "UPDATE incident_messages SET next_attempt_at = :until, planned_at = :planned WHERE id = :id AND state = 'waiting'";
constexpr const char* kHeld =
    "SELECT line.incident, message.recipient, message.planned_at FROM incident_messages AS message JOIN incident_lines AS line ON "
    "line.message = message.id WHERE message.state = 'waiting' AND line.state = 'waiting' AND message.planned_at > :now AND (:all = 1 OR "
    "line.incident = :incident) ORDER BY message.planned_at, message.recipient, message.id, line.number";
constexpr const char* kHeldFor =
    "SELECT recipient, COUNT(*), MIN(planned_at) FROM incident_messages WHERE state = 'waiting' AND planned_at > :now AND (:all = 1 OR "
    "LOWER(recipient) = :person) GROUP BY recipient ORDER BY recipient";
constexpr const char* kDueLike =
    "SELECT id FROM incident_messages WHERE state = 'waiting' AND next_attempt_at <= :now AND attempts = 0 AND type = :type AND recipient "
    "= "
    ":recipient AND avoid = :avoid ORDER BY planned_at, position, id";
constexpr const char* kHasLine =
    "SELECT COUNT(*) FROM incident_lines AS line JOIN incident_messages AS message ON message.id = line.message WHERE line.incident = "
    ":incident AND line.state <> 'dropped' AND message.type = 'alarm' AND LOWER(message.recipient) = :recipient";
constexpr const char* kDropWaitingLines =
    "UPDATE incident_lines SET state = 'dropped', dropped_at = :now WHERE message = :message AND state = 'waiting' AND (:all = 1 OR number "
    "= "
    ":number)";
constexpr const char* kDropIfEmpty =
    "UPDATE incident_messages SET state = 'dropped' WHERE state = 'waiting' AND id = :id AND NOT EXISTS (SELECT 1 FROM incident_lines "
    "WHERE "
    "message = incident_messages.id AND state = 'waiting')";
constexpr const char* kLineSent =
    "UPDATE incident_lines SET state = 'sent', dropped_at = NULL WHERE message = :message AND number = :number";

constexpr const char* kChannelFailures = "SELECT failures FROM incident_channels WHERE name = :name";
constexpr const char* kSetChannelFailures =
    "INSERT INTO incident_channels (name, failures) VALUES (:name, :failures) ON CONFLICT (name) DO UPDATE SET failures = "
    "excluded.failures";

// See base/set_back.hpp.
constexpr const char* kOpenedByNow = "UPDATE incidents SET opened_at = :now WHERE opened_at > :later";
constexpr const char* kSolvedByNow = "UPDATE incidents SET solved_at = :now WHERE solved_at > :later";
constexpr const char* kClosingByNow = "UPDATE incidents SET next_at = :now WHERE state = 'solved' AND next_at > :later";
constexpr const char* kPlannedByNow = "UPDATE incident_messages SET planned_at = :now WHERE planned_at > :later";
constexpr const char* kShortenAttempts =
    "UPDATE incident_messages SET next_attempt_at = CASE WHEN next_attempt_at > :was THEN next_attempt_at - :by ELSE :now END "
    "WHERE state = 'waiting' AND next_attempt_at > :later";
constexpr const char* kDroppedByNow = "UPDATE incident_lines SET dropped_at = :now WHERE dropped_at > :later";
constexpr const char* kTriedByNow = "UPDATE incident_attempts SET at = :now WHERE at > :later";

constexpr const char* kQuiet = "SELECT id, owner FROM incidents WHERE state = 'acknowledged'";

constexpr const char* kPruneIncidents = "DELETE FROM incidents WHERE state = 'solved' AND next_at IS NULL AND solved_at < :before";
constexpr const char* kPruneMessages =
    "DELETE FROM incident_messages WHERE state <> 'waiting' AND planned_at < :before AND NOT EXISTS (SELECT 1 FROM incident_lines WHERE "
    "message = incident_messages.id)";

std::string_view name_of(State state) noexcept {
  switch (state) {
    case State::open:
      return "open";
    case State::acknowledged:
      return "acknowledged";
    case State::solved:
      return "solved";
  }
  return "open";
}

State state_from(std::string_view name) noexcept {
  for (const auto state : {State::acknowledged, State::solved}) {
    if (name_of(state) == name) return state;
  }
  return State::open;
}

std::string_view name_of(notify::Outcome outcome) noexcept {
  switch (outcome) {
    case notify::Outcome::delivered:
      return "delivered";
    case notify::Outcome::later:
      return "later";
    case notify::Outcome::refused:
      return "refused";
    case notify::Outcome::misconfigured:
      return "misconfigured";
  }
  return "later";
}

std::string_view type_name(MessageType type) noexcept { return type == MessageType::closing ? "closing" : "alarm"; }

/// A time that may not be there, as SOCI binds it.
struct Optional {
  explicit Optional(const std::optional<Time>& time)
      : value{time ? to_microseconds(*time) : 0}, indicator{time ? soci::i_ok : soci::i_null} {}
  Optional() = default;
  [[nodiscard]] std::optional<Time> get() const { return indicator == soci::i_ok ? std::optional{from_microseconds(value)} : std::nullopt; }
  long long value = 0;
  soci::indicator indicator = soci::i_null;
};

template <class... Use>
std::vector<Row> rows(db::Session& session, std::string_view condition, Use... uses) {
  Row row;
  auto& incident = row.incident;
  auto& report = incident.report;
  std::string state;
  long long opened = 0, begun = 0, last = 0;
  int reminder = 0;
  Optional noticed, next, solved;
  soci::statement statement =
      (((session.prepare << kColumns << condition), soci::into(incident.id), soci::into(report.kind), soci::into(report.subject),
        soci::into(report.in_charge.steward), soci::into(report.in_charge.deputy), soci::into(report.in_charge.network),
        soci::into(report.what), soci::into(report.consequence), soci::into(report.remedy), soci::into(noticed.value, noticed.indicator),
        soci::into(reminder), soci::into(state), soci::into(opened), soci::into(begun), soci::into(row.progress.steps), soci::into(last),
        soci::into(next.value, next.indicator), soci::into(incident.owner), soci::into(solved.value, solved.indicator),
        soci::into(row.solution)),
       ..., uses);
  statement.execute();
  std::vector<Row> found;
  while (statement.fetch()) {
    report.noticed_at = noticed.get();
    report.reminder = reminder != 0;
    incident.state = state_from(state);
    incident.opened_at = from_microseconds(opened);
    incident.solved_at = solved.get();
    row.progress.begun = from_microseconds(begun);
    row.progress.last = from_microseconds(last);
    row.next_at = next.get();
    incident.acknowledged_until = incident.state == State::acknowledged ? row.next_at : std::nullopt;
    found.push_back(row);
  }
  return found;
}

std::optional<Row> only(std::vector<Row> found) {
  if (found.empty()) return {};
  return std::move(found.front());
}

std::optional<Time> earliest(db::Session& session, const char* sql) {
  Optional time;
  session << sql, soci::into(time.value, time.indicator);
  return time.get();
}

template <class Use>
std::optional<OutboxMessage> message_where(db::Session& session, std::string_view condition, bool every_line, Use use) {
  OutboxMessage message;
  std::string type;
  long long planned = 0;
  session << kMessageColumns << condition, soci::into(message.id), soci::into(type), soci::into(message.recipient),
      soci::into(message.avoid), soci::into(planned), soci::into(message.attempts), use;
  if (!session.got_data()) return {};
  message.type = type == "closing" ? MessageType::closing : MessageType::alarm;
  message.planned_at = from_microseconds(planned);
  Line line;
  int role = 0;
  const int all = every_line ? 1 : 0;
  soci::statement lines = (session.prepare << kLines, soci::into(line.number), soci::into(line.incident), soci::into(role),
                           soci::into(line.step), soci::use(message.id, "message"), soci::use(all, "all"));
  lines.execute();
  while (lines.fetch()) {
    line.role = static_cast<Role>(role);
    message.lines.push_back(line);
  }
  std::string channel;
  soci::statement refused = (session.prepare << kRefusedBy, soci::into(channel), soci::use(message.id));
  refused.execute();
  while (refused.fetch()) message.refused_by.push_back(channel);
  return message;
}

}  // namespace

void insert(db::Session& session, const Row& row) {
  const auto& incident = row.incident;
  const auto& report = incident.report;
  Optional noticed{report.noticed_at}, next{row.next_at}, solved{incident.solved_at};
  const int reminder = report.reminder ? 1 : 0;
  const std::string state{name_of(incident.state)};
  const long long opened = to_microseconds(incident.opened_at), begun = to_microseconds(row.progress.begun),
                  last = to_microseconds(row.progress.last);
  session << kInsert, soci::use(incident.id), soci::use(report.kind), soci::use(report.subject), soci::use(report.in_charge.steward),
      soci::use(report.in_charge.deputy), soci::use(report.in_charge.network), soci::use(report.what), soci::use(report.consequence),
      soci::use(report.remedy), soci::use(noticed.value, noticed.indicator), soci::use(reminder), soci::use(state), soci::use(opened),
      soci::use(begun), soci::use(row.progress.steps), soci::use(last), soci::use(next.value, next.indicator), soci::use(incident.owner),
      soci::use(solved.value, solved.indicator), soci::use(row.solution);
}

void update(db::Session& session, const Row& row) {
  const auto& incident = row.incident;
  const auto& report = incident.report;
  Optional noticed{report.noticed_at}, next{row.next_at}, solved{incident.solved_at};
  const int reminder = report.reminder ? 1 : 0;
  const std::string state{name_of(incident.state)};
  const long long begun = to_microseconds(row.progress.begun), last = to_microseconds(row.progress.last);
  session << kUpdate, soci::use(report.in_charge.steward), soci::use(report.in_charge.deputy), soci::use(report.in_charge.network),
      soci::use(report.what), soci::use(report.consequence), soci::use(report.remedy), soci::use(noticed.value, noticed.indicator),
      soci::use(reminder), soci::use(state), soci::use(begun), soci::use(row.progress.steps), soci::use(last),
      soci::use(next.value, next.indicator), soci::use(incident.owner), soci::use(solved.value, solved.indicator), soci::use(row.solution),
      soci::use(incident.id);
}

std::optional<Row> find_row(db::Session& session, const std::string& id) { return only(rows(session, kById, soci::use(id))); }

std::optional<Row> find_unsolved(db::Session& session, const std::string& kind, const std::string& subject) {
  return only(rows(session, kUnsolvedOf, soci::use(kind), soci::use(subject)));
}

std::vector<Row> all_rows(db::Session& session, bool with_solved) { return rows(session, with_solved ? kAll : kAllUnsolved); }

std::vector<Row> due_rows(db::Session& session, Time now) {
  const long long count = to_microseconds(now);
  return rows(session, kDue, soci::use(count));
}

std::vector<Quiet> quiet_now(db::Session& session) {
  Quiet one;
  soci::statement statement = (session.prepare << kQuiet, soci::into(one.incident), soci::into(one.owner));
  statement.execute();
  std::vector<Quiet> found;
  while (statement.fetch()) found.push_back(one);
  return found;
}

std::vector<std::string> due_networks(db::Session& session, Time now) {
  const long long count = to_microseconds(now);
  std::string network;
  soci::statement statement = (session.prepare << kDueNetworks, soci::into(network), soci::use(count));
  statement.execute();
  std::vector<std::string> networks;
  while (statement.fetch()) networks.push_back(network);
  return networks;
}

std::map<std::string, std::vector<SentMessage>> sent_messages(db::Session& session, const std::string& id) {
  std::string incident, outcome, detail;
  SentMessage sent;
  long long at = 0;
  const int all = id.empty() ? 1 : 0;
  soci::statement statement = (session.prepare << kSent, soci::into(incident), soci::into(sent.to), soci::into(sent.channel),
                               soci::into(outcome), soci::into(detail), soci::into(at), soci::use(all, "all"), soci::use(id, "incident"));
  statement.execute();
  std::map<std::string, std::vector<SentMessage>> found;
  while (statement.fetch()) {
    sent.at = from_microseconds(at);
    if (outcome == name_of(notify::Outcome::delivered))
      sent.result = "delivered";
    else
      sent.result = (outcome == name_of(notify::Outcome::refused) ? "refused: " : "retrying: ") + detail;
    found[incident].push_back(sent);
  }
  return found;
}

std::vector<std::string> told_of(db::Session& session, const std::string& incident) {
  std::string recipient;
  long long first = 0;
  soci::statement statement = (session.prepare << kToldOf, soci::into(recipient), soci::into(first), soci::use(incident));
  statement.execute();
  std::vector<std::string> recipients;
  while (statement.fetch()) recipients.push_back(recipient);
  return recipients;
}

std::vector<std::string> perhaps_told_of(db::Session& session, const std::string& incident, const std::string& channel) {
  const std::string outcome{name_of(notify::Outcome::later)};
  std::string recipient;
  soci::statement statement =
      (session.prepare << kPerhapsTold, soci::into(recipient), soci::use(incident), soci::use(channel), soci::use(outcome));
  statement.execute();
  std::vector<std::string> recipients;
  while (statement.fetch()) recipients.push_back(recipient);
  return recipients;
}

void enqueue(db::Session& session, const OutboxMessage& message) {
  const std::string type{type_name(message.type)};
  const long long planned = to_microseconds(message.planned_at);
  session << kEnqueue, soci::use(message.id), soci::use(type), soci::use(message.recipient), soci::use(message.avoid), soci::use(planned),
      soci::use(message.position), soci::use(planned);
  for (const auto& line : message.lines) {
    const int role = static_cast<int>(line.role);
    session << kAddLine, soci::use(message.id), soci::use(line.number), soci::use(line.incident), soci::use(role), soci::use(line.step);
  }
}

void drop_waiting(db::Session& session, const std::string& incident, Time now) {
  const long long count = to_microseconds(now);
  session << kDropLines, soci::use(count, "now"), soci::use(incident, "incident");
  session << kDropEmpty, soci::use(incident);
}

std::optional<OutboxMessage> first_due(db::Session& session, Time now) {
  const long long count = to_microseconds(now);
  return message_where(session, kFirstDue, false, soci::use(count));
}

std::vector<Unfollowed> unfollowed_acknowledgments(db::Session& session) {
  Unfollowed one;
  long long until = 0;
  std::vector<Unfollowed> all;
  soci::statement statement = (session.prepare << kUnfollowed, soci::into(one.incident), soci::into(one.channel), soci::into(one.recipient),
                               soci::into(one.owner), soci::into(until));
  statement.execute();
  while (statement.fetch()) {
    one.until = from_microseconds(until);
    all.push_back(one);
  }
  return all;
}

void record_followed(db::Session& session, const Unfollowed& followed) {
  const long long until = to_microseconds(followed.until);
  session << kFollowed, soci::use(followed.incident), soci::use(followed.channel), soci::use(until);
}

std::optional<Time> first_noticed(db::Session& session, const OutboxMessage& message) {
  std::optional<Time> first;
  for (const auto& line : message.lines) {
    const auto row = find_row(session, line.incident);
    if (!row || !row->incident.report.noticed_at) continue;
    first = std::min(first.value_or(*row->incident.report.noticed_at), *row->incident.report.noticed_at);
  }
  return first;
}

void hold_back(db::Session& session, const std::string& message, Time until) {
  const long long count = to_microseconds(until);
  session << kHoldBack, soci::use(count, "until"), soci::use(count, "planned"), soci::use(message, "id");
}

std::vector<OutboxMessage> due_like(db::Session& session, const OutboxMessage& message, Time now) {
  const long long count = to_microseconds(now);
  const std::string type{type_name(message.type)};
  std::string id;
  std::vector<std::string> ids;
  soci::statement statement = (session.prepare << kDueLike, soci::into(id), soci::use(count, "now"), soci::use(type, "type"),
                               soci::use(message.recipient, "recipient"), soci::use(message.avoid, "avoid"));
  statement.execute();
  while (statement.fetch()) ids.push_back(id);
  std::vector<OutboxMessage> found;
  for (const auto& one : ids) {
    if (auto read = message_where(session, kById, false, soci::use(one))) found.push_back(std::move(*read));
  }
  return found;
}

bool has_line(db::Session& session, const std::string& incident, const std::string& recipient) {
  const auto key = lower_ascii(recipient);
  int count = 0;
  session << kHasLine, soci::into(count), soci::use(incident), soci::use(key);
  return count > 0;
}

void drop_message(db::Session& session, const std::string& message, Time now) {
  const long long count = to_microseconds(now);
  const int all = 1, number = 0;
  session << kDropWaitingLines, soci::use(count, "now"), soci::use(message, "message"), soci::use(all, "all"), soci::use(number, "number");
  session << kDropIfEmpty, soci::use(message);
}

void drop_line(db::Session& session, const std::string& message, const Line& line, Time now) {
  const long long count = to_microseconds(now);
  const int all = 0;
  session << kDropWaitingLines, soci::use(count, "now"), soci::use(message, "message"), soci::use(all, "all"),
      soci::use(line.number, "number");
  session << kDropIfEmpty, soci::use(message);
}

std::map<std::string, std::vector<HeldMessage>> held_by_incident(db::Session& session, const std::string& id, Time now) {
  std::string incident;
  HeldMessage held;
  long long until = 0;
  const long long count = to_microseconds(now);
  const int all = id.empty() ? 1 : 0;
  soci::statement statement = (session.prepare << kHeld, soci::into(incident), soci::into(held.to), soci::into(until),
                               soci::use(count, "now"), soci::use(all, "all"), soci::use(id, "incident"));
  statement.execute();
  std::map<std::string, std::vector<HeldMessage>> found;
  while (statement.fetch()) {
    held.until = from_microseconds(until);
    found[incident].push_back(held);
  }
  return found;
}

std::vector<HeldMessages> held_messages(db::Session& session, const std::string& person, Time now) {
  HeldMessages held;
  long long until = 0;
  const long long count = to_microseconds(now);
  const int all = person.empty() ? 1 : 0;
  const auto key = lower_ascii(person);
  soci::statement statement = (session.prepare << kHeldFor, soci::into(held.person), soci::into(held.count), soci::into(until),
                               soci::use(count, "now"), soci::use(all, "all"), soci::use(key, "person"));
  statement.execute();
  std::vector<HeldMessages> found;
  while (statement.fetch()) {
    held.until = from_microseconds(until);
    found.push_back(held);
  }
  return found;
}

std::optional<OutboxMessage> find_message(db::Session& session, const std::string& id) {
  return message_where(session, kById, true, soci::use(id));
}

std::string first_message(db::Session& session, const std::string& incident, const std::string& recipient) {
  std::string id;
  session << kFirstMessage, soci::into(id), soci::use(incident), soci::use(recipient);
  return session.got_data() ? id : std::string{};
}

std::optional<Time> next_due(db::Session& session) {
  const auto incident = earliest(session, kNextIncident), attempt = earliest(session, kNextAttempt);
  if (!incident || !attempt) return incident ? incident : attempt;
  return std::min(*incident, *attempt);
}

void record(db::Session& session, const OutboxMessage& message, std::span<const Attempt> attempts, MessageState state, Time now,
            Time next_attempt_at) {
  int number = 0;
  session << kAttemptCount, soci::into(number), soci::use(message.id);
  const long long at = to_microseconds(now), next = to_microseconds(next_attempt_at);
  for (const auto& attempt : attempts) {
    ++number;
    const std::string outcome{name_of(attempt.delivery.outcome)};
    session << kAddAttempt, soci::use(message.id), soci::use(number), soci::use(at), soci::use(attempt.channel), soci::use(outcome),
        soci::use(attempt.delivery.detail);
  }
  const std::string state_name = state == MessageState::delivered ? "delivered" : state == MessageState::refused ? "refused" : "waiting";
  const int tries = message.attempts + 1;
  const int arrived = state == MessageState::delivered ? 1 : 0;
  session << kSetMessage, soci::use(state_name), soci::use(tries), soci::use(next), soci::use(message.id), soci::use(arrived);
  if (state != MessageState::delivered) return;
  // A line that was dropped while its message was on the way was told all the same.
  for (const auto& line : message.lines) session << kLineSent, soci::use(message.id), soci::use(line.number);
}

int channel_failures(db::Session& session, const std::string& channel) {
  int failures = 0;
  session << kChannelFailures, soci::into(failures), soci::use(channel);
  return session.got_data() ? failures : 0;
}

void set_channel_failures(db::Session& session, const std::string& channel, int failures) {
  session << kSetChannelFailures, soci::use(channel), soci::use(failures);
}

void clock_set_back(db::Session& session, const SetBack& jump) {
  const long long was = to_microseconds(jump.was), by = jump.by().count(), now = to_microseconds(jump.now);
  for (auto& row : all_rows(session, false)) {
    row.progress.begun = jump.past(row.progress.begun);
    row.progress.last = jump.past(row.progress.last);
    const bool plans = row.incident.state == State::open && !row.incident.report.reminder;
    if (plans)
      row.next_at = next_step(row.progress, row.incident.report.noticed_at);
    else if (row.next_at)
      row.next_at = std::min(jump.wait(*row.next_at), jump.now + kLongestQuiet);
    update(session, row);
  }
  for (const auto* sql : {kOpenedByNow, kSolvedByNow, kClosingByNow, kPlannedByNow, kDroppedByNow, kTriedByNow})
    session << sql, soci::use(now), soci::use(now);
  session << kShortenAttempts, soci::use(was), soci::use(by), soci::use(now), soci::use(now);
}

void prune(db::Session& session, Time before) {
  const long long count = to_microseconds(before);
  session << kPruneIncidents, soci::use(count);
  session << kPruneMessages, soci::use(count);
}

std::vector<Incident> all_incidents(db::Session& session, bool with_solved) {
  std::vector<Incident> all;
  for (auto& row : all_rows(session, with_solved)) all.push_back(std::move(row.incident));
  return all;
}

}  // namespace carillon::incidents
