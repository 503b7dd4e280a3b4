#pragma once
// Authentication and authorization: the one place where callers are identified and networks are isolated.

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
/// The value of a cookie (RFC 6265 §5.4): the first with that name; "" if there is none.
[[nodiscard]] std::string cookie_of(const http::Request& request, std::string_view name);
/// The field that writes with a session require, so that foreign pages can't write with a visitor's cookie.
inline constexpr std::string_view kCsrfField = "X-CSRF-Token";

/// How to find the owner of a resource of one kind. Each domain provides this for its own resources; the gate doesn't know them.
struct OwnedKind {
  std::string_view parameter;  ///< the path parameter that identifies the resource
  /// Slug of its network; none if it doesn't exist. In the gate's transaction.
  std::function<Result<std::optional<std::string>>(db::Session& session, const std::string& name)> network;
  /// Slug of the show whose suspension also affects it; none if there is none. May be empty.
  std::function<Result<std::optional<std::string>>(db::Session& session, const std::string& name)> show{};
  /// The error if it doesn't exist or the caller can't see it.
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
    Owners owners;  ///< all kinds used by routes besides those of accounts (network, invitation, person)
  };
  explicit Gate(Parts parts) : parts_{std::move(parts)} {}

  /// Identifies the caller by the control socket, a bearer token or a session cookie; returns a response if the credentials aren't valid.
  asio::awaitable<std::optional<http::Response>> identify(Asked& asked);

  /// The ID of a device that has signed in before, if the caller is unknown; "" for none.
  asio::awaitable<Result<std::string>> device_of(const Asked& asked);

  /// Admits the caller to the resource in the path, or refuses: 404 if it doesn't exist or they can't see it, 401 and 403 if they lack the
  /// permission.
  asio::awaitable<Admission> admit(accounts::Permission permission, Owner owner, const Asked& asked);

  /// Admits an already admitted request to a network that is only specified in its body.
  asio::awaitable<std::optional<http::Response>> admit_to(std::string network, accounts::Permission permission, Request& request);

  /// `admit` as dispatch_if_routed wants it.
  [[nodiscard]] auto admission() {
    return [this](const auto& route, const Asked& asked) { return admit(route.permission, route.owner, asked); };
  }

 private:
  /// The network of a resource, and the show whose suspension also affects it ("" for none).
  struct Place {
    std::string network, show{};
  };
  /// None if it doesn't exist. `with_show`: also look up the show.
  asio::awaitable<Result<std::optional<Place>>> place_of(Owner owner, const Asked& request, bool with_show);
  [[nodiscard]] http::Response missing(Owner owner, const Asked& request) const;
  asio::awaitable<Result<std::optional<std::string>>> existing(std::string network);
  /// For a request whose network is known; `show` is a slug, or "".
  [[nodiscard]] std::optional<http::Response> refusal_in(accounts::Permission permission, const Request& request,
                                                         std::string_view show) const;

  const Parts parts_;
};

}  // namespace carillon::api
