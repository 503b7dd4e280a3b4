// The one table that says what the keeper's API answers, and whom.

#include "api/keeper_api.hpp"
#include "http/router.hpp"

#include <algorithm>
#include <array>

namespace carillon::api {
namespace {

using enum http::Method;
using enum accounts::Permission;

constexpr auto kRoutes = std::to_array<http::Route<KeeperApi>>({
    {get, "/api/v1/calendar.ics", operate, &KeeperApi::calendar},
    {get, "/api/v1/calendar", operate, &KeeperApi::calendar_address},
    {get, "/api/v1/certificates", operate, &KeeperApi::list_certificates},
    {post, "/api/v1/certificates", operate, &KeeperApi::add_certificate},
    {get, "/api/v1/certificates/{name}", operate, &KeeperApi::get_certificate},
    {del, "/api/v1/certificates/{name}", operate, &KeeperApi::remove_certificate},
    {post, "/api/v1/certificates/{name}/csr", operate, &KeeperApi::signing_request},
    {get, "/api/v1/certificates/{name}/history", operate, &KeeperApi::history},
    {post, "/api/v1/certificates/{name}/import", operate, &KeeperApi::import_certificate},
    {post, "/api/v1/certificates/{name}/renew", operate, &KeeperApi::renew_certificate},
    {get, "/api/v1/channels", operate, &KeeperApi::list_channels},
    {post, "/api/v1/channels/{id}/test", operate, &KeeperApi::test_channel},
    {post, "/api/v1/drills", operate, &KeeperApi::run_drill},
    {get, "/api/v1/drills/{id}", operate, &KeeperApi::get_drill},
    {get, "/api/v1/incidents", operate, &KeeperApi::list_incidents},
    {get, "/api/v1/incidents/{id}", operate, &KeeperApi::get_incident},
    {post, "/api/v1/incidents/{id}/acknowledge", operate, &KeeperApi::acknowledge},
    {get, "/api/v1/watches", operate, &KeeperApi::list_watches},
    {post, "/api/v1/watches", operate, &KeeperApi::add_watch},
    {del, "/api/v1/watches/{target}", operate, &KeeperApi::remove_watch},
});

}  // namespace

bool KeeperApi::owns(std::string_view path) {
  return std::ranges::any_of(kRoutes, [&](const auto& route) { return http::match(route.pattern, path).has_value(); });
}

asio::awaitable<http::Response> KeeperApi::answer(http::Request& request, accounts::Granted granted) {
  co_return co_await http::dispatch(std::span<const http::Route<KeeperApi>>{kRoutes}, *this, request, granted);
}

}  // namespace carillon::api
