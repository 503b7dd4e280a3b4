#pragma once
// DNS-PERSIST-01 (draft-ietf-acme-dns-persist): a TXT record that a person has set once. Nothing is published or withdrawn here.

#include "base/time.hpp"
#include "certs/dns_proof/standing_record.hpp"
#include "certs/keeper/solvers/solver.hpp"
#include "dns/resolver.hpp"

namespace carillon::certs {

inline constexpr std::string_view kDnsPersist01 = "dns-persist-01";

/// A proof is the text "dns-persist-01 PERMISSION"; the permission (StandingPermission::text()) takes the place of the key authorization.
class StandingSolver final : public Solver {
 public:
  StandingSolver(dns::Resolver& resolver, const Clock& clock) : resolver_{resolver}, clock_{clock} {}

  [[nodiscard]] bool solves(std::string_view type) const override { return type == kDnsPersist01; }
  /// It depends on the account and on the CA, so it's checked in ready().
  [[nodiscard]] Result<> check(const std::string&) override { return {}; }
  [[nodiscard]] Result<std::string> plan(const std::string& name, const std::string& permission) override;
  [[nodiscard]] bool covers(std::string_view proof, std::string_view permission) const override;
  [[nodiscard]] Result<bool> present(const std::string&, const std::string&) override { return true; }
  /// The error says which record to set.
  [[nodiscard]] Result<bool> ready(const std::string& name, const std::string& proof) override;
  [[nodiscard]] Result<> take_back(const std::string&, const std::string&) override { return {}; }

  /// Looks up the record. `unavailable` if DNS doesn't answer. Blocks.
  [[nodiscard]] Result<StandingAnswer> look_up(const std::string& name, const StandingPermission& wanted);

 private:
  dns::Resolver& resolver_;
  const Clock& clock_;
};

}  // namespace carillon::certs
