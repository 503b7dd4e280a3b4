// See alerts.hpp.

#include "app/keeping/alerts.hpp"

#include "api/keeper/keeper_documents.hpp"
#include "base/log.hpp"

namespace carillon::app {
namespace {

/// Incidents are reported by others without a word to the engine: it looks this often.
constexpr std::chrono::milliseconds kIncidentsRound{1'000};

}  // namespace

Alerts::Alerts(const Parts& parts)
    : events_{parts.events},
      relay_{parts.relay},
      turn_{parts.node.turn("incidents")},
      people_{parts.stewardship, parts.accounts},
      channel_orders_{parts.database, parts.channels.all()},
      quiet_people_{parts.database},
      incidents_{incidents::make_incidents(
          parts.database, parts.clock, parts.random, people_,
          {.channels = parts.channels.all(),
           .channels_of = [this](const std::string& person) { return channel_orders_.channels_of(person); },
           .quiet_until = [this](const std::string& person, Time now) { return quiet_people_.until(person, now); },
           .machine = [&stewardship = parts.stewardship] { return stewardship.now(); },
           .changed = [this](const std::string& id) { changed(id); },
           .may_send = [this] { return turn_.mine(); },
           .origin = parts.origin,
           .link_key = parts.link_key})},
      round_{parts.clock, kIncidentsRound, turn_, [this] { return incidents_->work(); }} {}

void Alerts::changed(const std::string& id) {
  relay_.note("incident " + id, [this, id] { publish(id); });
}

/// As GET /incidents/ID has it, but for whom messages reached.
void Alerts::publish(const std::string& id) {
  const auto incident = incidents_->find(id);
  if (!incident) return log::error("an event could not be delivered", {{"incident", id}, {"reason", incident.error().message}});
  auto document = api::document_of(*incident);
  document.erase("messages");
  events_.publish("incident", incident->report.in_charge.network, std::move(document));
}

}  // namespace carillon::app
