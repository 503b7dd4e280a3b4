// The one table that says what the keeper's API answers, and whom.

#include "accounts/audit.hpp"
#include "api/keeper/keeper_api.hpp"
#include "base/log.hpp"

#include <algorithm>
#include <array>

namespace carillon::api {
namespace {

using enum http::Method;
using enum accounts::Permission;

constexpr std::array kRoutes{
    KeeperRoute{{get, "/api/v1/calendar.ics", operate, &KeeperApi::calendar}, ""},
    KeeperRoute{{get, "/api/v1/calendar", operate, &KeeperApi::calendar_address}, ""},
    KeeperRoute{{get, "/api/v1/certificates", operate, &KeeperApi::list_certificates}, ""},
    KeeperRoute{{post, "/api/v1/certificates", operate, &KeeperApi::add_certificate}, "certificate.add"},
    KeeperRoute{{get, "/api/v1/certificates/{name}", operate, &KeeperApi::get_certificate}, ""},
    KeeperRoute{{del, "/api/v1/certificates/{name}", operate, &KeeperApi::remove_certificate}, "certificate.remove"},
    KeeperRoute{{post, "/api/v1/certificates/{name}/csr", operate, &KeeperApi::signing_request}, "certificate.csr"},
    KeeperRoute{{get, "/api/v1/certificates/{name}/history", operate, &KeeperApi::history}, ""},
    KeeperRoute{{post, "/api/v1/certificates/{name}/import", operate, &KeeperApi::import_certificate}, "certificate.import"},
    KeeperRoute{{post, "/api/v1/certificates/{name}/renew", operate, &KeeperApi::renew_certificate}, "certificate.renew"},
    KeeperRoute{{post, "/api/v1/certificates/{name}/use-spare", operate, &KeeperApi::use_spare}, "certificate.use-spare"},
    KeeperRoute{{get, "/api/v1/channels", signed_in, &KeeperApi::list_channels}, ""},
    KeeperRoute{{put, "/api/v1/channels", signed_in, &KeeperApi::order_channels}, ""},
    KeeperRoute{{post, "/api/v1/channels/{id}/test", operate, &KeeperApi::test_channel}, "channel.test"},
    KeeperRoute{{post, "/api/v1/drills", operate, &KeeperApi::run_drill}, "drill.run"},
    KeeperRoute{{get, "/api/v1/drills/{id}", operate, &KeeperApi::get_drill}, ""},
    KeeperRoute{{get, "/api/v1/incidents", operate, &KeeperApi::list_incidents}, ""},
    KeeperRoute{{get, "/api/v1/incidents/{id}", operate, &KeeperApi::get_incident}, ""},
    KeeperRoute{{post, "/api/v1/incidents/{id}/acknowledge", operate, &KeeperApi::acknowledge}, "incident.acknowledge"},
    KeeperRoute{{get, "/api/v1/watches", operate, &KeeperApi::list_watches}, ""},
    KeeperRoute{{post, "/api/v1/watches", operate, &KeeperApi::add_watch}, "watch.add"},
    KeeperRoute{{del, "/api/v1/watches/{target}", operate, &KeeperApi::remove_watch}, "watch.remove"},
};

/// By permission; tells which act it is.
struct Admission {
  std::string_view& act;

  asio::awaitable<std::optional<http::Response>> operator()(const KeeperRoute& route, const http::Request& request) const {
    act = route.act;
    // What is everybody's own here is the business of an operator's token, too: it sets it for anybody.
    if (route.permission == signed_in && request.caller.holds_somewhere(operate)) co_return std::nullopt;
    co_return co_await http::AdmitByPermission{}(route, request);
  }
};

}  // namespace

std::span<const KeeperRoute> KeeperApi::routes() noexcept { return kRoutes; }

bool KeeperApi::owns(std::string_view path) {
  return std::ranges::any_of(kRoutes, [&](const auto& route) { return http::match(route.pattern, path).has_value(); });
}

asio::awaitable<http::Response> KeeperApi::answer(http::Request& request) {
  std::string_view act;
  auto response = co_await http::dispatch(routes(), *this, request, Admission{act});
  if (act.empty() || response.status >= 400) co_return response;
  accounts::Act done{.network = "", .what = std::string(act), .subject = {}, .was = {}, .became = {}};
  for (const auto* parameter : {"name", "target", "id"}) {
    if (const auto value = request.path_parameter(parameter); !value.empty()) done.subject = value;
  }
  const auto recorded = co_await parts_.database.write([&](db::Session& session) -> Result<> {
    accounts::record(session, parts_.clock, parts_.random, request.caller.actor(), done);
    return {};
  });
  // What was done stays done; the trail's gap is for the operator's log.
  if (!recorded)
    log::error("an act is missing in the audit trail", {{"act", act}, {"subject", done.subject}, {"reason", recorded.error().message}});
  co_return response;
}

}  // namespace carillon::api
