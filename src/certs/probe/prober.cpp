// Looking at every address of a name side by side.

#include "certs/probe/handshake_pool.hpp"
#include "certs/probe/probe.hpp"

#include <array>

namespace carillon::certs {
namespace {

/// The descriptor is closed by then; this only bounds one turn of the loop.
constexpr std::chrono::milliseconds kTurn{1'000};

ErrorKind kind_of(Obstacle obstacle) {
  return is_without_tls(obstacle) || obstacle == Obstacle::broken_tls ? ErrorKind::corrupt : ErrorKind::unavailable;
}

class SocketProber final : public Prober {
 public:
  SocketProber(dns::Resolver& resolver, std::vector<IpNetwork> allowed) : resolver_{resolver}, allowed_{std::move(allowed)} {}

  Result<std::vector<Sighting>> look(const Target& target, std::chrono::milliseconds within) override {
    auto addresses = resolver_.addresses(target.host);
    if (!addresses) return forward_error(addresses);
    if (addresses->empty()) return fail(ErrorKind::not_found, "The name " + target.host + " has no address.");
    if (addresses->size() > kMaxAddresses) addresses->resize(kMaxAddresses);
    // A crowd for every look: nothing is kept from one handshake to the next, and any thread may look.
    auto pool = HandshakePool::create();
    if (!pool) return forward_error(pool);
    std::vector<Sighting> sightings(addresses->size());
    std::size_t missing = sightings.size();
    for (std::size_t i = 0; i < addresses->size(); ++i) {
      sightings[i].address = endpoint_text((*addresses)[i], target.port);
      // Looked up once, and connected to what was looked at: no second answer can put another address in its place.
      if (target.public_only && !may_connect((*addresses)[i])) {
        fill(sightings[i], {.chain = {}, .protocol = {}, .obstacle = Obstacle::not_public, .detail = "this isn't a public address"});
        --missing;
        continue;
      }
      (*pool)->start(i, {(*addresses)[i], target.port, target.asked_name(), target.starttls, target.keys}, within);
    }
    while (missing > 0) {
      (*pool)->wait(kTurn, [&](std::uint64_t key, const Outcome& outcome, auto) {
        --missing;
        fill(sightings[key], outcome);
      });
    }
    return sightings;
  }

 private:
  [[nodiscard]] bool may_connect(const std::string& address) const {
    const auto parsed = IpAddress::parse(address);
    return parsed && http::may_reach(*parsed, allowed_);
  }

  static void fill(Sighting& sighting, const Outcome& outcome) {
    sighting.obstacle = outcome.obstacle;
    if (outcome.obstacle != Obstacle::none) {
      sighting.failure = Error{kind_of(outcome.obstacle), sighting.address + " serves no certificate: " + outcome.detail + ".", {}};
      return;
    }
    for (const auto& certificate : outcome.chain) {
      if (auto der = certificate.to_der()) sighting.chain.push_back(std::move(*der));
    }
    sighting.serial = outcome.chain.front().serial_hex();
    sighting.not_after = outcome.chain.front().not_after();
    sighting.protocol = outcome.protocol;
  }

  dns::Resolver& resolver_;
  std::vector<IpNetwork> allowed_;
};

}  // namespace

std::string Target::text() const { return endpoint_text(host, port) + (server_name.empty() ? std::string{} : " as " + server_name); }

std::string_view name_of(Obstacle obstacle) noexcept {
  constexpr std::array<std::string_view, 15> kNames{"",      "unresolved", "refused",    "no_route",    "silence",
                                                    "slow",  "reset",      "closed",     "not_tls",     "no_starttls",
                                                    "alert", "broken_tls", "not_public", "unreachable", "no_socket"};
  return kNames[static_cast<std::size_t>(obstacle)];
}

bool is_without_tls(Obstacle obstacle) noexcept { return obstacle == Obstacle::not_tls || obstacle == Obstacle::no_starttls; }

bool says_nothing(std::string_view address, Obstacle obstacle) noexcept {
  if (obstacle == Obstacle::no_route) return true;
  const bool is_loopback = address.starts_with("127.") || address.starts_with("[::1]");
  // Whoever took the connection and served no certificate is a server that does not work, on loopback as anywhere.
  return is_loopback && (obstacle == Obstacle::refused || obstacle == Obstacle::unreachable);
}

Result<std::unique_ptr<Prober>> make_prober(dns::Resolver& resolver, std::vector<IpNetwork> allowed) {
  // What cannot be prepared now could not be prepared later: say it at the start.
  if (auto look = TlsLook::create(); !look) return forward_error(look);
  return std::make_unique<SocketProber>(resolver, std::move(allowed));
}

}  // namespace carillon::certs
