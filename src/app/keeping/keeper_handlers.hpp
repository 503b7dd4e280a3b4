#pragma once
// How certificates and incidents are reached over HTTP: the keeper's API and its pages, with what both need.

#include "api/keeper/keeper_api.hpp"
#include "app/keeping/alerts.hpp"
#include "app/keeping/calendar_access.hpp"
#include "app/keeping/certificates.hpp"
#include "app/keeping/default_stewardship.hpp"
#include "jobs/workers.hpp"
#include "site/keeper/keeper_site.hpp"

namespace carillon::app {

/// Any event loop, until it goes: it finishes what was begun.
class KeeperHandlers {
 public:
  /// All must live longer.
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    const DataFolder& data;
    const DefaultStewardship& stewardship;
    const Channels& channels;
    Alerts& alerts;
    Certificates& certificates;
    db::Database* accounts;  ///< null where there are none
    std::string link_key;
    std::string origin;
    std::uint16_t port = 443;  ///< where our own names are reached
    std::function<bool()> ready;
    std::function<void(const http::Request& request)> refused_calendar{};  ///< hears of a wrong calendar secret; may be empty
  };
  explicit KeeperHandlers(const Parts& parts);
  ~KeeperHandlers() { workers_.reset(); }
  KeeperHandlers(const KeeperHandlers&) = delete;
  KeeperHandlers& operator=(const KeeperHandlers&) = delete;

  [[nodiscard]] site::KeeperSite& site() noexcept { return site_; }
  [[nodiscard]] api::KeeperApi& api() noexcept { return api_; }

 private:
  std::optional<jobs::Workers> workers_;  ///< goes first, while everything that its work may need is still there
  CalendarAccess calendar_;
  incidents::Acknowledging acknowledging_;
  site::KeeperSite site_;
  api::KeeperApi api_;
};

}  // namespace carillon::app
