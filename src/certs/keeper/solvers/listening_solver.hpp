#pragma once
// Challenge responses by our own listeners: HTTP-01 on the plain port, TLS-ALPN-01 inside TLS.

#include "acme/challenges.hpp"
#include "certs/keeper/solvers/solver.hpp"
#include "dns/resolver.hpp"

namespace carillon::certs {

inline constexpr std::string_view kHttp01 = "http-01";
inline constexpr std::string_view kTlsAlpn01 = "tls-alpn-01";

/// One proof serves both types; its text is the key authorization.
class ListeningSolver final : public Solver {
 public:
  ListeningSolver(acme::ChallengeBoard& board, dns::Resolver& resolver) : board_{board}, resolver_{resolver} {}

  [[nodiscard]] bool solves(std::string_view type) const override { return type == kHttp01 || type == kTlsAlpn01; }
  /// The CA connects to the name, so it must have an address.
  [[nodiscard]] Result<> check(const std::string& name) override;
  [[nodiscard]] Result<std::string> plan(const std::string& name, const std::string& key_authorization) override;
  [[nodiscard]] bool covers(std::string_view proof, std::string_view key_authorization) const override;
  [[nodiscard]] Result<bool> present(const std::string& name, const std::string& proof) override;
  /// Immediately: listeners read the board.
  [[nodiscard]] Result<bool> ready(const std::string& name, const std::string& proof) override;
  [[nodiscard]] Result<> take_back(const std::string& name, const std::string& proof) override;

 private:
  acme::ChallengeBoard& board_;
  dns::Resolver& resolver_;
};

}  // namespace carillon::certs
