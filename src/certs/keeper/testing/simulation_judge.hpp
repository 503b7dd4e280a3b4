#pragma once
// The judge of a simulation. It believes nothing that a keeper says of itself: it looks at what the hooks of the nodes would serve, at the
// CA's ledger, at what went over the wire and at what was reported to people.

#include "certs/keeper/testing/simulated_node.hpp"
#include "certs/keeper/testing/simulation_surge.hpp"

#include <queue>
#include <unordered_map>

namespace carillon::certs::testing {

struct SimulatedProfile {
  std::string name;
  Duration lifetime;
};

/// A period without one of the CAs or, if `ca` is none, without both or without the nodes.
struct Outage {
  Time from;
  Time until;
  std::optional<std::size_t> ca{};
};

struct Violation {
  Time at;
  std::string what;
};

/// One thread.
class SimulationJudge {
 public:
  struct Settings {
    Time begin;
    Time end;
    Duration look_every;
    std::vector<SimulatedProfile> profiles;
    std::vector<Outage> outages;
    std::vector<Duration> onboarding;  ///< per profile: within this every name that can has its first certificate
  };
  explicit SimulationJudge(Settings settings);

  // What the world does.
  /// `bound`: only the first CA may issue for it, so it has no spare.
  void added(std::string name, std::size_t profile, bool bound);
  void broke(const std::string& name, Time at);
  void healed(const std::string& name, Time at);
  /// The CA revoked the certificate with this serial number, which the name served.
  void revoked(const std::string& name, std::string serial, Time at);
  void killed(Time at);
  void node_on(int node, const CertificateTable& table);
  void node_off(int node);
  /// Both nodes are back: these names were due while they were off.
  void surge(Time at, const std::vector<std::string>& due);

  // What the nodes do.
  void asked(const Asked& order);
  void requested(Time at);
  void worked(Time at);
  void reported(const incidents::Report& report, Time at);
  bool solved(const std::string& kind, const std::string& subject);  ///< whether there was such an incident, of a name
  void violated(Time at, std::string what);                          ///< found by somebody else

  /// When something has to be looked at next.
  [[nodiscard]] Time next() const;
  /// Looks at what is due by `now`, before any node does anything at that moment.
  void look(Time now);
  /// Reads what is new in the ledgers.
  void read(const std::array<testca::Authority*, kCas>& cas);
  /// The last look.
  void finish(Time now, const std::array<testca::Authority*, kCas>& cas, const std::vector<incidents::Incident>& open);

  struct Counts {
    std::uint64_t issuances = 0, orders = 0, exempt_orders = 0, authorization_failures = 0, refused = 0, incidents = 0, messages = 0,
                  requests = 0, steps = 0, kills = 0, spares_used = 0, revocations = 0;
  };
  [[nodiscard]] const Counts& counts() const noexcept { return counts_; }
  void message() { ++counts_.messages; }
  [[nodiscard]] const std::vector<Violation>& violations() const noexcept { return violations_; }
  /// Per profile the least that was left of a certificate when the next one was issued, of names without trouble; none: nothing was
  /// renewed.
  [[nodiscard]] const std::vector<std::optional<Duration>>& least_left() const noexcept { return least_left_; }

 private:
  static constexpr std::size_t kNodes = 2;
  struct Name {
    std::string name;
    std::size_t profile = 0;
    bool bound = false;
    bool broken = false;
    std::optional<Time> healed;
    std::optional<Validity> main;  ///< of the certificate that was last seen to be served
    std::optional<Time> issued;    ///< when a CA last issued one
    struct AtCa {
      std::optional<Time> ends;     ///< of the newest certificate that this CA has issued
      std::optional<Time> ordered;  ///< an order without an outcome
      int issuances = 0;
    };
    std::array<AtCa, kCas> at;
    int revocations = 0;
    bool spare_missed = false;  ///< that has been said
    std::int64_t day = -1;      ///< of the orders that are counted
    int orders_that_day = 0;
    std::map<std::string, Time> open;  ///< incidents, by kind
    std::array<std::shared_ptr<const net::CertificateForTls>, kNodes> served;
    std::array<Time, kNodes> served_until{};
  };
  struct Account {
    Time told_until;
    int further = 0;
  };
  struct Served {
    Time ends;
    std::size_t node;
    std::size_t name;
    bool operator>(const Served& other) const noexcept { return ends > other.ends; }
  };

  Name* find(const std::string& name);
  void later(Time at, std::function<void(Time)> check) { checks_.emplace(at, std::move(check)); }
  /// `wanted`, or as much after the end of an outage that came between.
  [[nodiscard]] Time allowing_for_outages(const Name& name, Time from, Duration wanted) const;
  /// When a name that was healed must be well.
  [[nodiscard]] Time recovered(const Name& name) const;
  [[nodiscard]] bool in_outage(const Name& name, Time from, Time until) const;
  [[nodiscard]] bool any_outage(Time from, Time until) const;
  [[nodiscard]] bool killed_between(Time from, Time until) const;
  void sweep(Time now);
  void look_at(std::size_t node, std::size_t name, Time now);
  void expired(std::size_t node, Name& name, Time ends, Time now);
  void must_be_reported(const std::string& name, Time broken_at, Time now);
  void must_be_well(const std::string& name, Time since, Time now);
  void no_false_alarms(Time now);
  void everybody_has_a_spare(Time now);
  void must_be_replaced(const std::string& name, const std::string& serial, Time now);
  void read_entry(const testca::LedgerEntry& entry, std::size_t ca);
  void judge_order(Name& name, const testca::LedgerEntry& entry, std::size_t ca);
  void judge_issuance(Name& name, const testca::LedgerEntry& entry, std::size_t ca);
  void judge_surge();
  void new_day(Time at);
  [[nodiscard]] int most_issuances(const Name& name, Time now) const;

  Settings settings_;
  std::vector<Name> names_;
  std::unordered_map<std::string, std::size_t> by_name_;
  std::array<const CertificateTable*, kNodes> tables_{};
  std::priority_queue<Served, std::vector<Served>, std::greater<>> ends_;
  std::multimap<Time, std::function<void(Time)>> checks_;
  std::vector<Time> kills_;
  std::map<std::string, Account> accounts_;
  std::optional<Surge> surge_;
  std::array<std::size_t, kCas> ledgers_read_{};
  std::int64_t day_ = 0;
  std::uint64_t requests_that_day_ = 0, steps_that_day_ = 0;
  Counts counts_;
  std::vector<Violation> violations_;
  std::vector<std::optional<Duration>> least_left_;
};

}  // namespace carillon::certs::testing
