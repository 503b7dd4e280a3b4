// See gate.hpp.

#include "api/core/gate.hpp"

#include "accounts/access/session_maker.hpp"
#include "api/core/answers.hpp"
#include "base/ip/address.hpp"
#include "base/text.hpp"

namespace carillon::api {
namespace {

constexpr std::string_view kBearer = "bearer ";
/// The one network of a new data folder.
constexpr std::string_view kDefaultNetwork = "default";

/// What a suspended network or show can't do until the operator allows it again.
bool ends_with_suspension(accounts::Permission permission) noexcept {
  return permission == accounts::Permission::publish || permission == accounts::Permission::advertise;
}

}  // namespace

std::string cookie_of(const http::Request& request, std::string_view name) {
  const auto cookies = request.fields.joined("Cookie").value_or("");
  for (const auto part : split(cookies, ';')) {
    const auto pair = trimmed(part);
    if (pair.size() > name.size() && pair.starts_with(name) && pair[name.size()] == '=') return std::string(pair.substr(name.size() + 1));
  }
  return {};
}

asio::awaitable<std::optional<http::Response>> Gate::identify(Asked& request) {
  request.caller = accounts::Caller::nobody();
  const auto prefix = region_of(request.peer.address);
  request.caller.address_prefix = prefix;
  if (const auto authorization = request.fields.get("Authorization")) {
    const std::string value(trimmed(*authorization));
    if (!lower_ascii(value).starts_with(kBearer))
      co_return http::problem(401, "unknown-scheme", "Only “Authorization: Bearer TOKEN” is supported.");
    auto caller = co_await parts_.callers.with_token(std::string(trimmed(std::string_view{value}.substr(kBearer.size()))), prefix);
    if (!caller) co_return http::problem(caller.error());
    if (!caller->is_known()) {
      auto response =
          http::problem(401, "token-unknown", "This token isn't valid: it was revoked, has expired, or wasn't copied completely.");
      response.fields.set("WWW-Authenticate", "Bearer error=\"invalid_token\"");
      co_return response;
    }
    request.caller = std::move(*caller);
    co_return std::nullopt;
  }
  if (request.peer.local_socket) {
    request.caller = accounts::Caller::operator_at_the_socket(request.peer.user);
    co_return std::nullopt;
  }
  if (const auto cookie = cookie_of(request, kSessionCookie); !cookie.empty()) {
    auto caller = co_await parts_.callers.with_session(cookie, writes(request.method),
                                                       std::string(request.fields.get(kCsrfField).value_or("")), prefix);
    if (!caller) co_return http::problem(caller.error());
    request.caller = std::move(*caller);
  }
  request.caller.address_prefix = prefix;
  co_return std::nullopt;
}

asio::awaitable<Result<std::string>> Gate::device_of(const Asked& request) {
  if (request.caller.is_known()) co_return std::string{};
  const auto cookie = cookie_of(request, accounts::kDeviceCookie);
  if (cookie.empty()) co_return std::string{};
  co_return co_await parts_.callers.known_device(cookie);
}

http::Response Gate::missing(Owner owner, const Asked& request) const {
  if (const auto kind = parts_.owners.find(owner); kind != parts_.owners.end())
    return http::problem(kind->second.missing(std::string(request.path_parameter(kind->second.parameter))));
  if (owner == Owner::invitation)
    return http::problem(404, "not-found", "There is no invitation with the ID “" + std::string(request.path_parameter("id")) + "”.");
  if (owner == Owner::person) return http::problem(404, "not-found", "This person doesn't exist.");
  if (owner == Owner::network)
    return http::problem(404, "not-found", "There is no network named “" + std::string(request.path_parameter("network")) + "”.",
                         "network");
  return http::problem(404, "not-found",
                       "There is no network named “" + request.query_parameter("network").value_or(std::string(kDefaultNetwork)) + "”.",
                       "network");
}

asio::awaitable<Result<std::optional<Gate::Place>>> Gate::place_of(Owner owner, const Asked& request, bool with_show) {
  const auto placed = [](Result<std::optional<std::string>> network) -> Result<std::optional<Place>> {
    if (!network) return std::unexpected(network.error());
    if (!*network) return std::nullopt;
    return Place{.network = std::move(**network)};
  };
  switch (owner) {
    case Owner::nobody:
      co_return Place{};
    case Owner::asked: {
      if (auto named = request.query_parameter("network")) co_return placed(co_await existing(std::move(*named)));
      const auto& roles = request.caller.roles();
      if (request.caller.is_operator() || roles.contains(kDefaultNetwork)) co_return Place{.network = std::string(kDefaultNetwork)};
      if (roles.size() > 1) co_return fail(ErrorKind::invalid, "You belong to several networks; choose one with “?network=”.", "network");
      if (roles.empty()) co_return std::nullopt;
      co_return Place{.network = roles.begin()->first};
    }
    case Owner::network:
      co_return placed(co_await existing(std::string(request.path_parameter("network"))));
    case Owner::invitation:
      co_return placed(co_await parts_.invitations.network_of(std::string(request.path_parameter("id"))));
    case Owner::person:
      co_return placed(co_await parts_.people.network_shared_with(request.caller, std::string(request.path_parameter("person"))));
    default:
      break;
  }
  const auto& kind = parts_.owners.at(owner);
  const std::string name(request.path_parameter(kind.parameter));
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::optional<Place>> {
    auto network = kind.network(session, name);
    if (!network) return std::unexpected(network.error());
    if (!*network) return std::nullopt;
    Place place{.network = std::move(**network)};
    if (!with_show || !kind.show) return place;
    auto show = kind.show(session, name);
    if (!show) return std::unexpected(show.error());
    place.show = show->value_or("");
    return place;
  });
}

asio::awaitable<Result<std::optional<std::string>>> Gate::existing(std::string network) {
  const auto known = co_await parts_.networks.find(network);
  if (known) co_return std::move(network);
  if (known.error().kind == ErrorKind::not_found) co_return std::nullopt;
  co_return std::unexpected(known.error());
}

asio::awaitable<Admission> Gate::admit(accounts::Permission permission, Owner owner, const Asked& asked) {
  const auto& caller = asked.caller;
  if (permission != accounts::Permission::everyone && !caller.forged_for.empty())
    co_return std::unexpected(http::problem(401, "sign-in-needed",
                                            "The session is valid, but the request's “" + std::string(kCsrfField) +
                                                "” header is missing or wrong; send the “csrf” value from GET /api/v1/sessions/current."));
  // Strangers learn nothing, not even what does not exist.
  if (permission != accounts::Permission::everyone && !caller.is_known()) {
    if (auto refused = refusal_of(permission, caller)) co_return std::unexpected(std::move(*refused));
  }
  // Nor does a token that isn't made for this, whatever it names.
  if (auto refused = scope_refusal_of(permission, caller)) co_return std::unexpected(std::move(*refused));
  auto place = co_await place_of(owner, asked, ends_with_suspension(permission));
  if (!place) co_return std::unexpected(http::problem(place.error()));
  if (!*place || (owner != Owner::nobody && !caller.sees((*place)->network)))
    co_return std::unexpected(caller.lacks_operate_scope() ? operate_scope_missing() : missing(owner, asked));
  Request admitted{asked, std::move((*place)->network)};
  if (auto refused = refusal_in(permission, admitted, (*place)->show)) co_return std::unexpected(std::move(*refused));
  co_return admitted;
}

std::optional<http::Response> Gate::refusal_in(accounts::Permission permission, const Request& request, std::string_view show) const {
  const auto& caller = request.caller;
  if (auto refused = refusal_of(permission, caller, request.network)) return refused;
  if (ends_with_suspension(permission) && !caller.is_operator()) {
    if (const auto reason = parts_.suspensions.of(request.network, show))
      return http::problem(403, "suspended", "This show or network was suspended by the operator of this server: " + *reason);
  }
  return std::nullopt;
}

asio::awaitable<std::optional<http::Response>> Gate::admit_to(std::string network, accounts::Permission permission, Request& request) {
  const auto known = co_await existing(network);
  if (!known) co_return http::problem(known.error());
  if (!*known || !request.caller.sees(network))
    co_return http::problem(404, "not-found", "There is no network named “" + network + "”.", "network");
  request.network = std::move(network);
  co_return refusal_in(permission, request, {});
}

}  // namespace carillon::api
