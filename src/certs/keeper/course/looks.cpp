// See looks.hpp.

#include "certs/keeper/course/looks.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/keeper/history.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/stored_certificates.hpp"
#include "certs/probe/judge.hpp"
#include "dns/names.hpp"

#include <algorithm>

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
/// The first label of a name that no one uses; it exists only if there is a DNS wildcard.
constexpr std::string_view kAnyHost = "carillon-check";

std::string problem_of(const std::vector<AddressSeen>& seen) {
  std::string text;
  for (const auto& one : seen) {
    if (!one.problem.empty()) text += (text.empty() ? "" : "; ") + one.problem;
  }
  return text.empty() || text.ends_with('.') ? text : text + ".";
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

std::string Looks::host_of(const KeptName& row) const {
  if (!dns::is_wildcard(row.name)) return row.name;
  const Lock lock{mutex_};
  const auto found = hosts_.find(row.name);
  // If there is a DNS wildcard, this name exists, too.
  return found != hosts_.end() ? found->second : std::string(kAnyHost) + row.name.substr(1);
}

bool Looks::seen_everywhere(NameState& entry) {
  const auto at = now();
  const auto host = host_of(entry.row);
  auto sightings = world_.prober.look(
      {.host = host, .port = entry.row.port, .starttls = StartTls::none, .public_only = entry.row.source == Source::domain},
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
  entry.looks.seen = std::move(seen);
  return std::ranges::all_of(entry.looks.seen, [](const AddressSeen& one) { return one.ours && one.problem.empty(); });
}

void Looks::confirm(NameState& entry) {
  auto& row = entry.row;
  const bool seen = seen_everywhere(entry);
  const auto at = now();
  entry.looks.next = at + pause(entry);
  if (!seen) {
    const auto waited = at - row.step_at;
    const auto patience =
        entry.current ? std::min<Duration>(kSeenPatience, entry.current->validity.lifetime() / kPatienceShare) : kSeenPatience;
    // Densely at first: a reload takes a moment, an address record an hour.
    row.next_try = at + std::clamp<Duration>(waited / 4, seconds{1}, pause(entry));
    if (waited >= patience && !entry.reported.not_seen) report(entry);
    return;
  }
  row.step = Step::seen;
  row.step_at = row.next_try = at;
  row.failures = row.issuer_failures = 0;
  row.first_failure.reset();
  row.last_error.clear();
  row.fresh.clear();
  row.reminded.reset();
  entry.looks.failed = 0;
  entry.reported.not_seen = entry.reported.late = false;
  std::string where;
  for (const auto& one : entry.looks.seen) where += (where.empty() ? "at " : ", ") + one.address;
  if (where.empty()) where = "not verified from outside, because no host under " + row.name + " is known; set `host` in an export";
  inventory_.commit(
      entry, {{at, std::string(name_of(Step::seen)), entry.current ? entry.current->issuer : row.issuer, where}},
      [&](db::Session& session) -> Result<> {
        mark_seen(session, row.current, at);
        prune_history(session, row.name, kHistoryKept);
        const auto good_until =
            entry.current ? " It is valid until " + moment_text(entry.current->validity.not_after) + "." : std::string{};
        for (const auto* kind : {"renewal-failed", "manual-renewal", kNotSeen, kRevoked}) {
          if (kind == std::string_view{kRevoked} && entry.current && entry.current->revoked) continue;
          if (auto solved = world_.incidents.solve(
                  session, kind, row.name,
                  "The new certificate for " + row.name +
                      (entry.looks.seen.empty() ? " is installed." : " is being served and has been verified from outside.") + good_until);
              !solved)
            return solved;
        }
        return {};
      },
      false);
}

void Looks::look(NameState& entry) {
  const bool seen = seen_everywhere(entry);
  entry.looks.next = now() + pause(entry);
  if (seen) {
    entry.looks.failed = 0;
    if (entry.reported.not_seen) solve(entry);
    return;
  }
  ++entry.looks.failed;
  // Another certificate than ours is told at once on the second look; silence after a few.
  const bool other = std::ranges::any_of(entry.looks.seen, [](const AddressSeen& one) { return !one.ours && !one.serial.empty(); });
  if (!entry.reported.not_seen && entry.looks.failed >= (other ? 2 : kLooksBeforeTelling)) report(entry);
}

void Looks::report(NameState& entry) {
  const auto problem = problem_of(entry.looks.seen);
  entry.reported.not_seen = true;
  const HistoryLine line{now(), "not seen", entry.current ? entry.current->issuer : "", problem};
  const auto written = world_.database.write_now([&](db::Session& session) -> Result<> {
    add_history(session, entry.row.name, line);
    inventory_.note_change(entry.row.name, 1);
    auto reported = world_.incidents.report(session, watched_report(entry.row, problem, entry.validity(), now()));
    if (!reported) return forward_error(reported);
    return {};
  });
  if (written) return inventory_.tell(entry.row, line);
  log::error("an incident could not be opened", {{"name", entry.row.name}, {"reason", written.error().message}});
  entry.reported.not_seen = false;
}

void Looks::solve(NameState& entry) {
  const HistoryLine line{now(), "seen again", entry.current ? entry.current->issuer : "", "every address serves the active certificate"};
  const auto solved = world_.database.write_now([&](db::Session& session) -> Result<> {
    add_history(session, entry.row.name, line);
    inventory_.note_change(entry.row.name, 1);
    return world_.incidents.solve(session, kNotSeen, entry.row.name,
                                  "Every address of " + entry.row.name + " serves the right certificate again.");
  });
  if (solved) {
    entry.reported.not_seen = false;
    inventory_.tell(entry.row, line);
  } else {
    log::error("an incident could not be closed", {{"name", entry.row.name}, {"reason", solved.error().message}});
  }
}

}  // namespace carillon::certs
