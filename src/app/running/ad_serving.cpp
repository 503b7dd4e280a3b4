// See ad_serving.hpp.

#include "app/running/ad_serving.hpp"

#include "jobs/living.hpp"

namespace carillon::app {
namespace {

/// Agents whose apps are known; with more, all are looked up again.
constexpr std::size_t kMaxAgents = 20'000;

}  // namespace

void KnownListeners::renew() {
  auto lists = figures_.agent_lists();
  const Lock lock{mutex_};
  if (lists == lists_) return;
  lists_ = std::move(lists);
  agents_.clear();
}

KnownListeners::Agent KnownListeners::agent_of(const std::string& user_agent) {
  std::shared_ptr<const stats::AgentLists> lists;
  {
    const Lock lock{mutex_};
    if (const auto found = agents_.find(user_agent); found != agents_.end()) return found->second;
    lists = lists_;
  }
  if (!lists) return {};
  auto known = lists->of(user_agent);
  Agent agent{
      .app = std::move(known.app), .device = std::move(known.device), .is_robot = known.kind == stats::AgentKind::bot || known.automatic};
  const Lock lock{mutex_};
  if (agents_.size() >= kMaxAgents) agents_.clear();
  agents_.emplace(user_agent, agent);
  return agent;
}

ads::ListenerFacts KnownListeners::of(const std::string& address, const std::string& user_agent) {
  auto agent = agent_of(user_agent);
  ads::ListenerFacts facts{.app = std::move(agent.app), .device = std::move(agent.device), .is_robot = agent.is_robot};
  if (const auto parsed = IpAddress::parse(address, IpAddress::Zone::dropped)) {
    auto place = places_.of(*parsed);
    facts.country = std::move(place.country);
    facts.region = std::move(place.region);
  }
  return facts;
}

Result<std::unique_ptr<ads::AdServer>> open_ad_server(AdServingParts parts) {
  const auto booked = [&orders = parts.orders, &listeners = parts.listeners](Time now) -> Result<ads::Booked> {
    listeners.renew();
    ads::Booked all;
    const auto networks = orders.networks(now);
    if (!networks) return std::unexpected(networks.error());
    for (const auto& network : *networks) {
      auto live = orders.live(network, now);
      if (!live) return forward_error(live);
      all.orders.insert(all.orders.end(), std::move_iterator{live->begin()}, std::move_iterator{live->end()});
      auto rules = orders.rules(network);
      if (!rules) return forward_error(rules);
      all.rules.merge(*rules);
    }
    return all;
  };
  auto server = ads::AdServer::open(
      {.database = parts.database,
       .media = parts.media,
       .clock = parts.clock,
       .random = parts.random,
       .name_key = delivery::name_key_of(parts.secret),
       .booked = booked,
       .delivered = [&figures = parts.figures, &clock = parts.clock](Time since) -> Result<ads::Outcomes> {
         // Before the figures: what is counted in between is known, but not relied on.
         const auto counted = figures.counted_until(clock.now());
         if (!counted) return std::unexpected(counted.error());
         auto delivered = figures.delivered(since);
         if (!delivered) return forward_error(delivered);
         return ads::Outcomes{.delivered = std::move(*delivered), .decided = {}, .counted = *counted};
       },
       .facts = [&listeners = parts.listeners](const std::string& address,
                                               const std::string& user_agent) { return listeners.of(address, user_agent); },
       .nodes = [&database = parts.database] { return jobs::living_nodes(database); },
       .keep = parts.keep});
  if (server) parts.orders.on_change([&changed = **server](const std::string&) { changed.orders_changed(); });
  return server;
}

}  // namespace carillon::app
