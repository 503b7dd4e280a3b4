#pragma once
// Connects the part that decides about advertisements with what is booked, what is known about listeners, and what was counted.

#include "ads/serving/ad_server.hpp"
#include "ads/store/orders.hpp"
#include "stats/log/places.hpp"
#include "stats/rollups/figures.hpp"

namespace carillon::app {

/// What figures say about listeners, without waiting for a file. Any thread.
class KnownListeners {
 public:
  KnownListeners(const stats::Places& places, stats::Figures& figures) : places_{places}, figures_{figures} {}

  [[nodiscard]] ads::ListenerFacts of(const std::string& address, const std::string& user_agent);
  /// Takes the current lists of agents. Blocks.
  void renew();

 private:
  struct Agent {
    std::string app, device;
    bool is_robot = false;
  };
  [[nodiscard]] Agent agent_of(const std::string& user_agent);

  const stats::Places& places_;
  stats::Figures& figures_;
  Mutex mutex_;
  std::shared_ptr<const stats::AgentLists> lists_ GUARDED_BY(mutex_);
  std::unordered_map<std::string, Agent> agents_ GUARDED_BY(mutex_);
};

struct AdServingParts {
  db::Database& database;
  blob::Store& media;
  const Clock& clock;
  Random& random;
  std::string_view secret;  ///< of names of arrangements
  ads::Orders& orders;
  stats::Figures& figures;
  KnownListeners& listeners;
  std::chrono::days keep;  ///< the request log
};
/// Makes a new plan after each change of orders. Blocks.
[[nodiscard]] Result<std::unique_ptr<ads::AdServer>> open_ad_server(AdServingParts parts);

}  // namespace carillon::app
