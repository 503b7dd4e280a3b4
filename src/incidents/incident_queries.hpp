#pragma once
// SQL of incidents and the outbox. Each within the caller's transaction.

#include "base/set_back.hpp"
#include "incidents/incidents.hpp"
#include "incidents/plan.hpp"
#include "notify/channel.hpp"

#include <map>
#include <span>

namespace carillon::incidents {

/// An incident as it is kept.
struct Row {
  Incident incident;  ///< without its messages
  Progress progress;
  std::optional<Time> next_at;
  std::string solution;
};

void insert(db::Session& session, const Row& row);
void update(db::Session& session, const Row& row);  ///< everything but id, kind, subject and opened_at
[[nodiscard]] std::optional<Row> find_row(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Row> find_unsolved(db::Session& session, const std::string& kind, const std::string& subject);
[[nodiscard]] std::vector<Row> all_rows(db::Session& session, bool with_solved);  ///< newest first
[[nodiscard]] std::vector<Row> due_rows(db::Session& session, Time now);  ///< what has to be looked at, what outsiders notice soonest first
[[nodiscard]] std::vector<std::string> due_networks(db::Session& session, Time now);

/// Every attempt to tell of an incident, by incident; of all incidents when `id` is "".
[[nodiscard]] std::map<std::string, std::vector<SentMessage>> sent_messages(db::Session& session, const std::string& id);
/// Who got a message about it, in the order of their first one.
[[nodiscard]] std::vector<std::string> told_of(db::Session& session, const std::string& incident);

enum class MessageType { alarm, closing };

/// One incident in one message.
struct Line {
  int number = 0;  ///< from 1 within its message
  std::string incident;
  Role role = Role::steward;
  int step = 0;
};

struct OutboxMessage {
  std::string id;
  MessageType type = MessageType::alarm;
  std::string recipient;
  std::string avoid;  ///< the channel that must not carry it: it is the one that is broken
  Time planned_at;
  int position = 0;  ///< among those planned at the same moment
  int attempts = 0;
  std::vector<Line> lines;              ///< those that wait
  std::vector<std::string> refused_by;  ///< channels that refused it
};

void enqueue(db::Session& session, const OutboxMessage& message);
/// Lines of alarms about `incident` that were not sent yet; `recipient` "" means everybody's. Messages without a line left are dropped too.
void drop_waiting(db::Session& session, const std::string& incident, const std::string& recipient, Time now);
/// The waiting message that is due first.
[[nodiscard]] std::optional<OutboxMessage> first_due(db::Session& session, Time now);
/// A message as it was sent: its recipient and its lines, whatever their state.
[[nodiscard]] std::optional<OutboxMessage> find_message(db::Session& session, const std::string& id);
/// The first message sent to `recipient` about `incident`; "" when there was none.
[[nodiscard]] std::string first_message(db::Session& session, const std::string& incident, const std::string& recipient);
/// When something waits: the earliest of all steps, ends of quiet, and attempts.
[[nodiscard]] std::optional<Time> next_due(db::Session& session);

struct Attempt {
  std::string channel;
  notify::Delivery delivery;
};
/// Keeps the attempts and what they led to; the lines of `message` count as sent when it was delivered.
enum class MessageState { waiting, delivered, refused };
void record(db::Session& session, const OutboxMessage& message, std::span<const Attempt> attempts, MessageState state, Time now,
            Time next_attempt_at);

[[nodiscard]] int channel_failures(db::Session& session, const std::string& channel);
void set_channel_failures(db::Session& session, const std::string& channel, int failures);

/// Who said "mine" of something that is quiet now.
struct Quiet {
  std::string incident, owner;
};
[[nodiscard]] std::vector<Quiet> quiet_now(db::Session& session);

/// The clock was set back: plans, quiets and attempts go on as if what happened by the wrong clock had happened now.
void clock_set_back(db::Session& session, const SetBack& jump);

/// Removes what was solved before `before`, and messages that nothing refers to any more.
void prune(db::Session& session, Time before);

}  // namespace carillon::incidents
