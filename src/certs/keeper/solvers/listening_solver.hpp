#pragma once
// Challenge responses by our own listeners: HTTP-01 on the plain port, TLS-ALPN-01 inside TLS.

#include "acme/challenges.hpp"
#include "certs/keeper/solvers/solver.hpp"
#include "dns/resolver.hpp"

namespace carillon::certs {

inline constexpr std::string_view kHttp01 = "http-01";
inline constexpr std::string_view kTlsAlpn01 = "tls-alpn-01";

/// One response serves both types.
class ListeningSolver final : public Solver {
 public:
  ListeningSolver(acme::ChallengeBoard& board, dns::Resolver& resolver) : board_{board}, resolver_{resolver} {}

  [[nodiscard]] bool solves(std::string_view type) const override { return type == kHttp01 || type == kTlsAlpn01; }
  /// The CA connects to the name, so it must have an address.
  [[nodiscard]] Result<> check(const std::string& name) override;
  [[nodiscard]] Result<> present(const std::string& name, const std::string& token, const std::string& key_authorization) override;
  /// Immediately: listeners read the board.
  [[nodiscard]] Result<bool> ready(const std::string& name) override;
  void clean_up(const std::string& name) override { board_.withdraw(name); }

 private:
  acme::ChallengeBoard& board_;
  dns::Resolver& resolver_;
};

}  // namespace carillon::certs
