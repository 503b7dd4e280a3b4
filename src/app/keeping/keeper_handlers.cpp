// See keeper_handlers.hpp.

#include "app/keeping/keeper_handlers.hpp"

#include "accounts/store/contacts.hpp"
#include "base/log.hpp"
#include "certs/drill/drill.hpp"
#include "certs/keeper/kept_calendar.hpp"

namespace carillon::app {
namespace {

/// For what the API asks and must wait for.
constexpr std::size_t kWorkers = 2;

incidents::Holders holders_of(const KeeperHandlers::Parts& parts) {
  incidents::Holders holders{
      .has_left = {},
      .acknowledged = [&database = parts.database, &clock = parts.clock, &random = parts.random](
                          const std::string& incident, const std::string& person, const std::string& address_prefix) {
        const auto recorded = database.write_now([&](db::Session& session) -> Result<> {
          accounts::record(session, clock, random, {.id = "", .name = person, .address_prefix = address_prefix},
                           {.network = "", .what = "incident.acknowledge", .subject = incident, .was = {}, .became = {{"by", "link"}}});
          return {};
        });
        if (!recorded)
          log::error("an audit entry could not be written",
                     {{"act", "incident.acknowledge"}, {"subject", incident}, {"reason", recorded.error().message}});
      }};
  if (parts.accounts)
    holders.has_left = [&accounts = *parts.accounts](const std::string& address, Time when) {
      return accounts::has_left_now(accounts, address, when);
    };
  return holders;
}

}  // namespace

KeeperHandlers::KeeperHandlers(const Parts& parts)
    : workers_{std::in_place, "keeper", kWorkers},
      calendar_{parts.link_key, parts.accounts},
      acknowledging_{parts.database, parts.alerts.incidents(), parts.clock, parts.link_key, holders_of(parts)},
      site_{{.challenges = parts.certificates.challenges(),
             .acknowledging = acknowledging_,
             .keeper = parts.certificates.keeper(),
             .watched =
                 [&certificates = parts.certificates, &clock = parts.clock] {
                   site::KeeperSite::Parts::Watched watched;
                   for (const auto& watch : certificates.watcher().latest()) {
                     ++watched.all;
                     // One that was just added has not been looked at.
                     watched.unwell += watch.last_look && watch.state(clock.now()) != "ok" ? 1 : 0;
                   }
                   return watched;
                 },
             .workers = *workers_,
             .clock = parts.clock,
             .origin = parts.origin,
             .ready = parts.ready,
             .opens_calendar = [this](const std::string& token) { return calendar_.opens(token); },
             .refused_calendar = parts.refused_calendar,
             .calendar = [&certificates = parts.certificates,
                          &clock = parts.clock] { return certs::kept_calendar(certificates.keeper(), certificates.watcher(), clock); }}},
      api_{{.keeper = parts.certificates.keeper(),
            .watcher = parts.certificates.watcher(),
            .incidents = parts.alerts.incidents(),
            .database = parts.database,
            .channels = parts.channels.all(),
            .channel_orders = parts.alerts.channel_orders(),
            .quiet_people = parts.alerts.quiet_people(),
            .workers = *workers_,
            .clock = parts.clock,
            .random = parts.random,
            .in_charge = [&stewardship = parts.stewardship] { return stewardship.now(); },
            .port = parts.port,
            .calendar_address =
                [this, origin = parts.origin](const std::string& person_id) {
                  return origin + "/api/v1/calendar.ics?token=" + calendar_.token_of(person_id);
                },
            .drill =
                [&database = parts.database, &clock = parts.clock, &random = parts.random, &people = parts.alerts.people(),
                 &stewardship = parts.stewardship, scratch = parts.data.drills()](const std::string& scenario) {
                  return certs::run_drill(scenario, {.database = database,
                                                     .clock = clock,
                                                     .random = random,
                                                     .people = people,
                                                     .in_charge = stewardship.now(),
                                                     .scratch = scratch});
                }}} {}

}  // namespace carillon::app
