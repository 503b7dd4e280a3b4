#pragma once
// The net that the simulated nodes live in: names that lead to both of them, to nowhere, or to somebody else.

#include "certs/keeper/testing/simulation_script.hpp"
#include "certs/probe/probe.hpp"
#include "certs/serving/certificate_table.hpp"
#include "crypto/certificate.hpp"
#include "dns/resolver.hpp"

#include <unordered_map>

namespace carillon::certs::testing {

/// DNS. Every name has an address but those that are missing. One thread.
class SimulatedNet final : public dns::Resolver {
 public:
  Result<std::vector<std::string>> addresses(const std::string& name) override {
    switch (trouble_of(name)) {
      case Trouble::missing:
        return fail(ErrorKind::not_found, name + " does not exist (NXDOMAIN).");
      case Trouble::elsewhere:
        return std::vector<std::string>{"203.0.113.9"};
      case Trouble::none:
        break;
    }
    return std::vector<std::string>{"192.0.2.1", "192.0.2.2"};
  }
  Result<std::vector<dns::CaaRecord>> caa(const std::string&) override { return std::vector<dns::CaaRecord>{}; }
  Result<std::vector<std::string>> txt(const std::string&) override { return fail(ErrorKind::not_found, "no texts here"); }
  Result<std::string> alias(const std::string& name) override { return fail(ErrorKind::not_found, name + " has no CNAME record."); }
  Result<std::vector<std::string>> name_servers(const std::string& name) override {
    return fail(ErrorKind::not_found, name + " has no NS record.");
  }

  void set_trouble(const std::string& name, Trouble trouble) {
    if (trouble == Trouble::none)
      troubles_.erase(name);
    else
      troubles_[name] = trouble;
  }
  [[nodiscard]] Trouble trouble_of(const std::string& name) const {
    const auto found = troubles_.find(name);
    return found == troubles_.end() ? Trouble::none : found->second;
  }

 private:
  std::unordered_map<std::string, Trouble> troubles_;
};

/// Looks at a name from outside: at each node that runs, or at the stranger it leads to. One thread.
class SimulatedProber final : public Prober {
 public:
  explicit SimulatedProber(const SimulatedNet& net) : net_{net} {}

  /// The tables of the nodes that run; null where one does not.
  std::vector<const CertificateTable*> tables;

  Result<std::vector<Sighting>> look(const Target& target, std::chrono::milliseconds) override {
    const auto trouble = net_.trouble_of(target.host);
    if (trouble == Trouble::missing) return fail(ErrorKind::not_found, target.host + " does not exist (NXDOMAIN).");
    if (trouble == Trouble::elsewhere)
      return std::vector{Sighting{.address = "203.0.113.9:443",
                                  .chain = {"a stranger's certificate"},
                                  .serial = "66",
                                  .not_after = {},
                                  .protocol = "TLSv1.3",
                                  .failure = {}}};
    std::vector<Sighting> sightings;
    for (std::size_t node = 0; node < tables.size(); ++node) {
      if (tables[node] == nullptr) continue;
      Sighting sighting{.address = "192.0.2." + std::to_string(node + 1) + ":443",
                        .chain = {},
                        .serial = {},
                        .not_after = {},
                        .protocol = "TLSv1.3",
                        .failure = {}};
      if (const auto served = tables[node]->certificate_for(target.host)) {
        const auto& known = leaf_of(served);
        sighting.chain = served->chain_der;
        sighting.serial = known.serial;
        sighting.not_after = known.not_after;
      } else {
        sighting.obstacle = Obstacle::not_tls;
        sighting.failure = Error{ErrorKind::unavailable, sighting.address + " has no certificate for " + target.host + ".", {}};
      }
      sightings.push_back(std::move(sighting));
    }
    return sightings;
  }

 private:
  struct Leaf {
    std::shared_ptr<const net::CertificateForTls> of;  ///< kept, so that its address stays its own
    std::string serial;
    std::optional<Time> not_after;
  };
  /// Reading a certificate takes longer than everything else here: the last ones are remembered.
  const Leaf& leaf_of(const std::shared_ptr<const net::CertificateForTls>& served) {
    constexpr std::size_t kMax = 50'000;
    if (leaves_.size() > kMax) leaves_.clear();
    auto& leaf = leaves_[served.get()];
    if (!leaf.of) {
      leaf.of = served;
      if (const auto read = crypto::Certificate::from_der(served->chain_der.front())) {
        leaf.serial = read->serial_hex();
        leaf.not_after = read->not_after();
      }
    }
    return leaf;
  }

  const SimulatedNet& net_;
  std::unordered_map<const net::CertificateForTls*, Leaf> leaves_;
};

}  // namespace carillon::certs::testing
