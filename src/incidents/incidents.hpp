#pragma once
// Incidents with their messages, stored in the database: problems, who is notified when, and how they are resolved.

#include "base/random.hpp"
#include "base/set_back.hpp"
#include "base/time.hpp"
#include "db/database.hpp"
#include "notify/channel.hpp"

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::incidents {

/// Who is responsible. Email addresses; "" is no one in particular: without a network, the machine's current steward and deputy apply (see
/// `or_machine`). Stored as set, so that a new default steward applies to everything without its own.
struct Stewardship {
  std::string steward;
  std::string deputy;
  std::string network;  ///< whose owners are notified last; "" for the machine itself
};

/// A report of a problem; reporting the same (kind, subject) again updates the open incident instead of opening another one.
struct Report {
  std::string kind;     ///< stable: "renewal-failed", "expiring", "expired", "not-seen", "wrong-certificate", "clock", "export-failed",
                        ///< "channel-failed", …
  std::string subject;  ///< the certificate's name, "host:port", a channel's name
  Stewardship in_charge;
  std::string what;                ///< the problem, one sentence
  std::string consequence;         ///< what happens if nothing is done, and when
  std::string remedy;              ///< the exact command or link that fixes it
  std::optional<Time> noticed_at;  ///< when listeners start to notice; the plan is accelerated if less than 24 h remain until then
  /// A reminder: one step of the plan each time it is reported, none in between. The reporting code schedules it; the first one goes to the
  /// steward, the second also to the deputy, and so on. After an acknowledgment, the next one starts with the steward again.
  bool reminder = false;
};

enum class State { open, acknowledged, solved };

struct SentMessage {
  std::string to;
  std::string channel;
  std::string result;  ///< "delivered", "retrying: …", "refused: …"
  Time at;
};

/// A message that waits for the end of its recipient's quiet hours.
struct HeldMessage {
  std::string to;
  Time until;
};

struct Incident {
  std::string id;
  Report report;
  State state = State::open;
  Time opened_at;
  std::optional<Time> acknowledged_until;
  std::string owner;  ///< who acknowledged it
  std::optional<Time> solved_at;
  std::vector<SentMessage> messages;
  std::vector<HeldMessage> held{};  ///< those that would be sent at this time
};

/// The people who are notified in later steps of a plan.
class People {
 public:
  virtual ~People() = default;
  [[nodiscard]] virtual std::vector<std::string> operators() = 0;
  [[nodiscard]] virtual std::vector<std::string> owners(const std::string& network) = 0;
  /// People without access, who get no messages even if they are still set as steward or deputy.
  [[nodiscard]] virtual std::vector<std::string> departed() { return {}; }
};

/// Any thread. `report` and `solve` are cheap and never send; `work` does.
class Incidents {
 public:
  virtual ~Incidents() = default;

  /// In the caller's transaction, so that a finding and its consequences are committed together. Returns the incident's ID.
  virtual Result<std::string> report(db::Session& session, const Report& report) = 0;
  /// Resolves the open or acknowledged incident of (kind, subject), if there is one; everyone who was notified gets `how`.
  virtual Result<> solve(db::Session& session, const std::string& kind, const std::string& subject, const std::string& how) = 0;

  /// Pauses reminders for `quiet`, then restarts the plan if it isn't resolved. `not_found`, `conflict` if it is resolved.
  virtual Result<> acknowledge(const std::string& id, const std::string& by, Duration quiet) = 0;
  /// These two include the current steward and deputy, also for the machine's own incidents.
  virtual Result<std::vector<Incident>> list(bool with_solved) = 0;
  virtual Result<Incident> find(const std::string& id) = 0;

  /// Sets the base URL of links, once the port is known. Before the first `work`.
  virtual void set_origin(const std::string& /*origin*/) {}

  /// Corrects times after the clock was set back, so that no step, pause or attempt waits longer.
  virtual Result<> clock_set_back(const SetBack& /*jump*/) { return {}; }

  /// Sends what is due and returns when something is due next (none: nothing is waiting). One caller at a time; blocks.
  virtual std::optional<Time> work() = 0;
};

/// Like Incidents::list, without messages; in the caller's transaction.
[[nodiscard]] std::vector<Incident> all_incidents(db::Session& session, bool with_solved);

/// The messages to each person that are held back at `now`; `until` is when the first of them is sent. Only for `person`, unless that is
/// "".
struct HeldMessages {
  std::string person;
  int count = 0;
  Time until;
};
[[nodiscard]] std::vector<HeldMessages> held_messages(db::Session& session, const std::string& person, Time now);

/// The kind of the changes (db/change.hpp) of incidents; the subject is the incident's id.
inline constexpr std::string_view kIncidentChange = "incident";

inline constexpr std::chrono::hours kQuietUnlessSaid{8};
/// The longest pause of reminders, so that acknowledged incidents aren't forgotten.
inline constexpr std::chrono::hours kLongestQuiet{24 * 14};
/// This many consecutive failures of a channel open an incident "channel-failed".
inline constexpr int kFailuresToIncident = 3;

inline constexpr std::string_view kChannelFailed = "channel-failed";  ///< subject: the channel's name; never sent through that channel
inline constexpr std::string_view kUnreachable =
    "unreachable";  ///< subject: an address that every channel rejects; never sent to that address

struct IncidentsSettings {
  /// In order of preference, each with a unique name; must outlive it.
  std::vector<notify::Channel*> channels;
  /// A personal order of channels, or fewer; empty: `channels` for everyone. Called by `work`.
  std::function<std::vector<notify::Channel*>(const std::string& person)> channels_of;
  /// If a person doesn't want to be disturbed at this time, until when. What isn't urgent is held back until then, or until it becomes
  /// urgent (kUrgentWithin before listeners notice); then its current state is sent, and nothing if it is resolved. Called by `work`,
  /// outside of transactions. Empty: no one has quiet times.
  std::function<std::optional<Time>(const std::string& person, Time now)> quiet_until;
  /// The machine's current steward and deputy, who are also the defaults. Called when needed, outside of transactions, by any thread; may
  /// block. Empty: no one.
  std::function<Stewardship()> machine;
  /// Called with the ID of an incident that was opened, changed, acknowledged or resolved, once that is committed. May be empty; must not
  /// block.
  std::function<void(const std::string& id)> changed;
  /// Whether `work` still has its turn; called before each message. If several nodes share the database, a machine that was suspended must
  /// not send what another one has sent meanwhile. May be empty: always.
  std::function<bool()> may_send{};
  std::string origin;    ///< "https://pod.example.org": the base URL of links
  std::string link_key;  ///< signs acknowledge links; secret, at least 16 bytes, and the same after a restart
};

/// `database` has the tables of schema.hpp; all arguments must outlive it. Throws std::invalid_argument if the link key is too short. After
/// a crash, the next `work` continues: planned messages are sent, sent ones aren't sent again. (An email that a server accepted just before
/// a crash, before we could record it, is sent twice with the same Message-ID.)
///
/// Each person gets one message with everything that is due in one `work`, or was held back until now. `work` calls People and the channels
/// outside of transactions. A message that no channel can deliver is retried after 1, 5, 15 min, then hourly, until a later step replaces
/// it or it is no longer needed. If a channel rejects the message, is misconfigured, or failed kFailuresToIncident times in a row, the next
/// one is tried immediately.
[[nodiscard]] std::unique_ptr<Incidents> make_incidents(db::Database& database, const Clock& clock, Random& random, People& people,
                                                        IncidentsSettings settings);

}  // namespace carillon::incidents
