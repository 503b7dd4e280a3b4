// See spares.hpp.

#include "certs/keeper/course/spares.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/schedule/errands.hpp"
#include "certs/keeper/schedule/order_budget.hpp"
#include "certs/keeper/stored_certificates.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

using std::chrono::hours;

/// After so many a day the next waits: a bug cannot burn a limit.
constexpr hours kDay{24};
/// A spare is missed by nobody today: its issuer may fail this long before somebody is told.
constexpr hours kTellAfter{24};

/// Whether the issuer fails as a whole, not for this name: no answer, a broken one, or none for our account.
bool is_of_issuer(const acme::Failure& failure) {
  if (failure.type == kOfAuthorization || failure.type == kOfCertificate) return false;  // what was proved or issued was not right
  return failure.status == 0 || failure.status >= 500 || failure.status == 401 || failure.status == 403;
}

}  // namespace

std::vector<std::string> spare_issuers(const Issuers& issuers, const NameState& entry, std::vector<std::string> possible) {
  if (!entry.current) return {};
  std::erase_if(possible, [&](const std::string& issuer) { return !issuers.find(issuer); });
  // The one issuer there is renews what is served, whoever gave that.
  if (possible.size() < 2) return {};
  std::erase_if(possible, [&](const std::string& issuer) {
    return issuer == entry.current->issuer || issuers.rank_of(issuer) < entry.current->rank;
  });
  return possible;
}

void Spares::begin(NameState& entry) {
  if (!inventory_.take_lease(entry)) return;
  const auto possible = spare_issuers(issuers_, entry, issuers_.candidates(entry.row));
  if (possible.empty()) return;
  auto& row = entry.row;
  const auto at = now();
  const auto count = world_.database.read_now(
      [&](db::Session& session) -> Result<int> { return stored_since(session, row.name, row.current, at - kDay); });
  if (!count || *count >= most_issuances_per_day(entry.current->validity.lifetime())) {
    row.spare_at = at + hours{1};
    inventory_.commit(entry, {}, {}, false);
    return;
  }
  const auto turn = static_cast<std::size_t>(row.spare_failures / settings_.failures_before_next);
  row.issuer = possible[turn % possible.size()];
  row.for_spare = true;
  row.without_replaces = false;
  row.step = Step::due;
  row.step_at = row.next_try = at;
  entry.attempt.admitted = entry.attempt.prechecked = false;
  inventory_.commit(entry, {{at, std::string(name_of(Step::due)), row.issuer, "a spare in case “" + entry.current->issuer + "” fails"}});
}

void Spares::leave(KeptName& row) const {
  attempts_.drop(row);
  row.step = Step::seen;
  row.for_spare = false;
}

void Spares::keep(NameState& entry, const StoredCertificate& certificate) {
  auto& row = entry.row;
  const auto at = now();
  leave(row);
  entry.attempt.without.clear();
  row.spare = certificate.id;
  row.spare_failures = 0;
  row.spare_first_failure.reset();
  const auto before = std::exchange(entry.spare, in_force_of(certificate));
  const bool kept = inventory_.commit(
      entry,
      {{at, "spare", certificate.issuer, "ready: serial " + certificate.serial + ", until " + to_rfc3339(certificate.validity.not_after)}},
      [&](db::Session& session) -> Result<> {
        put_certificate(session, certificate);
        return world_.incidents.solve(session, kSparesFailing, certificate.issuer,
                                      "“" + certificate.issuer + "” is issuing spare certificates again.");
      },
      false);
  if (kept) return;
  // Nothing of it happened: with the lease the row is read again, and its order gives the certificate once more.
  row.revision = -1;
  entry.spare = before;
}

void Spares::failed(NameState& entry, const std::string& what, const acme::Failure& failure, Keep keep) {
  auto& row = entry.row;
  const auto at = now();
  const auto issuer = row.issuer;
  // An order that ended while nobody was at work on it is no failure of anybody.
  const bool counts = !std::exchange(entry.attempt.left_alone, false);
  if (counts) ++row.spare_failures;
  if (counts && !row.spare_first_failure) row.spare_first_failure = at;
  const auto pause = counts ? attempts_.pause_after(entry, row.spare_failures, failure) : Duration{};
  const auto reason = what + ": " + failure.error.message;
  log::warning(
      "a spare could not be created",
      {{"name", row.name}, {"issuer", issuer}, {"failures", row.spare_failures}, {"again_in", span_text(pause)}, {"reason", reason}});
  const bool ends = keep == Keep::nothing || attempts_.waited(entry) > order_patience(entry.current);
  if (ends) leave(row);
  (ends ? row.spare_at : row.next_try) = at + pause;
  entry.attempt.admitted = entry.attempt.prechecked = false;
  const bool tell = is_of_issuer(failure) && row.spare_failures >= settings_.failures_before_next && row.spare_first_failure &&
                    at - *row.spare_first_failure >= kTellAfter;
  inventory_.commit(
      entry, {{at, noted_as(failure), issuer, "spare: " + reason}},
      [&](db::Session& session) -> Result<> {
        if (!tell) return {};
        auto reported = world_.incidents.report(session, spares_report(row, issuer, reason));
        if (!reported) return forward_error(reported);
        return {};
      },
      !ends);
}

bool Spares::swap_in(NameState& entry, const std::string& why) {
  if (!entry.spare || !inventory_.take_lease(entry)) return false;
  auto& row = entry.row;
  const auto at = now();
  const auto taken = *entry.spare;
  attempts_.put_in_place(row, std::exchange(row.spare, {}), taken.issuer);
  row.spare_at = at;
  entry.spare.reset();
  entry.attempt.admitted = entry.attempt.prechecked = entry.asked = false;
  log::warning("switching to the spare", {{"name", row.name}, {"issuer", taken.issuer}, {"reason", why}});
  const bool written = inventory_.commit(entry, {{at, "spare", taken.issuer, "now active, serial " + taken.serial + ": " + why}});
  if (!written) {
    // Nothing of it happened; what the database says is read again with the lease.
    row.revision = -1;
    entry.spare = taken;
  }
  return written;
}

}  // namespace carillon::certs
