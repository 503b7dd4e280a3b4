#pragma once
// The SQL of incidents and the outbox. Each function runs in the caller's transaction.

#include "base/set_back.hpp"
#include "incidents/incidents.hpp"
#include "incidents/plan.hpp"
#include "notify/channel.hpp"

#include <map>
#include <span>

namespace carillon::incidents {

/// An incident as stored.
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
[[nodiscard]] std::vector<Row> due_rows(db::Session& session,
                                        Time now);  ///< incidents that are due; those that listeners notice soonest first
[[nodiscard]] std::vector<std::string> due_networks(db::Session& session, Time now);

/// All attempts to send messages about an incident, by incident; for all incidents if `id` is "".
[[nodiscard]] std::map<std::string, std::vector<SentMessage>> sent_messages(db::Session& session, const std::string& id);
/// The messages about an incident that are held back at `now`, by incident; for all incidents if `id` is "".
[[nodiscard]] std::map<std::string, std::vector<HeldMessage>> held_by_incident(db::Session& session, const std::string& id, Time now);
/// The people who got a message about it, in the order of their first one.
[[nodiscard]] std::vector<std::string> told_of(db::Session& session, const std::string& incident);
/// The people whose message about it failed in `channel` without a definite answer, sorted.
[[nodiscard]] std::vector<std::string> perhaps_told_of(db::Session& session, const std::string& incident, const std::string& channel);

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
  std::string avoid;  ///< the channel that must not be used, because it is the broken one
  Time planned_at;
  int position = 0;  ///< among those planned at the same time
  int attempts = 0;
  std::vector<Line> lines;              ///< waiting lines
  std::vector<std::string> refused_by;  ///< channels that rejected it
};

void enqueue(db::Session& session, const OutboxMessage& message);
/// Drops everyone's unsent lines of alerts about `incident`. Also drops messages without a remaining line.
void drop_waiting(db::Session& session, const std::string& incident, Time now);
/// The first due waiting message.
[[nodiscard]] std::optional<OutboxMessage> first_due(db::Session& session, Time now);
/// All due waiting messages like `message` (same type, recipient and channel to avoid) that no one has tried to send, in order; those that
/// were held back until now, or waited while the program was down.
[[nodiscard]] std::vector<OutboxMessage> due_like(db::Session& session, const OutboxMessage& message, Time now);
/// Whether `recipient` (ignoring case) has got an alert about `incident`, or one is waiting.
[[nodiscard]] bool has_line(db::Session& session, const std::string& incident, const std::string& recipient);
/// Drops a message with its waiting lines.
void drop_message(db::Session& session, const std::string& message, Time now);
/// Drops one waiting line, and its message if that was the last one.
void drop_line(db::Session& session, const std::string& message, const Line& line, Time now);
/// A channel that delivered alerts about an incident which is acknowledged now, and hasn't been sent that yet.
struct Unfollowed {
  std::string incident, channel, recipient, owner;
  Time until;  ///< of the pause
};
[[nodiscard]] std::vector<Unfollowed> unfollowed_acknowledgments(db::Session& session);
void record_followed(db::Session& session, const Unfollowed& followed);
/// When listeners notice the first of the incidents in a message; none: no one knows.
[[nodiscard]] std::optional<Time> first_noticed(db::Session& session, const OutboxMessage& message);
/// Doesn't send a waiting message before `until`, which becomes the time for which it is planned.
void hold_back(db::Session& session, const std::string& message, Time until);
/// A message as it was sent: its recipient and its lines, whatever their state.
[[nodiscard]] std::optional<OutboxMessage> find_message(db::Session& session, const std::string& id);
/// The first message sent to `recipient` about `incident`; "" if there was none.
[[nodiscard]] std::string first_message(db::Session& session, const std::string& incident, const std::string& recipient);
/// The next due time: the earliest of all steps, ends of pauses, and attempts.
[[nodiscard]] std::optional<Time> next_due(db::Session& session);

struct Attempt {
  std::string channel;
  notify::Delivery delivery;
};
/// Stores the attempts and their results; the lines of `message` count as sent if it was delivered.
enum class MessageState { waiting, delivered, refused };
void record(db::Session& session, const OutboxMessage& message, std::span<const Attempt> attempts, MessageState state, Time now,
            Time next_attempt_at);

[[nodiscard]] int channel_failures(db::Session& session, const std::string& channel);
void set_channel_failures(db::Session& session, const std::string& channel, int failures);

/// Who acknowledged an incident that is paused now.
struct Quiet {
  std::string incident, owner;
};
[[nodiscard]] std::vector<Quiet> quiet_now(db::Session& session);

/// Corrects times after the clock was set back: plans, pauses and attempts continue as if events in the future had happened now.
void clock_set_back(db::Session& session, const SetBack& jump);

/// Deletes incidents that were resolved before `before`, and messages without references.
void prune(db::Session& session, Time before);

}  // namespace carillon::incidents
