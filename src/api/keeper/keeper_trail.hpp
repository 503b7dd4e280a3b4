#pragma once
// Admission and audit lines for all route tables of the keeper.

#include "accounts/audit.hpp"
#include "api/core/route.hpp"

namespace carillon::api {

namespace asio = boost::asio;

/// A route of the keeper: everything requires an operator, except one's own notification settings.
template <class App>
struct KeeperRoute : PermittedRoute<App> {
  std::string_view act;  ///< the action's name in the audit trail; "" if it only reads, or writes its own line
  static constexpr Owner owner = Owner::nobody;
};

/// Any event loop. The constructor's arguments must outlive it.
class KeeperTrail {
 public:
  KeeperTrail(db::Database& database, const Clock& clock, Random& random) : database_{database}, clock_{clock}, random_{random} {}

  /// dispatch_if_routed by permission; records the action in the audit trail.
  template <class App>
  asio::awaitable<std::optional<http::Response>> answer(std::span<const KeeperRoute<App>> routes, App& app, Asked& asked,
                                                        http::Allowed& allowed) const {
    std::string_view act;
    const auto admit = [&act](const KeeperRoute<App>& route, const Asked& one) {
      act = route.act;
      return admission(route.permission, one);
    };
    auto response = co_await dispatch_if_routed(routes, app, asked, admit, allowed);
    if (response && !act.empty() && response->status < 400) co_await write_down(std::string(act), asked);
    co_return response;
  }

 private:
  [[nodiscard]] static Admission admitted(accounts::Permission permission, const Asked& asked);
  [[nodiscard]] static asio::awaitable<Admission> admission(accounts::Permission permission, const Asked& asked) {
    co_return admitted(permission, asked);
  }
  asio::awaitable<void> write_down(std::string act, const Asked& asked) const;

  db::Database& database_;
  const Clock& clock_;
  Random& random_;
};

}  // namespace carillon::api
