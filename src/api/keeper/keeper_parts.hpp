#pragma once
// What the keeper's API is made of.

#include "certs/drill/drill.hpp"
#include "certs/keeper/keeper.hpp"
#include "certs/watch/watcher.hpp"
#include "incidents/channel_orders.hpp"
#include "incidents/incidents.hpp"
#include "jobs/workers.hpp"

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
  jobs::Workers& workers;                    ///< where what blocks is done
  const Clock& clock;
  Random& random;
  /// Who is in charge of what nobody in particular has; blocks.
  std::function<incidents::Stewardship()> in_charge;
  std::uint16_t port = 443;  ///< where our own names are reached
  /// Where the calendar programs of a person ("": of whoever sits at the machine) subscribe, with their secret.
  std::function<std::string(const std::string& person_id)> calendar_address;
  std::function<Result<certs::DrillReport>(const std::string& scenario)> drill;  ///< blocks for some seconds
};

}  // namespace carillon::api
