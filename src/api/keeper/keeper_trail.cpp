// See keeper_trail.hpp.

#include "api/keeper/keeper_trail.hpp"

#include "base/log.hpp"

namespace carillon::api {

Admission KeeperTrail::admitted(accounts::Permission permission, const Asked& asked) {
  using enum accounts::Permission;
  // What is everybody's own here is the business of an operator's token, too: it sets it for anybody.
  if (permission == signed_in && asked.caller.holds_somewhere(operate)) return admit_by_permission(operate, asked);
  return admit_by_permission(permission, asked);
}

asio::awaitable<void> KeeperTrail::write_down(std::string act, const Asked& asked) const {
  accounts::Act done{.network = "", .what = std::move(act), .subject = {}, .was = {}, .became = {}};
  for (const auto* parameter : {"name", "target", "id"}) {
    if (const auto value = asked.path_parameter(parameter); !value.empty()) done.subject = value;
  }
  const auto recorded = co_await database_.write([&](db::Session& session) -> Result<> {
    accounts::record(session, clock_, random_, asked.caller.actor(), done);
    return {};
  });
  // What was done stays done; the trail's gap is for the operator's log.
  if (!recorded)
    log::error("an audit entry could not be written",
               {{"act", done.what}, {"subject", done.subject}, {"reason", recorded.error().message}});
}

}  // namespace carillon::api
