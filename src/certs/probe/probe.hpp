#pragma once
// Checks from outside: a new TLS handshake each time, with every address of a name.

#include "base/result.hpp"
#include "base/time.hpp"

#include "dns/resolver.hpp"
#include "http/client/reach.hpp"

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs {

/// The protocol in which TLS starts on request.
enum class StartTls {
  none,  ///< TLS from the first byte
  smtp,
  lmtp,
  imap,
  pop3,
  sieve,  ///< ManageSieve
  ftp,
  nntp,
  xmpp,         ///< for clients
  xmpp_server,  ///< between servers
  ldap,
  postgres,
  mysql,  ///< also MariaDB
};

/// Which certificates a client can use: those with any kind of key, or only with this kind. Servers with two certificates choose by that.
enum class KeyOffer : std::uint8_t { any, elliptic_curve, rsa };

/// The endpoint to check.
struct Target {
  std::string host;  ///< a name or an address; a name is sent as SNI
  std::uint16_t port = 443;
  StartTls starttls = StartTls::none;
  /// Set if the name isn't from the operator: only connect to public addresses.
  bool public_only = false;
  std::string server_name{};  ///< sent as SNI instead of `host`, and the name for which the certificate must be valid; "": `host`
  KeyOffer keys = KeyOffer::any;
  auto operator<=>(const Target&) const = default;
  [[nodiscard]] std::string text() const;  ///< "host:port", an IPv6 address in brackets; followed by " as NAME" for another server name
  [[nodiscard]] const std::string& asked_name() const noexcept { return server_name.empty() ? host : server_name; }
};

/// Parses an endpoint as people write it: HOST:PORT, an IPv6 address in brackets, or the URL of a page (https://HOST/PATH means port 443).
/// `invalid` with what to write instead; the error's field is "target".
[[nodiscard]] Result<Target> endpoint_from(std::string_view text);

/// "smtp", "xmpp-server", …; "" for none.
[[nodiscard]] std::string_view name_of(StartTls starttls) noexcept;
/// The reverse; `invalid` for any other word, with the words that are valid.
[[nodiscard]] Result<StartTls> starttls_named(std::string_view word);
/// The protocol that usually requests TLS on this port; none for all others.
[[nodiscard]] StartTls starttls_at(std::uint16_t port) noexcept;
/// The protocol for a port as people choose it: "" is the usual one, "none" is TLS from the first byte. `invalid`, as above.
[[nodiscard]] Result<StartTls> starttls_chosen(std::string_view word, std::uint16_t port);
/// What people can choose: the names of all protocols, and "none".
[[nodiscard]] std::vector<std::string> starttls_words();

/// Why there is no certificate.
enum class Obstacle {
  none,
  unresolved,   ///< the name doesn't resolve
  refused,      ///< nothing listens there
  no_route,     ///< this machine has no route, e.g. for IPv6 without a global address
  silence,      ///< no connection, or connected but no data
  slow,         ///< data, but not complete in time
  reset,        ///< the connection was reset
  closed,       ///< the connection was closed during the handshake
  not_tls,      ///< data that isn't TLS
  no_starttls,  ///< the expected protocol without STARTTLS, or refusing it
  alert,        ///< a TLS alert
  broken_tls,   ///< invalid TLS, e.g. a signature that doesn't match the certificate
  not_public,   ///< the address isn't public, and the name isn't from the operator
  unreachable,  ///< the network reports that the host is unreachable
  no_socket,    ///< this machine has no free socket or port
};
[[nodiscard]] std::string_view name_of(Obstacle obstacle) noexcept;  ///< "silence", "not_tls", …

/// Whether a server responds, but not with TLS, so that a certificate wouldn't help.
[[nodiscard]] bool is_without_tls(Obstacle obstacle) noexcept;

/// The response of one address.
struct Sighting {
  std::string address;                 ///< "192.0.2.7:443"
  std::vector<std::string> chain;      ///< DER, leaf first, in the order sent; empty if there was none
  std::string serial;                  ///< of the leaf, lower-case hex
  std::optional<Time> not_after;       ///< of the leaf
  std::string protocol;                ///< "TLSv1.3"
  std::optional<Error> failure;        ///< why there is no chain: `unavailable` (no connection, silence), `corrupt` (no TLS spoken there)
  Obstacle obstacle = Obstacle::none;  ///< the same as a code; `none` if and only if there is a chain
};

/// Whether the result of an address ("[::1]:443") says nothing about the server of the name, if another address of the name serves a
/// certificate. This applies to addresses without a route from this machine (IPv6 without connectivity), and to loopback addresses where
/// nothing listens: “localhost” has two addresses and often one listener, and can't be reached from outside.
[[nodiscard]] bool says_nothing(std::string_view address, Obstacle obstacle) noexcept;

/// Removes these from the results of one name. This decides it for managed names, watches and scans.
template <class Look>  // with `address` and `obstacle`
void drop_out_of_reach(std::vector<Look>& looks) {
  const auto shows_certificate = [](const Look& look) { return look.obstacle == Obstacle::none; };
  if (std::ranges::none_of(looks, shows_certificate)) return;
  std::erase_if(looks, [](const Look& look) { return says_nothing(look.address, look.obstacle); });
}

/// Any thread; blocks, at most `within` per address (addresses are checked in parallel).
class Prober {
 public:
  virtual ~Prober() = default;
  /// One sighting per address, in the resolver's order; fails if the name has none.
  [[nodiscard]] virtual Result<std::vector<Sighting>> look(const Target& target, std::chrono::milliseconds within) = 0;
};

/// If a name has more addresses than this, only the first ones are checked.
inline constexpr std::size_t kMaxAddresses = 32;

/// Probes with its own sockets and without verification, so that broken servers can be checked. `resolver` must outlive it. `allowed` are
/// non-public addresses that Target::public_only may reach, from [outgoing] allow.
[[nodiscard]] Result<std::unique_ptr<Prober>> make_prober(dns::Resolver& resolver, std::vector<IpNetwork> allowed = {});

}  // namespace carillon::certs
