// See housekeeping.hpp.

#include "app/housekeeping.hpp"

#include "accounts/people/accounts.hpp"
#include "base/log.hpp"
#include "incidents/token_reminders.hpp"

namespace carillon::app {
namespace {

constexpr std::chrono::hours kSweepEvery{1};
constexpr std::chrono::seconds kRefusalsRound{1};
/// A domain that was just added is looked at every few seconds.
constexpr std::chrono::seconds kDomainsRound{5};
/// Somebody may sit and wait for a mail.
constexpr std::chrono::milliseconds kMailsRound{250};
constexpr std::chrono::hours kTokensRound{1};
constexpr std::chrono::seconds kLookEvery{10};
constexpr std::chrono::seconds kClockEvery{5};
/// Listener keys are destroyed in time, and a segment of the request log is compressed soon after it is complete; one after the other, with
/// a pause in between.
constexpr std::chrono::seconds kTendEvery{60};
constexpr std::chrono::seconds kTendNext{1};

/// What has ended is dropped now and then: sessions, links, answers kept for repeated writes.
std::optional<Time> sweep(const Housekeeping& parts) {
  for (const auto& swept : {accounts::sweep_now(parts.database, parts.clock), parts.idempotency.sweep_now(), parts.refusals.sweep_now()}) {
    if (!swept) log::warning("expired data could not be deleted", {{"reason", swept.error().message}});
  }
  return parts.clock.now() + kSweepEvery;
}

std::optional<Time> remove_old_requests(const Housekeeping& parts) {
  if (const auto removed = parts.retention.remove_old(parts.clock.now(), std::chrono::steady_clock::now()); !removed)
    log::warning("old requests could not be deleted from the request log", {{"reason", removed.error().message}});
  return parts.clock.now() + kSweepEvery;
}

}  // namespace

stats::PlaceFiles place_files_of(const Configuration& configuration, const DataFolder& data) {
  const auto file = [&](const std::string& configured, const char* name) {
    return configured.empty() ? data.lists() / name : std::filesystem::path{configured};
  };
  for (const auto& configured : {configuration.places, configuration.networks, configuration.data_centres}) {
    std::error_code none;
    if (!configured.empty() && !std::filesystem::exists(configured, none))
      log::error("a file listed in [requests] is missing; requests are recorded without its data", {{"file", configured}});
  }
  return {.places = file(configuration.places, "places.mmdb"),
          .networks = file(configuration.networks, "networks.mmdb"),
          .data_centres = file(configuration.data_centres, "data-centres.csv"),
          .vpns = data.lists() / "vpns.csv",
          .shared = data.lists() / "shared-addresses.csv"};
}

void tell_refusals(accounts::Refusals& refusals) {
  if (const auto outcome = refusals.flush_now(); !outcome)
    log::warning("refused attempts could not be written to the audit trail", {{"reason", outcome.error().message}});
}

void add_housekeeping(Rounds& rounds, const Housekeeping& parts) {
  const auto each_node = jobs::Turn::of_each_node();
  rounds.add(parts.clock, kSweepEvery, parts.node.turn("sweep"), [parts] { return sweep(parts); });
  // Each node has its own request log.
  rounds.add(parts.clock, kSweepEvery, each_node, [parts] { return remove_old_requests(parts); });
  // Apart from the sweep, so that compressing holds nothing up.
  rounds.add(parts.clock, kTendEvery, each_node, [&log = parts.log, &places = parts.places, &clock = parts.clock]() -> std::optional<Time> {
    places.refresh();
    return clock.now() + (log.tend() ? kTendNext : kTendEvery);
  });
  // They are counted in this process's memory.
  rounds.add(parts.clock, kRefusalsRound, each_node, [&refusals = parts.refusals]() -> std::optional<Time> {
    tell_refusals(refusals);
    return {};
  });
  rounds.add(parts.clock, kDomainsRound, parts.node.turn("domains"), [&domains = parts.domains] { return domains.work(); });
  // They wait in this process's memory.
  rounds.add(parts.clock, kMailsRound, each_node, [&mails = parts.mails] { return mails.work(); });
  rounds.add(parts.clock, kTokensRound, parts.node.turn("token reminders"), [parts]() -> std::optional<Time> {
    incidents::remind_of_tokens(parts.database, parts.incidents, parts.clock);
    return {};
  });
  // What this node's users can do.
  rounds.add(parts.clock, kLookEvery, each_node, [&status = parts.status, &clock = parts.clock]() -> std::optional<Time> {
    status.look();
    return clock.now() + kLookEvery;
  });
  rounds.add(parts.clock, kLookEvery, parts.node.turn("lost media"),
             [&lost_media = parts.lost_media, &clock = parts.clock]() -> std::optional<Time> {
               lost_media.look();
               return clock.now() + kLookEvery;
             });
  rounds.add(parts.clock, kClockEvery, each_node, [&clock_watch = parts.clock_watch]() -> std::optional<Time> {
    clock_watch.look();
    return {};
  });
}

}  // namespace carillon::app
