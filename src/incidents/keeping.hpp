#pragma once
// Incidents over the database: see incidents.hpp. `work` plans (keeping.cpp), then sends (sending.cpp), each step in a separate
// transaction.

#include "incidents/incident_queries.hpp"
#include "incidents/incidents.hpp"

#include <set>
#include <stdexcept>

namespace carillon::incidents {

/// The implementation that make_incidents returns. For threads, see Incidents.
class Keeping final : public Incidents {
 public:
  Keeping(db::Database& database, const Clock& clock, Random& random, People& people, IncidentsSettings settings)
      : database_{database}, clock_{clock}, random_{random}, people_{people}, settings_{std::move(settings)} {
    constexpr std::size_t kShortestKey = 16;
    if (settings_.link_key.size() < kShortestKey) throw std::invalid_argument("the key for acknowledge links is too short");
  }

  Result<std::string> report(db::Session& session, const Report& report) override;
  Result<> solve(db::Session& session, const std::string& kind, const std::string& subject, const std::string& how) override;
  Result<> acknowledge(const std::string& id, const std::string& by, Duration quiet) override;
  Result<std::vector<Incident>> list(bool with_solved) override;
  Result<Incident> find(const std::string& id) override;
  void set_origin(const std::string& origin) override { settings_.origin = origin; }
  Result<> clock_set_back(const SetBack& jump) override;
  std::optional<Time> work() override;

 private:
  using Addresses = std::vector<std::string>;
  struct Audience {
    Addresses operators;
    std::map<std::string, Addresses> owners;  ///< by network
    Addresses departed;                       ///< not to be notified
    Stewardship machine;                      ///< the default steward and deputy

    [[nodiscard]] bool is_departed(const std::string& address) const;
  };
  /// The messages of one round, by (recipient, channel to avoid); ordered by the first incident.
  struct Plan {
    std::vector<OutboxMessage> messages;
    void add(const std::string& recipient, MessageType type, const Report& report, const Line& line);  ///< the line gets its number
  };

  /// Who can be told about an incident.
  struct InCharge {
    Stewardship named;
    Addresses operators, owners;
  };
  static InCharge reachable(const Report& report, const Audience& audience);
  /// Stores a plan's messages; they are due now.
  void enqueue_all(db::Session& session, Plan& plan, Time now);
  /// Adds a line that one person doesn't get any more, for those who are responsible now and haven't got it.
  static void hand_over(db::Session& session, const Line& line, const Report& report, const Audience& audience, Plan& plan);
  /// In a transaction: notifies listeners of changes once it is committed.
  void tell(const std::string& id);
  /// Ends pauses that were started by people who have lost access since.
  Result<> end_quiets(const Audience& audience, Time now);
  Result<bool> plan(const Audience& audience, Time now);
  void take_step(db::Session& session, Row& row, const Audience& audience, Time now, Plan& plan);
  void close(db::Session& session, Row& row, const Audience& audience, Plan& plan);
  /// Sends what is due; returns whether it reported or resolved something.
  Result<bool> send(const Audience& audience, Time now, std::set<std::string>& down);
  /// Whether a due message is still what its recipient should get. Otherwise stores what it becomes: messages that were held back are
  /// merged into one, alerts to people who aren't responsible any more or lost access go to their successors, and closing lines about
  /// problems that are back are dropped.
  Result<bool> is_current(const OutboxMessage& message, const Audience& known, Time now);
  /// Sends acknowledgments to the channels that follow them.
  Result<> follow_acknowledgments(Time now);
  /// Until when a due message is held back, because its recipient doesn't want to be disturbed and nothing in it is urgent.
  [[nodiscard]] std::optional<Time> held_until(const OutboxMessage& message, const std::optional<Time>& noticed_at, Time now) const;
  /// Composes a message with its current content.
  Result<notify::Message> composed(db::Session& session, const OutboxMessage& message, const Stewardship& machine, Time now);
  /// Tries one channel after another until one accepts it or asks to retry later. `down`: channels that failed in this round and are known
  /// to be broken.
  std::vector<Attempt> tried(const OutboxMessage& message, const notify::Message& letter, std::set<std::string>& down,
                             bool& refused_by_all);
  /// Reports failing channels and unreachable people, resolves those that work again; returns whether it did.
  bool note_channels(db::Session& session, const OutboxMessage& message, std::span<const Attempt> attempts, bool refused_by_all);
  /// The channels for a person, never `avoid`; if they have chosen no other, any of the configured ones.
  std::vector<notify::Channel*> channels_for(const std::string& person, const std::string& avoid) const;

  /// Not in a transaction, because it may read the same database.
  [[nodiscard]] Stewardship machine() const { return settings_.machine ? settings_.machine() : Stewardship{}; }

  db::Database& database_;
  const Clock& clock_;
  Random& random_;
  People& people_;
  IncidentsSettings settings_;
  std::map<std::string, Time>
      rests_;    ///< channels that couldn't be sent an acknowledgment, and until when; only used by the working thread
  Time pruned_;  ///< when old incidents were last deleted; only used by the working thread
};

}  // namespace carillon::incidents
