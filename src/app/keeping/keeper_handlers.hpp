#pragma once
// HTTP handlers for certificates and incidents: the keeper's API and its pages.

#include "api/keeper/keeper_api.hpp"
#include "app/keeping/alerts.hpp"
#include "app/keeping/calendar_access.hpp"
#include "app/keeping/certificates.hpp"
#include "app/keeping/default_stewardship.hpp"
#include "jobs/workers.hpp"
#include "site/keeper/keeper_site.hpp"

namespace carillon::app {

/// Any event loop. Its destructor waits for running requests.
class KeeperHandlers {
 public:
  /// All must outlive it.
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    const DataFolder& data;
    const DefaultStewardship& stewardship;
    const Channels& channels;
    Alerts& alerts;
    Certificates& certificates;
    db::Database* accounts;  ///< null if there are none
    std::string link_key;
    std::string origin;
    std::uint16_t port = 443;  ///< the public port of our own names
    std::function<bool()> ready;
    std::function<void(const http::Request& request)> refused_calendar{};  ///< called for a wrong calendar secret; may be empty
  };
  explicit KeeperHandlers(const Parts& parts);
  ~KeeperHandlers() { workers_.reset(); }
  KeeperHandlers(const KeeperHandlers&) = delete;
  KeeperHandlers& operator=(const KeeperHandlers&) = delete;

  [[nodiscard]] site::KeeperSite& site() noexcept { return site_; }
  [[nodiscard]] api::KeeperApi& api() noexcept { return api_; }

 private:
  std::optional<jobs::Workers> workers_;  ///< destroyed first, while everything that its work may need still exists
  CalendarAccess calendar_;
  incidents::Acknowledging acknowledging_;
  site::KeeperSite site_;
  api::KeeperApi api_;
};

}  // namespace carillon::app
