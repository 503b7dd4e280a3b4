#pragma once
// Who asks, and whether they may: the one place where callers become known and networks are kept apart.

#include "accounts/access/callers.hpp"
#include "accounts/access/session_maker.hpp"
#include "accounts/people/invitations.hpp"
#include "accounts/people/networks.hpp"
#include "accounts/people/people.hpp"
#include "accounts/suspensions.hpp"
#include "api/core/route.hpp"

#include <functional>
#include <map>

namespace carillon::api {

namespace asio = boost::asio;

using accounts::kSessionCookie;
/// The value of a cookie (RFC 6265 §5.4): the first of that name; "" when there is none.
[[nodiscard]] std::string cookie_of(const http::Request& request, std::string_view name);
/// The field that writes with a session need, so that no foreign page writes with a visitor's cookie.
inline constexpr std::string_view kCsrfField = "X-CSRF-Token";

/// How to find out whose a thing of one kind is. Every domain says that of its own things; the gate knows none of them.
struct OwnedKind {
  std::string_view parameter;  ///< of the path: what names the thing
  /// Slug of its network; none for what does not exist. Within the gate's transaction.
  std::function<Result<std::optional<std::string>>(db::Session& session, const std::string& name)> network;
  /// Slug of the show whose suspension takes it along; none where there is none. May be empty.
  std::function<Result<std::optional<std::string>>(db::Session& session, const std::string& name)> show{};
  /// The refusal for what does not exist, and for what is none of the caller's business.
  std::function<Error(const std::string& name)> missing;
};
using Owners = std::map<Owner, OwnedKind>;

/// Any event loop.
class Gate {
 public:
  struct Parts {
    accounts::Callers& callers;
    accounts::Networks& networks;
    accounts::Invitations& invitations;
    accounts::People& people;
    const accounts::Suspensions& suspensions;
    db::Database& database;
    Owners owners;  ///< every kind that a route names beside those of accounts (network, invitation, person)
  };
  explicit Gate(Parts parts) : parts_{std::move(parts)} {}

  /// Fills in the caller from the control socket, a bearer token or a session's cookie; a response when what was shown is worth nothing.
  asio::awaitable<std::optional<http::Response>> identify(Asked& asked);

  /// The id of the device that somebody signed in with before, when nobody known asks; "" for none.
  asio::awaitable<Result<std::string>> device_of(const Asked& asked);

  /// Admits to the thing that the path names, or refuses: 404 for what does not exist or is none of the caller's, 401 and 403 for what they
  /// may not.
  asio::awaitable<Admission> admit(accounts::Permission permission, Owner owner, const Asked& asked);

  /// Admits an admitted request to a network that only its body names, instead.
  asio::awaitable<std::optional<http::Response>> admit_to(std::string network, accounts::Permission permission, Request& request);

  /// `admit` as dispatch_if_routed wants it.
  [[nodiscard]] auto admission() {
    return [this](const auto& route, const Asked& asked) { return admit(route.permission, route.owner, asked); };
  }

 private:
  /// Where a thing belongs: its network, and the show whose suspension takes it along ("" for none).
  struct Place {
    std::string network, show{};
  };
  /// None for what does not exist. `with_show`: the show is asked for, too.
  asio::awaitable<Result<std::optional<Place>>> place_of(Owner owner, const Asked& request, bool with_show);
  [[nodiscard]] http::Response missing(Owner owner, const Asked& request) const;
  asio::awaitable<Result<std::optional<std::string>>> existing(std::string network);
  /// For a request whose network is known; `show` is a slug, or "".
  [[nodiscard]] std::optional<http::Response> refusal_in(accounts::Permission permission, const Request& request,
                                                         std::string_view show) const;

  const Parts parts_;
};

}  // namespace carillon::api
