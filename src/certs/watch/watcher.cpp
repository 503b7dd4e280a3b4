// See watcher.hpp.

#include "certs/watch/watcher.hpp"

#include "base/log.hpp"
#include "certs/revocation/revocations.hpp"
#include "certs/watch/watch_queries.hpp"
#include "dns/names.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace carillon::certs {
namespace {

constexpr std::chrono::seconds kRememberEvery{30};

Result<> check(Target& target) {
  auto host = dns::host_name(target.host);
  if (!host)
    return fail(ErrorKind::invalid,
                "“" + target.host + "” isn't a host that can be watched; use a DNS name or an address, e.g. mail.example.org:993.", "host");
  target.host = std::move(*host);
  if (!target.server_name.empty()) {
    auto name = dns::host_name(target.server_name);
    if (!name) return fail(ErrorKind::invalid, "“" + target.server_name + "” isn't a name that a certificate can be for.", "name");
    target.server_name = *name == target.host ? std::string{} : std::move(*name);
  }
  if (target.port == 0) return fail(ErrorKind::invalid, "Port 0 can't be watched; use a port from 1 to 65535.", "port");
  return {};
}

/// What is known about the certificates that were seen, in the order of the sightings. Has them checked from now on.
std::vector<std::optional<Revocation>> revocations_of(db::Session& session, std::span<const Sighting> sightings, Time now) {
  std::vector<std::optional<Revocation>> found;
  for (const auto& sighting : sightings) {
    std::vector<crypto::Certificate> chain;
    for (const auto& der : sighting.chain) {
      if (chain.size() == crypto::kLongestChain) break;
      if (auto link = crypto::Certificate::from_der(der)) chain.push_back(std::move(*link));
    }
    found.emplace_back();
    // Its issuer's name tells nothing about whether the first could be read.
    if (chain.empty() || chain.front().serial_hex() != sighting.serial) continue;
    Revocations::want(session, chain, now);
    found.back() = find_revocation(session, crypto::fingerprint(chain.front()));
  }
  return found;
}

}  // namespace

void Watcher::set_trust(crypto::Trust trust) {
  auto fresh = std::make_shared<const crypto::Trust>(std::move(trust));
  const Lock lock{mutex_};
  trust_ = std::move(fresh);
}

std::vector<Watch> Watcher::latest() const {
  const Lock lock{mutex_};
  return latest_;
}

void Watcher::remember() {
  auto all = list();
  if (!all) return;
  const Lock lock{mutex_};
  latest_ = std::move(*all);
}

Result<> Watcher::add(Target target, const incidents::Stewardship& in_charge, std::vector<crypto::Finding> accepted) {
  if (auto checked = check(target); !checked) return checked;
  for (const auto finding : accepted) {
    if (finding == crypto::Finding::revoked)
      return fail(ErrorKind::invalid, "“revoked” can't be accepted: clients that check for revocation reject such a certificate.",
                  "accept");
    if (finding == crypto::Finding::expired || finding == crypto::Finding::not_yet_valid)
      return fail(
          ErrorKind::invalid,
          "“" + std::string(crypto::name_of(finding)) + "” can't be accepted: a watch always reports problems with a certificate's dates.",
          "accept");
  }
  const auto now = parts_.clock.now();
  Watch watch{.target = std::move(target), .in_charge = in_charge, .added = now, .next_look = now, .last_look = {}};
  watch.accepted = std::move(accepted);
  auto put = parts_.database.write_now([&](db::Session& session) { return put_watch(session, watch); });
  changed_ = true;
  return put;
}

Result<> Watcher::remove(Target target) {
  if (auto checked = check(target); !checked) return checked;
  auto removed = parts_.database.write_now([&](db::Session& session) -> Result<> {
    const auto watch = find_watch(session, target);
    if (!watch || !*watch) return fail(ErrorKind::not_found, watch_name(target) + " isn't watched; see carillon cert list.");
    for (const auto& kind : (*watch)->trouble) {
      if (auto solved = parts_.incidents.solve(session, kind, (*watch)->subject(), watch_name(target) + " is no longer watched."); !solved)
        return solved;
    }
    if (auto gone = remove_watch(session, target); !gone) return forward_error(gone);
    return {};
  });
  changed_ = true;
  return removed;
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
  std::shared_ptr<const crypto::Trust> trust;
  {
    const Lock lock{mutex_};
    trust = trust_;
  }
  std::atomic<std::size_t> next = 0;
  {
    std::vector<std::jthread> lookers;
    for (std::size_t i = 0; i < std::min(kLooksAtOnce, due->size()); ++i) {
      lookers.emplace_back([&] {
        for (auto mine = next++; mine < due->size(); mine = next++) look_at((*due)[mine], *trust);
      });
    }
  }
  // Reading everything is not for every round: only when something is new here, and now and then for what other nodes have seen.
  if (changed_.exchange(false) || !due->empty() || !remembered_ || now - *remembered_ >= kRememberEvery || now < *remembered_) {
    remember();
    remembered_ = now;
  }
  const auto first = parts_.database.read_now(next_due_look);
  if (!first) return now + kShortestRest;
  // What could not be recorded is still due: not at once again.
  if (*first && !due->empty()) return std::max(**first, now + kShortestRest);
  return *first;
}

void Watcher::look_at(const Target& target, const crypto::Trust& trust) {
  const auto looked = parts_.prober.look(target, parts_.deadline);
  const auto recorded = parts_.database.write_now([&](db::Session& session) -> Result<> {
    // Read anew: it may have gone, or got another steward, while we looked.
    auto watch = find_watch(session, target);
    if (!watch) return forward_error(watch);
    if (!*watch) return {};
    const auto now = parts_.clock.now();
    const auto revocations =
        parts_.revocations && looked ? revocations_of(session, *looked, now) : std::vector<std::optional<Revocation>>{};
    const auto assessment = assess(std::move(**watch), looked, trust, now, parts_.longest_notice, revocations);
    for (const auto& report : assessment.reports) {
      if (auto reported = parts_.incidents.report(session, report); !reported) return forward_error(reported);
    }
    for (const auto& [kind, how] : assessment.solved) {
      if (auto solved = parts_.incidents.solve(session, kind, assessment.watch.subject(), how); !solved) return solved;
    }
    return record_look(session, assessment.watch);
  });
  if (!recorded)
    log::error("the result of a watch could not be stored", {{"target", watch_name(target)}, {"error", recorded.error().message}});
}

}  // namespace carillon::certs
