#pragma once
// The entry point of the API: identifies the caller, applies rate limits and idempotency, then calls the part that has the path.

#include "accounts/access/refusals.hpp"
#include "api/accounts/accounts_api.hpp"
#include "api/ads/ads_api.hpp"
#include "api/core/idempotency.hpp"
#include "api/core/rate_limit.hpp"
#include "api/events/events_api.hpp"
#include "api/keeper/keeper_api.hpp"
#include "api/podcast/podcast_api.hpp"
#include "api/stats/stats_api.hpp"

namespace carillon::api {

/// Any event loop.
class Front {
 public:
  Front(Gate& gate, AccountsApi& accounts, KeeperApi& keeper, EventsApi& events, StatsApi& stats, AdsApi& ads, PodcastApi& podcasts,
        Idempotency& idempotency, accounts::Revocations& revocations, accounts::Refusals& refusals, const Clock& clock)
      : gate_{gate},
        accounts_{accounts},
        keeper_{keeper},
        events_{events},
        stats_{stats},
        ads_{ads},
        podcasts_{podcasts},
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
  EventsApi& events_;
  StatsApi& stats_;
  AdsApi& ads_;
  PodcastApi& podcasts_;
  Idempotency& idempotency_;
  accounts::Revocations& revocations_;
  accounts::Refusals& refusals_;
  const Clock& clock_;
  RateLimit limit_;
};

}  // namespace carillon::api
