// See looks.hpp.

#include "certs/keeper/course/looks.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/keeper/history.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/schedule/members.hpp"
#include "certs/keeper/stored_certificates.hpp"
#include "certs/probe/judge.hpp"
#include "dns/names.hpp"

#include <algorithm>
#include <atomic>
#include <thread>

namespace carillon::certs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

constexpr std::chrono::milliseconds kOwnLookDeadline{10'000};
/// A new certificate that is not seen everywhere within this is an incident; a tenth of a short lifetime.
constexpr minutes kSeenPatience{10};
constexpr int kPatienceShare = 10;
constexpr int kLookShare = 20;
constexpr seconds kShortestLook{15};
/// A name that cannot be reached this many looks in a row is told of: one lost packet wakes nobody.
constexpr int kLooksBeforeTelling = 3;
constexpr int kHistoryKept = 1000;
/// The names of a group are checked in parallel, because unresponsive ones take their time.
constexpr std::size_t kMaxHostsAtOnce = 5;
/// The first label of a name that no one uses; it exists only if there is a DNS wildcard.
constexpr std::string_view kAnyHost = "carillon-check";

std::string problem_of(const std::vector<AddressSeen>& seen, const std::string& host) {
  std::string text;
  for (const auto& one : seen) {
    if (!one.problem.empty() && (one.name.empty() || one.name == host)) text += (text.empty() ? "" : "; ") + one.problem;
  }
  return text.empty() || text.ends_with('.') ? text : text + ".";
}

/// If a host has two certificates, a client that can use only one kind of key gets the one that is looked for.
KeyOffer keys_for(const NameState& entry) {
  if (entry.row.is_rsa_beside()) return KeyOffer::rsa;
  return entry.rsa_beside && entry.current && !entry.current->has_rsa_key ? KeyOffer::elliptic_curve : KeyOffer::any;
}

}  // namespace

Duration Looks::pause(const NameState& entry) const {
  const auto share = entry.current ? entry.current->validity.lifetime() / kLookShare : settings_.look_every;
  return std::clamp<Duration>(share, kShortestLook, std::max<Duration>(settings_.look_every, kShortestLook));
}

void Looks::set_hosts(std::map<std::string, std::string> hosts) {
  const Lock lock{mutex_};
  hosts_ = std::move(hosts);
}

std::string Looks::host_to_check(const std::string& name) const {
  if (!dns::is_wildcard(name)) return name;
  const Lock lock{mutex_};
  const auto found = hosts_.find(name);
  // If there is a DNS wildcard, this name exists, too.
  return found != hosts_.end() ? found->second : std::string(kAnyHost) + name.substr(1);
}

std::vector<AddressSeen> Looks::look_at(const NameState& entry, const std::string& name) {
  const auto at = now();
  const auto host = host_to_check(name);
  auto sightings = world_.prober.look({.host = host,
                                       .port = entry.row.port,
                                       .starttls = StartTls::none,
                                       .public_only = entry.row.source == Source::domain,
                                       .keys = keys_for(entry)},
                                      kOwnLookDeadline);
  std::vector<AddressSeen> seen;
  if (!sightings && sightings.error().kind == ErrorKind::not_found && host.starts_with(kAnyHost)) {
    // It's unknown where the wildcard is served; confirm() records that.
  } else if (!sightings) {
    seen.push_back({.address = host, .at = at, .serial = {}, .ours = false, .problem = sightings.error().message});
  } else {
    drop_out_of_reach(*sightings);
    for (const auto& sighting : *sightings) {
      const auto judged = identify(sighting, {.name = host, .serial = {}, .fingerprint = entry.row.current});
      AddressSeen one{.address = judged.address,
                      .at = at,
                      .serial = judged.serial,
                      .ours = judged.verdict == Verdict::seen,
                      .problem = judged.verdict == Verdict::unreachable ? judged.why : std::string{}};
      if (one.ours && entry.current && entry.current->validity.not_before > at)
        one.problem = judged.address + " serves the right certificate, but according to this machine's clock it isn't valid before " +
                      moment_text(entry.current->validity.not_before);
      if (judged.verdict == Verdict::other_certificate) {
        one.problem = judged.address + " serves a different certificate, serial " + judged.serial;
        if (judged.not_after)
          one.problem += judged.not_after <= at ? ", which has expired" : ", valid until " + moment_text(*judged.not_after);
      }
      seen.push_back(std::move(one));
    }
  }
  if (entry.row.is_group()) {
    for (auto& one : seen) one.name = name;
  }
  return seen;
}

std::map<std::string, bool> Looks::look_everywhere(NameState& entry) {
  // A name that the certificate lacks has its own incident.
  auto hosts = entry.row.hosts();
  if (entry.current) std::erase_if(hosts, [&](const std::string& host) { return !is_for(*entry.current, entry.row, host); });
  std::vector<std::vector<AddressSeen>> found(hosts.size());
  if (hosts.size() == 1) {
    found.front() = look_at(entry, hosts.front());
  } else {
    std::atomic<std::size_t> next = 0;
    std::vector<std::jthread> lookers;
    for (std::size_t i = 0; i < std::min(kMaxHostsAtOnce, hosts.size()); ++i) {
      lookers.emplace_back([&] {
        for (auto mine = next++; mine < hosts.size(); mine = next++) {
          try {
            found[mine] = look_at(entry, hosts[mine]);
          } catch (const std::exception& error) {
            found[mine] = {
                {.address = hosts[mine], .at = now(), .serial = {}, .ours = false, .problem = error.what(), .name = hosts[mine]}};
          }
        }
      });
    }
  }
  std::map<std::string, bool> good;
  entry.looks.seen.clear();
  for (std::size_t i = 0; i < hosts.size(); ++i) {
    good[hosts[i]] = std::ranges::all_of(found[i], [](const AddressSeen& one) { return one.ours && one.problem.empty(); });
    std::ranges::move(found[i], std::back_inserter(entry.looks.seen));
  }
  return good;
}

void Looks::confirm(NameState& entry) {
  auto& row = entry.row;
  const auto good = look_everywhere(entry);
  const auto at = now();
  entry.looks.next = at + pause(entry);
  const auto bad = [](const auto& one) { return !one.second; };
  if (std::ranges::any_of(good, bad)) {
    const auto waited = at - row.step_at;
    const auto patience =
        entry.current ? std::min<Duration>(kSeenPatience, entry.current->validity.lifetime() / kPatienceShare) : kSeenPatience;
    // Densely at first: a reload takes a moment, an address record an hour.
    row.next_try = at + std::clamp<Duration>(waited / 4, seconds{1}, pause(entry));
    if (waited < patience) return;
    for (const auto& [host, seen] : good) {
      if (!seen && !entry.reported.not_seen.contains(host)) report(entry, host);
    }
    // In a group, one name that isn't reachable doesn't hold up what depends on the others; look() closes its incident.
    if (std::ranges::all_of(good, bad)) return;
  }
  std::vector<std::string> confirmed;
  for (const auto& [host, seen] : good) {
    if (seen) confirmed.push_back(host);
  }
  row.step = Step::seen;
  row.step_at = row.next_try = at;
  row.failures = row.issuer_failures = 0;
  row.first_failure.reset();
  row.last_error.clear();
  row.fresh.clear();
  row.reminded.reset();
  entry.reported.late = false;
  for (const auto& host : confirmed) {
    entry.looks.failed.erase(host);
    entry.reported.not_seen.erase(host);
  }
  const auto where = places_of(entry, good);
  inventory_.commit(
      entry, {{at, std::string(name_of(Step::seen)), entry.current ? entry.current->issuer : row.issuer, where}},
      [&](db::Session& session) -> Result<> {
        mark_seen(session, row.current, at);
        prune_history(session, row.name, kHistoryKept);
        const auto good_until =
            entry.current ? " It is valid until " + moment_text(entry.current->validity.not_after) + "." : std::string{};
        const auto how = "The new certificate for " + row.spoken() +
                         (entry.looks.seen.empty() ? " is installed." : " is being served and has been verified from outside.") +
                         good_until;
        for (const auto* kind : {"renewal-failed", "manual-renewal", kRevoked}) {
          if (kind == std::string_view{kRevoked} && entry.current && entry.current->revoked) continue;
          if (auto solved = world_.incidents.solve(session, kind, row.name, how); !solved) return solved;
        }
        for (const auto& host : confirmed) {
          if (auto solved = world_.incidents.solve(session, kNotSeen, row.subject_of(host), how); !solved) return solved;
        }
        return {};
      },
      false);
}

std::string Looks::places_of(const NameState& entry, const std::map<std::string, bool>& good) const {
  std::string where, except;
  for (const auto& one : entry.looks.seen) {
    if (!one.ours) continue;
    const auto place = entry.row.is_group() ? one.name + " at " + one.address : one.address;
    where += (!where.empty() ? ", " : entry.row.is_group() ? "" : "at ") + place;
  }
  for (const auto& [host, seen] : good) {
    if (!seen) except += (except.empty() ? "; not verified: " : ", ") + host;
  }
  if (where.empty())
    return "not verified from outside, because no host under " + listed(entry.row.hosts()) + " is known; set `host` in an export";
  return where + except;
}

void Looks::look(NameState& entry) {
  const auto good = look_everywhere(entry);
  entry.looks.next = now() + pause(entry);
  for (const auto& [host, seen] : good) {
    if (seen) {
      entry.looks.failed.erase(host);
      if (entry.reported.not_seen.contains(host)) solve(entry, host);
      continue;
    }
    const auto failed = ++entry.looks.failed[host];
    // Another certificate than ours is told at once on the second look; silence after a few.
    const bool other = std::ranges::any_of(entry.looks.seen, [&](const AddressSeen& one) {
      return (one.name.empty() || one.name == host) && !one.ours && !one.serial.empty();
    });
    if (!entry.reported.not_seen.contains(host) && failed >= (other ? 2 : kLooksBeforeTelling)) report(entry, host);
  }
}

void Looks::report(NameState& entry, const std::string& host) {
  const auto problem = problem_of(entry.looks.seen, host);
  entry.reported.not_seen.insert(host);
  const HistoryLine line{now(), "not seen", entry.current ? entry.current->issuer : "",
                         entry.row.is_group() ? host + ": " + problem : problem};
  const auto written = world_.database.write_now([&](db::Session& session) -> Result<> {
    add_history(session, entry.row.name, line);
    inventory_.note_change(entry.row.name, 1);
    auto reported = world_.incidents.report(session, watched_report(entry.row, host, problem, entry.validity(), now()));
    if (!reported) return forward_error(reported);
    return {};
  });
  if (written) return inventory_.tell(entry.row, line);
  log::error("an incident could not be opened", {{"name", host}, {"reason", written.error().message}});
  entry.reported.not_seen.erase(host);
}

void Looks::solve(NameState& entry, const std::string& host) {
  const HistoryLine line{now(), "seen again", entry.current ? entry.current->issuer : "",
                         (entry.row.is_group() ? host + ": " : std::string{}) + "every address serves the active certificate"};
  const auto solved = world_.database.write_now([&](db::Session& session) -> Result<> {
    add_history(session, entry.row.name, line);
    inventory_.note_change(entry.row.name, 1);
    return world_.incidents.solve(session, kNotSeen, entry.row.subject_of(host),
                                  "Every address of " + host + " serves the right certificate again.");
  });
  if (solved) {
    entry.reported.not_seen.erase(host);
    inventory_.tell(entry.row, line);
  } else {
    log::error("an incident could not be closed", {{"name", host}, {"reason", solved.error().message}});
  }
}

}  // namespace carillon::certs
