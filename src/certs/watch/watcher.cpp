// See watcher.hpp.

#include "certs/watch/watcher.hpp"

#include "base/log.hpp"
#include "certs/watch/watch_queries.hpp"
#include "dns/names.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace carillon::certs {
namespace {

Result<> check(Target& target) {
  auto host = dns::host_name(target.host);
  if (!host)
    return fail(ErrorKind::invalid,
                "“" + target.host + "” isn't a host that can be watched; use a DNS name or an address, e.g. mail.example.org:993.", "host");
  target.host = std::move(*host);
  if (target.port == 0) return fail(ErrorKind::invalid, "Port 0 can't be watched; use a port from 1 to 65535.", "port");
  return {};
}

}  // namespace

Result<> Watcher::add(Target target, const incidents::Stewardship& in_charge) {
  if (auto checked = check(target); !checked) return checked;
  const auto now = parts_.clock.now();
  Watch watch{.target = std::move(target), .in_charge = in_charge, .added = now, .next_look = now, .last_look = {}};
  return parts_.database.write_now([&](db::Session& session) { return put_watch(session, watch); });
}

Result<> Watcher::remove(Target target) {
  if (auto checked = check(target); !checked) return checked;
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    const auto watch = find_watch(session, target);
    if (!watch || !*watch) return fail(ErrorKind::not_found, target.text() + " isn't watched; see carillon cert list.");
    for (const auto& kind : (*watch)->trouble) {
      if (auto solved = parts_.incidents.solve(session, kind, (*watch)->subject(), target.text() + " is no longer watched."); !solved)
        return solved;
    }
    if (auto removed = remove_watch(session, target); !removed) return forward_error(removed);
    return {};
  });
}

Result<std::vector<Watch>> Watcher::list() { return parts_.database.read_now(all_watches); }

Result<> Watcher::clock_set_back(const SetBack& jump) {
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    clock_set_back_for_watches(session, jump);
    return {};
  });
}

std::optional<Time> Watcher::work() {
  const auto now = parts_.clock.now();
  const auto due = parts_.database.read_now([&](db::Session& session) { return due_watches(session, now); });
  if (!due) {
    log::error("due watches could not be read", {{"error", due.error().message}});
    return now + kShortestRest;
  }
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> lookers;
    for (std::size_t i = 0; i < std::min(kLooksAtOnce, due->size()); ++i) {
      lookers.emplace_back([&] {
        for (auto mine = next++; mine < due->size(); mine = next++) look_at((*due)[mine]);
      });
    }
  }
  const auto first = parts_.database.read_now(next_due_look);
  if (!first) return now + kShortestRest;
  // What could not be recorded is still due: not at once again.
  if (*first && !due->empty()) return std::max(**first, now + kShortestRest);
  return *first;
}

void Watcher::look_at(const Target& target) {
  const auto looked = parts_.prober.look(target, parts_.deadline);
  const auto recorded = parts_.database.write_now([&](db::Session& session) -> Result<> {
    // Read anew: it may have gone, or got another steward, while we looked.
    auto watch = find_watch(session, target);
    if (!watch) return forward_error(watch);
    if (!*watch) return {};
    const auto assessment = assess(std::move(**watch), looked, trust_, parts_.clock.now());
    for (const auto& report : assessment.reports) {
      if (auto reported = parts_.incidents.report(session, report); !reported) return forward_error(reported);
    }
    for (const auto& [kind, how] : assessment.solved) {
      if (auto solved = parts_.incidents.solve(session, kind, assessment.watch.subject(), how); !solved) return solved;
    }
    return record_look(session, assessment.watch);
  });
  if (!recorded) log::error("the result of a watch could not be stored", {{"target", target.text()}, {"error", recorded.error().message}});
}

}  // namespace carillon::certs
