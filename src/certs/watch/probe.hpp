#pragma once
// Looking from outside: a new TLS handshake each time, at every address of a name.

#include "base/result.hpp"
#include "base/time.hpp"

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace carillon::certs {

enum class StartTls { none, smtp, imap };

/// What is looked at.
struct Target {
  std::string host;  ///< a name or an address; a name is sent as server name (SNI)
  std::uint16_t port = 443;
  StartTls starttls = StartTls::none;
  auto operator<=>(const Target&) const = default;
  [[nodiscard]] std::string text() const;  ///< "host:port", an IPv6 address in brackets
};

/// What one address answered.
struct Sighting {
  std::string address;             ///< "192.0.2.7:443"
  std::vector<std::string> chain;  ///< DER, leaf first, in the order it was sent; empty when there was none
  std::string serial;              ///< of the leaf, lower-case hex
  std::optional<Time> not_after;   ///< of the leaf
  std::string protocol;            ///< "TLSv1.3"
  std::optional<Error> failure;    ///< why there is no chain: `unavailable` (no connection, silence), `corrupt` (no TLS spoken there)
};

/// Any thread; blocks, at most `within` per address (the addresses are looked at side by side).
class Prober {
 public:
  virtual ~Prober() = default;
  /// One sighting per address; fails when the name has none.
  [[nodiscard]] virtual Result<std::vector<Sighting>> look(const Target& target, std::chrono::milliseconds within) = 0;
};

}  // namespace carillon::certs
