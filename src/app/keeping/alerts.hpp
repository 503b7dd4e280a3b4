#pragma once
// Incidents, and notifying people of them through the configured channels.

#include "api/events/event_relay.hpp"
#include "api/events/events.hpp"
#include "app/keeping/channels.hpp"
#include "app/keeping/people_to_tell.hpp"
#include "incidents/channel_orders.hpp"
#include "incidents/quiet_people.hpp"
#include "jobs/node.hpp"
#include "jobs/repeater.hpp"

namespace carillon::app {

/// Used from the main thread; the objects it returns can be used from any thread.
class Alerts {
 public:
  /// All must outlive it.
  struct Parts {
    db::Database& database;
    const Clock& clock;
    Random& random;
    const DefaultStewardship& stewardship;
    const Channels& channels;
    api::EventBus& events;
    api::EventRelay& relay;
    jobs::Node& node;        ///< the node whose turns it uses
    db::Database* accounts;  ///< null if there are none
    std::string origin;      ///< the base URL of links in messages, until set_origin()
    std::string link_key;
  };
  explicit Alerts(const Parts& parts);

  [[nodiscard]] incidents::Incidents& incidents() noexcept { return *incidents_; }
  [[nodiscard]] incidents::ChannelOrders& channel_orders() noexcept { return channel_orders_; }
  [[nodiscard]] incidents::QuietPeople& quiet_people() noexcept { return quiet_people_; }
  [[nodiscard]] incidents::People& people() noexcept { return people_; }

  /// Called if an incident was changed, here or by another node; publishes an event soon. Any thread.
  void changed(const std::string& id);

  void start() { round_.start(); }
  void stop() { round_.stop(); }

 private:
  void publish(const std::string& id);

  api::EventBus& events_;
  api::EventRelay& relay_;
  jobs::Turn turn_;
  PeopleToTell people_;
  incidents::ChannelOrders channel_orders_;
  incidents::QuietPeople quiet_people_;
  std::unique_ptr<incidents::Incidents> incidents_;
  jobs::Repeater round_;
};

}  // namespace carillon::app
