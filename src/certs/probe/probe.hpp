#pragma once
// Looking from outside: a new TLS handshake each time, at every address of a name.

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

enum class StartTls { none, smtp, imap };

/// What is looked at.
struct Target {
  std::string host;  ///< a name or an address; a name is sent as server name (SNI)
  std::uint16_t port = 443;
  StartTls starttls = StartTls::none;
  /// Somebody else than the operator brought the name: addresses that are not public are not connected to.
  bool public_only = false;
  std::string server_name{};  ///< sent as SNI in place of `host`, and the name that the certificate has to be good for; "": `host`
  auto operator<=>(const Target&) const = default;
  [[nodiscard]] std::string text() const;  ///< "host:port", an IPv6 address in brackets; " as NAME" behind it for another server name
  [[nodiscard]] const std::string& asked_name() const noexcept { return server_name.empty() ? host : server_name; }
};

/// What a person wrote for an endpoint: HOST:PORT, an IPv6 address in brackets, or the address of a page (https://HOST/PATH means port
/// 443). `invalid` with what to write instead; the error's field is "target".
[[nodiscard]] Result<Target> endpoint_from(std::string_view text);

/// "smtp", "imap", "" for none.
[[nodiscard]] std::string_view name_of(StartTls starttls) noexcept;
/// The reverse; `invalid` for any other word.
[[nodiscard]] Result<StartTls> starttls_named(std::string_view word);

/// Why there is no certificate to be seen.
enum class Obstacle {
  none,
  unresolved,   ///< the name leads nowhere
  refused,      ///< nobody listens there
  no_route,     ///< there is no way to it from this machine, as to IPv6 where there is none or a local one alone
  silence,      ///< no connection, or connected and not a byte
  slow,         ///< bytes, but no end of them in time
  reset,        ///< the connection was torn down
  closed,       ///< the connection was closed in the middle
  not_tls,      ///< bytes that are no TLS
  no_starttls,  ///< SMTP or IMAP that does not offer STARTTLS, or refuses it
  alert,        ///< TLS that refused us with an alert
  broken_tls,   ///< TLS that breaks its own rules: a signature that is not the certificate's, for instance
  not_public,   ///< the address is not one of the public internet, and the name is not the operator's
  unreachable,  ///< the network knows the way, and says that nothing is there
  no_socket,    ///< this machine has no socket or port left
};
[[nodiscard]] std::string_view name_of(Obstacle obstacle) noexcept;  ///< "silence", "not_tls", …

/// Whether somebody answers there, but not with TLS: nothing that a certificate could mend.
[[nodiscard]] bool is_without_tls(Obstacle obstacle) noexcept;

/// What one address answered.
struct Sighting {
  std::string address;                 ///< "192.0.2.7:443"
  std::vector<std::string> chain;      ///< DER, leaf first, in the order it was sent; empty when there was none
  std::string serial;                  ///< of the leaf, lower-case hex
  std::optional<Time> not_after;       ///< of the leaf
  std::string protocol;                ///< "TLSv1.3"
  std::optional<Error> failure;        ///< why there is no chain: `unavailable` (no connection, silence), `corrupt` (no TLS spoken there)
  Obstacle obstacle = Obstacle::none;  ///< the same as a word; none exactly when there is a chain
};

/// Whether what an address ("[::1]:443") showed says nothing about whoever serves the name there, as long as another address of it shows a
/// certificate. That is so for an address to which this machine has no way (IPv6 where there is none), and for one of loopback where nobody
/// listens: “localhost” has two addresses and often one listener, and nobody outside can ask them.
[[nodiscard]] bool says_nothing(std::string_view address, Obstacle obstacle) noexcept;

/// Drops these from the looks at one name. The one place where that is decided, for what is kept, watched and scanned.
template <class Look>  // with `address` and `obstacle`
void drop_out_of_reach(std::vector<Look>& looks) {
  const auto shows_certificate = [](const Look& look) { return look.obstacle == Obstacle::none; };
  if (std::ranges::none_of(looks, shows_certificate)) return;
  std::erase_if(looks, [](const Look& look) { return says_nothing(look.address, look.obstacle); });
}

/// Any thread; blocks, at most `within` per address (the addresses are looked at side by side).
class Prober {
 public:
  virtual ~Prober() = default;
  /// One sighting per address, in the resolver's order; fails when the name has none.
  [[nodiscard]] virtual Result<std::vector<Sighting>> look(const Target& target, std::chrono::milliseconds within) = 0;
};

/// Of a name with more addresses than this, the first are looked at.
inline constexpr std::size_t kMaxAddresses = 32;

/// Looks with sockets of its own; nothing is verified on the way, so that what is broken can be seen. `resolver` must outlive it.
/// `allowed`: addresses that Target::public_only may reach although they are not public, as [outgoing] allow has them.
[[nodiscard]] Result<std::unique_ptr<Prober>> make_prober(dns::Resolver& resolver, std::vector<IpNetwork> allowed = {});

}  // namespace carillon::certs
