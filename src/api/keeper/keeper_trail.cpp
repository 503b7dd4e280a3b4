// See keeper_trail.hpp.

#include "api/keeper/keeper_trail.hpp"

#include "base/log.hpp"

namespace carillon::api {

asio::awaitable<std::optional<http::Response>> KeeperTrail::admitted(accounts::Permission permission, http::Request& request) {
  using enum accounts::Permission;
  const auto& caller = request.caller;
  // What is everybody's own here is the business of an operator's token, too: it sets it for anybody.
  if (permission == signed_in && caller.holds_somewhere(operate)) co_return std::nullopt;
  if (caller.holds_somewhere(permission)) co_return std::nullopt;
  co_return http::AdmitByPermission::refusal_of(permission, caller);
}

asio::awaitable<void> KeeperTrail::write_down(std::string act, http::Request& request) const {
  accounts::Act done{.network = "", .what = std::move(act), .subject = {}, .was = {}, .became = {}};
  for (const auto* parameter : {"name", "target", "id"}) {
    if (const auto value = request.path_parameter(parameter); !value.empty()) done.subject = value;
  }
  const auto recorded = co_await database_.write([&](db::Session& session) -> Result<> {
    accounts::record(session, clock_, random_, request.caller.actor(), done);
    return {};
  });
  // What was done stays done; the trail's gap is for the operator's log.
  if (!recorded)
    log::error("an entry is missing from the audit trail",
               {{"act", done.what}, {"subject", done.subject}, {"reason", recorded.error().message}});
}

}  // namespace carillon::api
