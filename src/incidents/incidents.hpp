#pragma once
// What is wrong, who is told when, and how it stops: incidents with their messages, kept in the database.

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

/// Who is in charge of something. Addresses; "" is nobody in particular: where there is no network either, whoever is in charge of the
/// machine at that moment (see `or_machine`). Kept as it was named, so that a new steward of the machine is one of all that nobody else
/// has.
struct Stewardship {
  std::string steward;
  std::string deputy;
  std::string network;  ///< whose owners are told last; "" when it is the machine's own
};

/// Whoever finds something wrong says it like this; the same (kind, subject) again updates the open incident instead of opening another.
struct Report {
  std::string kind;     ///< stable: "renewal-failed", "expiring", "expired", "not-seen", "wrong-certificate", "clock", "export-failed",
                        ///< "channel-failed", …
  std::string subject;  ///< the certificate's name, "host:port", a channel's name
  Stewardship in_charge;
  std::string what;                ///< what is wrong, one sentence
  std::string consequence;         ///< what happens if nothing is done, and when
  std::string remedy;              ///< the exact command or link that mends it
  std::optional<Time> noticed_at;  ///< when outsiders begin to notice; the plan shrinks when less than 24 h remain until then
  /// A reminder: one step of the plan each time it is reported, none in between. Whoever reports it keeps its calendar; the first one
  /// reaches the steward, the second the deputy too, and so on up the chain. Acknowledged, the next one begins with the steward again.
  bool reminder = false;
};

enum class State { open, acknowledged, solved };

struct SentMessage {
  std::string to;
  std::string channel;
  std::string result;  ///< "delivered", "retrying: …", "refused: …"
  Time at;
};

struct Incident {
  std::string id;
  Report report;
  State state = State::open;
  Time opened_at;
  std::optional<Time> acknowledged_until;
  std::string owner;  ///< who said "mine"
  std::optional<Time> solved_at;
  std::vector<SentMessage> messages;
};

/// The people that the later steps of a plan reach.
class People {
 public:
  virtual ~People() = default;
  [[nodiscard]] virtual std::vector<std::string> operators() = 0;
  [[nodiscard]] virtual std::vector<std::string> owners(const std::string& network) = 0;
  /// Who was put out, and gets no messages any more even where they are still named as steward or deputy.
  [[nodiscard]] virtual std::vector<std::string> departed() { return {}; }
};

/// Any thread. `report` and `solve` are cheap and never send; `work` does.
class Incidents {
 public:
  virtual ~Incidents() = default;

  /// Within the caller's transaction, so that a finding and what it led to stand or fall together. Answers the incident's id.
  virtual Result<std::string> report(db::Session& session, const Report& report) = 0;
  /// Solves the open or acknowledged incident of (kind, subject), if there is one; `how` is told to all who were told of it.
  virtual Result<> solve(db::Session& session, const std::string& kind, const std::string& subject, const std::string& how) = 0;

  /// Quiet for `quiet`, then from the beginning if it is not solved. `not_found`, `conflict` when it is solved.
  virtual Result<> acknowledge(const std::string& id, const std::string& by, Duration quiet) = 0;
  /// These two name who is in charge now, of the machine's own as well.
  virtual Result<std::vector<Incident>> list(bool with_solved) = 0;
  virtual Result<Incident> find(const std::string& id) = 0;

  /// Where links lead from now on, once the port is known. Before the first `work`.
  virtual void set_origin(const std::string& /*origin*/) {}

  /// The clock was set back: no step, quiet or attempt waits any longer for that.
  virtual Result<> clock_set_back(const SetBack& /*jump*/) { return {}; }

  /// Sends what is due now and answers when something is due next (none: nothing waits). One caller at a time; blocks.
  virtual std::optional<Time> work() = 0;
};

/// As Incidents::list, without messages; within the caller's transaction.
[[nodiscard]] std::vector<Incident> all_incidents(db::Session& session, bool with_solved);

/// The kind of the changes (db/change.hpp) of incidents; the subject is the incident's id.
inline constexpr std::string_view kIncidentChange = "incident";

inline constexpr std::chrono::hours kQuietUnlessSaid{8};
/// Longer than this nobody silences anything: a forgotten acknowledgement is a forgotten certificate.
inline constexpr std::chrono::hours kLongestQuiet{24 * 14};
/// So many failures of a channel in a row are an incident of their own: "channel-failed".
inline constexpr int kFailuresToIncident = 3;

inline constexpr std::string_view kChannelFailed = "channel-failed";  ///< subject: the channel's name; never told through that channel
inline constexpr std::string_view kUnreachable =
    "unreachable";  ///< subject: an address that every channel refuses; never told to that address

struct IncidentsSettings {
  /// In order of preference, each with a name of its own; must live longer.
  std::vector<notify::Channel*> channels;
  /// Another order, or fewer, for one person; empty: `channels` for everybody. Called by `work`.
  std::function<std::vector<notify::Channel*>(const std::string& person)> channels_of;
  /// Who is in charge of the machine just now, and so of what nobody in particular has. Asked whenever that is needed, outside of any
  /// transaction, by any thread; may block. Empty: nobody.
  std::function<Stewardship()> machine;
  /// Hears the id of an incident that was opened, changed, acknowledged or solved, once that is committed. May be empty; must not block.
  std::function<void(const std::string& id)> changed;
  /// Whether `work` still has its turn; asked before each message. Where several nodes share the database, a machine that was stopped for a
  /// while must not send what another one has sent meanwhile. May be empty: always.
  std::function<bool()> may_send{};
  std::string origin;    ///< "https://pod.example.org": where links lead
  std::string link_key;  ///< signs acknowledge links; as secret as a password, at least 16 bytes, and the same after a restart
};

/// `database` holds the tables of schema.hpp; all arguments must live longer. Throws std::invalid_argument when the link key is too short.
/// Whatever state a crash left is taken up by the next `work`: what was planned is sent, what was sent is not sent again. (A mail that a
/// server took over just before a crash that kept us from noting it goes out twice, under the same Message-ID.)
///
/// Of all that is due in one `work`, each person gets one message that lists it. `work` asks People and the channels outside of any
/// transaction. A message that no channel takes is tried again after 1, 5, 15 min, then hourly, until a later step says the same or nobody
/// needs it any more. A channel that refuses, is misconfigured, or failed kFailuresToIncident times in a row passes the message to the next
/// one at once.
[[nodiscard]] std::unique_ptr<Incidents> make_incidents(db::Database& database, const Clock& clock, Random& random, People& people,
                                                        IncidentsSettings settings);

}  // namespace carillon::incidents
