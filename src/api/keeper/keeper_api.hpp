#pragma once
// The API of the keeper: certificates, watches, incidents, channels, the calendar, drills, each a class with a route table. The same for
// `serve` and `guard`; it knows nothing about podcasts.

#include "api/core/route.hpp"
#include "api/keeper/calendar.hpp"
#include "api/keeper/certificates.hpp"
#include "api/keeper/channels.hpp"
#include "api/keeper/drills.hpp"
#include "api/keeper/incidents.hpp"
#include "api/keeper/watches.hpp"

namespace carillon::api {

/// Any event loop.
class KeeperApi {
 public:
  explicit KeeperApi(KeeperParts parts);

  /// Whether this API has the path.
  [[nodiscard]] static bool owns(std::string_view path);
  /// The routes of all its tables.
  [[nodiscard]] static std::vector<RouteRule> routes();
  /// Handles one request.
  asio::awaitable<http::Response> answer(Asked& request);

 private:
  KeeperParts parts_;
  KeeperTrail trail_;
  CertificatesApi certificates_;
  WatchesApi watches_;
  IncidentsApi incidents_;
  ChannelsApi channels_;
  CalendarApi calendar_;
  DrillsApi drills_;
};

}  // namespace carillon::api
