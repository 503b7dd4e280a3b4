#pragma once
// The API of the keeper: certificates, watches, incidents, channels, the calendar, drills, each a class with a route table. The same for
// `serve` and for `guard`: nothing of podcasts is known here.

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

  /// Whether a path is one of these.
  [[nodiscard]] static bool owns(std::string_view path);
  /// Of all its tables.
  [[nodiscard]] static std::vector<RouteRule> routes();
  /// Answers one request of its caller.
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
