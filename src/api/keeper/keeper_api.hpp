#pragma once
// The API of the keeper: certificates, watches, incidents, channels, the calendar, drills. The same for `serve` and for `guard`: nothing of
// podcasts is known here.

#include "certs/drill/drill.hpp"
#include "certs/keeper/keeper.hpp"
#include "certs/watch/watcher.hpp"
#include "http/router.hpp"
#include "incidents/channel_orders.hpp"
#include "incidents/incidents.hpp"

#include <boost/json/object.hpp>

#include <deque>
#include <mutex>

namespace boost::asio {
class thread_pool;
}

namespace carillon::api {

namespace asio = boost::asio;

/// What the keeper's API speaks for; all of it must live longer.
struct KeeperParts {
  certs::Keeper& keeper;
  certs::Watcher& watcher;
  incidents::Incidents& incidents;
  db::Database& database;
  std::vector<notify::Channel*> channels;
  incidents::ChannelOrders& channel_orders;  ///< who chose which of them
  asio::thread_pool& workers;                ///< where what blocks is done
  const Clock& clock;
  Random& random;
  /// Who is in charge of what nobody in particular has; blocks.
  std::function<incidents::Stewardship()> in_charge;
  std::uint16_t port = 443;  ///< where our own names are reached
  /// Where the calendar programs of a person ("": of whoever sits at the machine) subscribe, with their secret.
  std::function<std::string(const std::string& person_id)> calendar_address;
  std::function<Result<certs::DrillReport>(const std::string& scenario)> drill;  ///< blocks for some seconds
};

class KeeperApi;

/// A route of the keeper: everything here is the operator's, but for how one is told oneself.
struct KeeperRoute : http::Route<KeeperApi> {
  std::string_view act;  ///< how the audit trail names what it does; "" for what only reads, or writes its own line
};

/// Any event loop.
class KeeperApi {
 public:
  explicit KeeperApi(KeeperParts parts) : parts_{std::move(parts)} {}

  /// Whether a path is one of these.
  [[nodiscard]] static bool owns(std::string_view path);
  [[nodiscard]] static std::span<const KeeperRoute> routes() noexcept;
  /// Answers one request of request.caller.
  asio::awaitable<http::Response> answer(http::Request& request);

  // The handlers of the route table (keeper_routes.cpp), by resource.
  asio::awaitable<http::Response> list_certificates(http::Request& request);
  asio::awaitable<http::Response> add_certificate(http::Request& request);
  asio::awaitable<http::Response> get_certificate(http::Request& request);
  asio::awaitable<http::Response> remove_certificate(http::Request& request);
  asio::awaitable<http::Response> renew_certificate(http::Request& request);
  asio::awaitable<http::Response> use_spare(http::Request& request);
  asio::awaitable<http::Response> history(http::Request& request);
  asio::awaitable<http::Response> signing_request(http::Request& request);
  asio::awaitable<http::Response> import_certificate(http::Request& request);

  asio::awaitable<http::Response> list_watches(http::Request& request);
  asio::awaitable<http::Response> add_watch(http::Request& request);
  asio::awaitable<http::Response> remove_watch(http::Request& request);

  asio::awaitable<http::Response> list_incidents(http::Request& request);
  asio::awaitable<http::Response> get_incident(http::Request& request);
  asio::awaitable<http::Response> acknowledge(http::Request& request);

  asio::awaitable<http::Response> list_channels(http::Request& request);
  asio::awaitable<http::Response> order_channels(http::Request& request);
  asio::awaitable<http::Response> test_channel(http::Request& request);
  asio::awaitable<http::Response> calendar(http::Request& request);
  asio::awaitable<http::Response> calendar_address(http::Request& request);
  asio::awaitable<http::Response> run_drill(http::Request& request);
  asio::awaitable<http::Response> get_drill(http::Request& request);

 private:
  /// Who is in charge of what nobody in particular has.
  asio::awaitable<incidents::Stewardship> default_stewardship();
  /// The channels, and the order in force for `person` ("" for nobody in particular).
  asio::awaitable<http::Response> channels_answer(std::string person);

  KeeperParts parts_;
  std::mutex mutex_;                       ///< of the drills
  std::deque<certs::DrillReport> drills_;  ///< the last ones, the newest last
};

}  // namespace carillon::api
