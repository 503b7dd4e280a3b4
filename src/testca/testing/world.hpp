#pragma once
// An authority with a clock and a client, for its tests.

#include "base/testing/testing.hpp"
#include "crypto/certificate.hpp"
#include "testca/authority.hpp"
#include "testca/testing/scripted_client.hpp"

#include <algorithm>
#include <stdexcept>

namespace carillon::testca {

template <class T>
T needed(Result<T> result) {
  if (!result) throw std::runtime_error{result.error().message};
  return std::move(*result);
}

struct World {
  explicit World(Settings settings = {}) : origin{settings.origin} {
    authority = needed(Authority::create(
        clock, random,
        [this](const Validation& validation) {
          seen.push_back(validation);
          return verdict;
        },
        std::move(settings)));
    client = std::make_unique<ScriptedClient>(*authority, origin);
  }
  /// A second account.
  [[nodiscard]] ScriptedClient other() const {
    ScriptedClient made{*authority, origin};
    made.register_account();
    return made;
  }
  [[nodiscard]] std::size_t count(Act act, const std::string& type = {}) const {
    const auto entries = authority->ledger();
    return static_cast<std::size_t>(
        std::ranges::count_if(entries, [&](const LedgerEntry& entry) { return entry.act == act && (type.empty() || entry.type == type); }));
  }
  [[nodiscard]] crypto::Certificate root(std::size_t chain = 0) const {
    return std::move(needed(crypto::Certificate::chain_from_pem(authority->roots_pem().at(chain))).front());
  }

  carillon::testing::ManualClock clock;
  carillon::testing::SeededRandom random;
  std::string origin;
  Result<> verdict;              ///< of every validation
  std::vector<Validation> seen;  ///< every validation asked for
  std::unique_ptr<Authority> authority;
  std::unique_ptr<ScriptedClient> client;
};

}  // namespace carillon::testca
