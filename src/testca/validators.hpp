#pragma once
// Validation as a real authority does it, but with every name at one address: HTTP-01 (RFC 8555 §8.3), TLS-ALPN-01 (RFC 8737), and DNS-01
// (RFC 8555 §8.4) on the test's own name servers.

#include "testca/authority.hpp"

#include <cstdint>

namespace carillon::testca {

/// Where every name is looked for.
struct ProvingGround {
  std::string address = "127.0.0.1";
  std::uint16_t http_port = 80;
  std::uint16_t tls_port = 443;
  std::vector<std::string> name_servers;  ///< "ADDRESS:PORT"; each must have the record; empty: no DNS-01
};

/// Fetches the proof over plain HTTP, redirects followed on the same address. Blocks for at most ten seconds.
[[nodiscard]] Result<> prove_over_http(const Validation& validation, const ProvingGround& ground);
/// Shakes hands with `acme-tls/1` and the name, and reads the certificate. Blocks for at most ten seconds.
[[nodiscard]] Result<> prove_over_tls(const Validation& validation, const ProvingGround& ground);
/// Asks every name server for the TXT record (RFC 8555 §8.4). Blocks for at most ten seconds for each.
[[nodiscard]] Result<> prove_in_dns(const Validation& validation, const ProvingGround& ground);
/// Asks every name server for the standing record (draft-ietf-acme-dns-persist-01). Blocks for at most ten seconds for each.
[[nodiscard]] Result<> prove_with_standing_record(const Validation& validation, const ProvingGround& ground);
/// By the challenge's type.
[[nodiscard]] Result<> prove(const Validation& validation, const ProvingGround& ground);

}  // namespace carillon::testca
