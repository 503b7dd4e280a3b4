#pragma once
// The parts of the keeper's API.

#include "certs/drill/drill.hpp"
#include "certs/keeper/keeper.hpp"
#include "certs/watch/watcher.hpp"
#include "incidents/channel_orders.hpp"
#include "incidents/incidents.hpp"
#include "incidents/quiet_people.hpp"
#include "jobs/workers.hpp"

namespace carillon::api {

namespace asio = boost::asio;

/// The parts that the keeper's API uses; all must outlive it.
struct KeeperParts {
  certs::Keeper& keeper;
  certs::Watcher& watcher;
  incidents::Incidents& incidents;
  db::Database& database;
  std::vector<notify::Channel*> channels;
  incidents::ChannelOrders& channel_orders;  ///< people's personal channel orders
  incidents::QuietPeople& quiet_people;      ///< when people don't want to be disturbed
  jobs::Workers& workers;                    ///< for blocking calls
  const Clock& clock;
  Random& random;
  /// The default steward and deputy; blocks.
  std::function<incidents::Stewardship()> in_charge;
  std::uint16_t port = 443;  ///< the public port of our own names
  /// The calendar URL of a person, with their secret; "" for an operator on the machine.
  std::function<std::string(const std::string& person_id)> calendar_address;
  std::function<Result<certs::DrillReport>(const std::string& scenario)> drill;  ///< blocks for some seconds
};

}  // namespace carillon::api
