#pragma once
// The world around a keeper in tests: names that resolve or do not, a look that sees what the table would hand out, incidents that are only
// noted.

#include "base/mutex.hpp"
#include "base/testing/testing.hpp"
#include "certs/keeper/keeper.hpp"
#include "certs/keeper/whole_schema.hpp"
#include "crypto/certificate.hpp"
#include "crypto/sha256.hpp"
#include "testca/authority.hpp"

#include <set>

namespace carillon::certs::testing {

/// Every name has one address, unless it is malformed. Any thread.
class FakeResolver final : public dns::Resolver {
 public:
  Result<std::vector<std::string>> addresses(const std::string& name) override {
    const Lock lock{mutex_};
    if (broken_.contains(name)) return fail(ErrorKind::not_found, name + " does not exist (NXDOMAIN).");
    return std::vector<std::string>{"192.0.2.1"};
  }
  Result<std::vector<dns::CaaRecord>> caa(const std::string& name) override {
    const Lock lock{mutex_};
    const auto found = caa_.find(name);
    return found == caa_.end() ? std::vector<dns::CaaRecord>{} : found->second;
  }
  Result<std::vector<std::string>> txt(const std::string& name) override { return found_in(&FakeResolver::texts_, name, "TXT"); }
  Result<std::string> alias(const std::string& name) override {
    auto found = found_in(&FakeResolver::aliases_, name, "CNAME");
    if (!found) return forward_error(found);
    return found->front();
  }
  Result<std::vector<std::string>> name_servers(const std::string& name) override {
    return found_in(&FakeResolver::name_servers_, name, "NS");
  }

  void break_name(const std::string& name) {
    const Lock lock{mutex_};
    broken_.insert(name);
  }
  void mend_name(const std::string& name) {
    const Lock lock{mutex_};
    broken_.erase(name);
  }
  [[nodiscard]] bool is_broken(const std::string& name) const {
    const Lock lock{mutex_};
    return broken_.contains(name);
  }
  void set_caa(const std::string& name, std::vector<dns::CaaRecord> records) {
    const Lock lock{mutex_};
    caa_[name] = std::move(records);
  }
  void set_texts(const std::string& name, std::vector<std::string> texts) {
    const Lock lock{mutex_};
    texts_[name] = std::move(texts);
  }
  void set_alias(const std::string& name, const std::string& target) {
    const Lock lock{mutex_};
    aliases_[name] = {target};
  }
  void set_name_servers(const std::string& zone, std::vector<std::string> servers) {
    const Lock lock{mutex_};
    name_servers_[zone] = std::move(servers);
  }

 private:
  using Texts = std::map<std::string, std::vector<std::string>>;
  Result<std::vector<std::string>> found_in(Texts FakeResolver::* records, const std::string& name, const std::string& type) const {
    const Lock lock{mutex_};
    const auto found = (this->*records).find(name);
    if (found == (this->*records).end()) return fail(ErrorKind::not_found, name + " has no " + type + " record.");
    return found->second;
  }
  mutable Mutex mutex_;
  std::set<std::string> broken_ GUARDED_BY(mutex_);
  std::map<std::string, std::vector<dns::CaaRecord>> caa_ GUARDED_BY(mutex_);
  Texts texts_ GUARDED_BY(mutex_), aliases_ GUARDED_BY(mutex_), name_servers_ GUARDED_BY(mutex_);
};

/// Sees at a name's address what the table hands out for it at that moment.
class TableProber final : public Prober {
 public:
  TableProber(const net::CertificateLookup& table, const FakeResolver& resolver) : table_{table}, resolver_{resolver} {}

  Result<std::vector<Sighting>> look(const Target& target, std::chrono::milliseconds) override {
    if (resolver_.is_broken(target.host)) return fail(ErrorKind::not_found, target.host + " does not exist (NXDOMAIN).");
    Sighting sighting{.address = "192.0.2.1:443", .chain = {}, .serial = {}, .not_after = {}, .protocol = "TLSv1.3", .failure = {}};
    if (stale_) {
      sighting.chain = stale_->chain_der;
    } else if (const auto served = for_client(target); served && !silent_) {
      sighting.chain = served->chain_der;
    } else {
      sighting.obstacle = Obstacle::silence;
      sighting.failure = Error{ErrorKind::unavailable, "192.0.2.1:443 doesn't respond.", {}};
    }
    if (!sighting.chain.empty()) {
      if (const auto leaf = crypto::Certificate::from_der(sighting.chain.front())) {
        sighting.serial = leaf->serial_hex();
        sighting.not_after = leaf->not_after();
      }
    }
    std::vector sightings{sighting};
    sightings.insert(sightings.end(), elsewhere_.begin(), elsewhere_.end());
    return sightings;
  }

  /// Every name has one more address, which shows nothing.
  void add_address(const std::string& address, Obstacle obstacle) {
    elsewhere_.push_back({.address = address,
                          .chain = {},
                          .serial = {},
                          .not_after = {},
                          .protocol = {},
                          .failure = Error{ErrorKind::unavailable, address + " serves no certificate.", {}},
                          .obstacle = obstacle});
  }
  /// From now on this is seen instead, whatever the table says.
  void serve_instead(std::shared_ptr<const net::CertificateForTls> stale) { stale_ = std::move(stale); }
  void fall_silent(bool silent) { silent_ = silent; }

 private:
  /// What a listener serves to a client that can use these keys.
  [[nodiscard]] std::shared_ptr<const net::CertificateForTls> for_client(const Target& target) const {
    const auto can_use = [&](const net::CertificateForTls& one) {
      const auto leaf = crypto::Certificate::from_der(one.chain_der.front());
      return target.keys == KeyOffer::any || (leaf && leaf->has_rsa_key() == (target.keys == KeyOffer::rsa));
    };
    const auto served = table_.certificate_for(target.host);
    if (!served || can_use(*served)) return served;
    return served->beside && can_use(*served->beside) ? served->beside : nullptr;
  }
  const net::CertificateLookup& table_;
  const FakeResolver& resolver_;
  std::shared_ptr<const net::CertificateForTls> stale_;
  bool silent_ = false;
  std::vector<Sighting> elsewhere_;
};

/// Notes what is reported and solved; sends nothing.
class NotedIncidents final : public incidents::Incidents {
 public:
  Result<std::string> report(db::Session&, const incidents::Report& report) override {
    const Lock lock{mutex};
    open.insert_or_assign({report.kind, report.subject}, report);
    ++reports;
    return report.kind + ":" + report.subject;
  }
  Result<> solve(db::Session&, const std::string& kind, const std::string& subject, const std::string&) override {
    const Lock lock{mutex};
    if (open.erase({kind, subject}) > 0) solved.emplace_back(kind, subject);
    return {};
  }
  Result<> acknowledge(const std::string&, const std::string&, Duration) override { return {}; }
  Result<std::vector<incidents::Incident>> list(bool) override {
    const Lock lock{mutex};
    std::vector<incidents::Incident> all;
    for (const auto& [key, report] : open) all.push_back({.id = key.first + ":" + key.second, .report = report});
    return all;
  }
  Result<incidents::Incident> find(const std::string&) override { return fail(ErrorKind::not_found, "nothing is stored here"); }
  std::optional<Time> work() override { return {}; }

  [[nodiscard]] const incidents::Report* find_open(const std::string& kind, const std::string& subject) const {
    const auto found = open.find({kind, subject});
    return found == open.end() ? nullptr : &found->second;
  }

  Mutex mutex;
  std::map<std::pair<std::string, std::string>, incidents::Report> open;
  std::vector<std::pair<std::string, std::string>> solved;
  int reports = 0;
};

inline constexpr auto kKeeperSchema = whole_keeper_schema();

/// Leads to the one of several CAs whose address is asked for; nobody answers at others.
class Crossroads final : public http::Outgoing {
 public:
  Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override;
  std::map<std::string, std::unique_ptr<testca::Authority>, std::less<>> authorities;  ///< by the issuer's name
};

/// One keeper with everything it needs, over a real database in a folder of its own. restart() is a kill -9: only the database and the CA
/// remember.
class KeeperWorld {
 public:
  /// `ca` is the issuer "first"; each of `more_issuers` is a CA of its own.
  explicit KeeperWorld(testca::Settings ca = {}, std::vector<std::string> more_issuers = {});

  void start();
  void restart() { start(); }
  /// What the keeper is given, for parts of it that are tested alone.
  [[nodiscard]] World outside();
  /// Works, moving the clock to whatever is due, until `done` or until `within` has passed; answers whether it was done.
  bool run_until(const std::function<bool()>& done, Duration within = std::chrono::hours{1});
  void run_for(Duration time);
  /// Works off what is due now, without moving the clock.
  void settle();

  void keep(const std::string& name, const std::string& issuer = {});
  /// The configuration's groups: exactly these from now on.
  void keep_groups(const std::vector<std::pair<std::string, std::vector<std::string>>>& groups);
  [[nodiscard]] Step step_of(const std::string& name) const { return keeper->find(name)->kept.step; }
  [[nodiscard]] bool is_seen(const std::string& name) const;
  [[nodiscard]] std::vector<std::string> steps_of(const std::string& name) const;  ///< of its history, in order
  [[nodiscard]] testca::Authority& ca_of(const std::string& issuer) { return *crossroads.authorities.at(issuer); }
  /// At the first CA.
  [[nodiscard]] std::size_t count(testca::Act act, const std::string& name = {});
  /// The leaf that listeners hand out for `name`.
  [[nodiscard]] std::optional<crypto::Certificate> served(const std::string& name) const;

  carillon::testing::TemporaryFolder folder{carillon::testing::TemporaryFolder::On::memory};
  carillon::testing::ManualClock clock;
  carillon::testing::SeededRandom random;
  carillon::testing::SeededRandom ca_random{7};
  FakeResolver resolver;
  NotedIncidents incidents;
  crypto::MasterKey master = crypto::MasterKey::of({1, 2, 3});
  KeeperSettings settings;
  std::unique_ptr<acme::ChallengeBoard> challenges;
  Crossroads crossroads;
  testca::Authority* ca = nullptr;  ///< the first one
  std::unique_ptr<LocalCa> local_ca;
  std::unique_ptr<db::Database> database;
  std::unique_ptr<CertificateTable> table;
  std::unique_ptr<TableProber> prober;
  std::unique_ptr<Keeper> keeper;
};

}  // namespace carillon::certs::testing
