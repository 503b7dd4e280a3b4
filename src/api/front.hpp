#pragma once
// The one door of the API: who asks is found out, how often is counted, a repeated write is answered once; then the part that owns the
// path.

#include "accounts/refusals.hpp"
#include "api/accounts_api.hpp"
#include "api/api.hpp"
#include "api/idempotency.hpp"
#include "api/keeper_api.hpp"
#include "api/rate_limit.hpp"

namespace carillon::api {

/// Any event loop.
class Front {
 public:
  Front(Gate& gate, AccountsApi& accounts, KeeperApi& keeper, Api& api, Idempotency& idempotency, accounts::Revocations& revocations,
        accounts::Refusals& refusals, const Clock& clock)
      : gate_{gate},
        accounts_{accounts},
        keeper_{keeper},
        api_{api},
        idempotency_{idempotency},
        revocations_{revocations},
        refusals_{refusals},
        clock_{clock},
        limit_{clock} {}

  [[nodiscard]] static bool owns(std::string_view path) noexcept { return path.starts_with("/api/v1/"); }
  /// Over HTTPS with a token or a session, or over the control socket.
  asio::awaitable<http::Response> answer(http::Request& request);

 private:
  Gate& gate_;
  AccountsApi& accounts_;
  KeeperApi& keeper_;
  Api& api_;
  Idempotency& idempotency_;
  accounts::Revocations& revocations_;
  accounts::Refusals& refusals_;
  const Clock& clock_;
  RateLimit limit_;
};

}  // namespace carillon::api
