// See members.hpp.

#include "certs/keeper/course/members.hpp"

#include "base/log.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/schedule/members.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// How often we check whether a left-out name can be verified again; a share of a short lifetime.
constexpr minutes kCheckEvery{10};
constexpr seconds kShortestCheck{5};
/// Let's Encrypt accepts 5 failed authorizations of a name in an hour.
constexpr minutes kPauseWhenOften{20};
/// After a database error.
constexpr minutes kReportAgain{1};

}  // namespace

bool Members::can_be_verified(const NameState& entry, const std::string& host) {
  const auto* settings = issuers_.find(entry.row.issuer);
  return solvers_.check(host, settings ? settings->challenge : std::string_view{}).has_value();
}

Duration Members::check_pause(const NameState& entry) const {
  return std::max<Duration>(within_lifetime(kCheckEvery, entry.current), kShortestCheck);
}

bool Members::readmit(NameState& entry) {
  const auto at = now();
  for (auto& member : entry.row.members) {
    if (!member.left_out || member.again_at <= at) continue;
    auto& check = entry.self_checks[member.name];
    if (check.next > at) continue;
    check.next = at + check_pause(entry);
    const bool good = can_be_verified(entry, member.name);
    // What our check doesn't notice, only the CA can tell, at its own time.
    if (good && check.failing) member.again_at = at;
    check.failing = !good;
  }
  const auto hosts = lacking(entry);
  return std::ranges::any_of(hosts, [&](const std::string& host) { return entry.row.member(host)->again_at <= at; });
}

void Members::postpone(NameState& entry, Time until) const {
  for (const auto& host : lacking(entry)) {
    auto& member = *entry.row.member(host);
    member.again_at = std::max(member.again_at, until);
    entry.self_checks[host].next = std::max(entry.self_checks[host].next, until);
  }
}

bool Members::leave_out(NameState& entry, const std::string& what, const acme::Failure& failure) {
  auto& row = entry.row;
  const auto at = now();
  std::vector<std::string> failing, remaining;
  for (const auto& host : row.order_names) {
    if (!row.member(host)) continue;  // it was removed from the group in the meantime
    (failure.of_names.contains(host) ? failing : remaining).push_back(host);
  }
  if (failing.empty() || remaining.empty()) return false;
  if (row.for_spare) {
    // A spare is no reason to change what is served: it just includes fewer names.
    entry.attempt.without.insert(failing.begin(), failing.end());
    return false;
  }
  bool patient = false;
  for (const auto& host : failing) {
    auto& member = *row.member(host);
    ++member.failures;
    if (!member.first_failure) member.first_failure = at;
    member.last_error = what + ": " + failure.of_names.at(host);
    const bool included =
        entry.current && is_for(*entry.current, row, host) && entry.current->validity.holds(at) && !entry.current->revoked;
    patient = patient || (included && member.failures < kFailuresBeforeLeftOut && at < emergency_from(entry.current->validity));
  }
  if (patient) return false;
  std::vector<HistoryLine> lines;
  for (const auto& host : failing) {
    auto& member = *row.member(host);
    member.left_out = true;
    auto pause = attempts_.pause_after(entry, member.failures, failure);
    if (member.failures >= kFailuresBeforeLeftOut) pause = std::max(pause, within_lifetime(kPauseWhenOften, entry.current));
    member.again_at = at + pause;
    entry.self_checks[host] = {.next = at + check_pause(entry), .failing = !can_be_verified(entry, host)};
    lines.push_back({at, "left out", row.issuer, host + ": " + member.last_error});
    log::warning(
        "a name is left out of the certificate of its group",
        {{"group", row.name}, {"name", host}, {"issuer", row.issuer}, {"failures", member.failures}, {"reason", member.last_error}});
  }
  attempts_.drop(row);
  row.next_try = at;
  entry.attempt.admitted = entry.attempt.prechecked = false;
  // The order was only for names that the active certificate lacks: without them, there is nothing to order.
  const auto missing = lacking(entry);
  const bool only_for_missing = entry.current && row.renew_at > at &&
                                std::ranges::all_of(missing, [&](const std::string& host) { return row.member(host)->again_at > at; });
  if (only_for_missing) row.step = Step::seen;
  inventory_.commit(
      entry, lines,
      [&](db::Session& session) -> Result<> {
        for (const auto& host : failing) {
          auto reported = world_.incidents.report(session, left_out_report(row, *row.member(host), settings_.mend_command));
          if (!reported) return forward_error(reported);
        }
        return {};
      },
      !only_for_missing);
  return true;
}

void Members::report_lacking(NameState& entry, const std::string& why) const {
  const auto hosts = lacking(entry);
  const auto reported = world_.database.write_now([&](db::Session& session) -> Result<> {
    for (const auto& host : hosts) {
      if (auto told = world_.incidents.report(session, lacking_report(entry.row, host, why)); !told) return forward_error(told);
    }
    return {};
  });
  if (reported) {
    entry.reported.lacking.insert(hosts.begin(), hosts.end());
    return;
  }
  log::error("an incident could not be opened", {{"group", entry.row.name}, {"reason", reported.error().message}});
  entry.reported.again_from = now() + kReportAgain;
}

void Members::include(KeptName& row, const StoredCertificate& certificate) {
  for (const auto& host : certificate.names) {
    if (auto* member = row.member(host)) *member = {.name = host};
  }
}

}  // namespace carillon::certs
