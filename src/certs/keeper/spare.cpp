// The spare: a second certificate for a name, from another issuer, kept ready for the day on which what is served ends or has to go and no
// CA answers. It is made by the steps of a renewal, ends at `stored`, and never holds up what is served. See keeper_impl.hpp.

#include "certs/keeper/keeper_impl.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/schedule/backoff.hpp"

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

std::vector<std::string> Keeper::Impl::spare_issuers(const NameState& entry, std::vector<std::string> possible) const {
  if (!entry.current) return {};
  std::erase_if(possible, [&](const std::string& issuer) { return !issuers.find(issuer); });
  // The one issuer there is renews what is served, whoever gave that.
  if (possible.size() < 2) return {};
  std::erase_if(possible, [&](const std::string& issuer) {
    return issuer == entry.current->issuer || issuers.rank_of(issuer) < entry.current->rank;
  });
  return possible;
}

void Keeper::Impl::begin_spare(NameState& entry) {
  if (!take_lease(entry)) return;
  const auto possible = spare_issuers(entry, candidates(entry));
  if (possible.empty()) return;
  auto& row = entry.row;
  const auto at = now();
  const auto count =
      world.database.read_now([&](db::Session& session) -> Result<int> { return stored_since(session, row.name, row.current, at - kDay); });
  if (!count || *count >= most_issuances_per_day(entry.current->validity.lifetime())) {
    row.spare_at = at + hours{1};
    commit(entry, {}, {}, false);
    return;
  }
  const auto turn = static_cast<std::size_t>(row.spare_failures / settings.failures_before_next);
  row.issuer = possible[turn % possible.size()];
  row.for_spare = true;
  row.without_replaces = false;
  row.step = Step::due;
  row.step_at = row.next_try = at;
  entry.attempt.admitted = entry.attempt.prechecked = false;
  commit(entry, {{at, std::string(name_of(Step::due)), row.issuer, "a spare, should “" + entry.current->issuer + "” fail"}});
}

void Keeper::Impl::leave_spare(KeptName& row) {
  drop_order(row);
  row.step = Step::seen;
  row.for_spare = false;
}

void Keeper::Impl::keep_spare(NameState& entry, const StoredCertificate& certificate) {
  auto& row = entry.row;
  const auto at = now();
  leave_spare(row);
  row.spare = certificate.id;
  row.spare_failures = 0;
  row.spare_first_failure.reset();
  const auto before = std::exchange(entry.spare, in_force_of(certificate));
  const bool kept = commit(
      entry,
      {{at, "spare", certificate.issuer,
        "kept ready: serial " + certificate.serial + ", until " + to_rfc3339(certificate.validity.not_after)}},
      [&](db::Session& session) -> Result<> {
        put_certificate(session, certificate);
        return world.incidents.solve(session, kSparesFailing, certificate.issuer, "“" + certificate.issuer + "” issues spares again.");
      },
      false);
  if (kept) return;
  // Nothing of it happened: with the lease the row is read again, and its order gives the certificate once more.
  row.revision = -1;
  entry.spare = before;
}

void Keeper::Impl::spare_failed(NameState& entry, const std::string& what, const acme::Failure& failure, Keep keep) {
  auto& row = entry.row;
  const auto at = now();
  const auto issuer = row.issuer;
  // An order that ended while nobody was at work on it is no failure of anybody.
  const bool counts = !std::exchange(entry.attempt.left_alone, false);
  if (counts) ++row.spare_failures;
  if (counts && !row.spare_first_failure) row.spare_first_failure = at;
  const auto pause = counts ? pause_for(entry, row.spare_failures, failure) : Duration{};
  const auto reason = what + ": " + failure.error.message;
  log::warning(
      "a spare was not made",
      {{"name", row.name}, {"issuer", issuer}, {"failures", row.spare_failures}, {"again_in", span_text(pause)}, {"reason", reason}});
  const bool ends = keep == Keep::nothing || waited(entry) > order_patience(entry.current);
  if (ends) leave_spare(row);
  (ends ? row.spare_at : row.next_try) = at + pause;
  entry.attempt.admitted = entry.attempt.prechecked = false;
  const bool tell = is_of_issuer(failure) && row.spare_failures >= settings.failures_before_next && row.spare_first_failure &&
                    at - *row.spare_first_failure >= kTellAfter;
  commit(
      entry, {{at, noted_as(failure), issuer, "spare: " + reason}},
      [&](db::Session& session) -> Result<> {
        if (!tell) return {};
        auto reported = world.incidents.report(session, spares_report(row, issuer, reason));
        if (!reported) return passed_on(reported);
        return {};
      },
      !ends);
}

bool Keeper::Impl::swap_in_spare(NameState& entry, const std::string& why) {
  if (!entry.spare || !take_lease(entry)) return false;
  auto& row = entry.row;
  const auto at = now();
  const auto taken = *entry.spare;
  put_in_place(row, std::exchange(row.spare, {}), taken.issuer);
  row.spare_at = at;
  entry.spare.reset();
  entry.attempt.admitted = entry.attempt.prechecked = entry.asked = false;
  log::warning("the spare takes over", {{"name", row.name}, {"issuer", taken.issuer}, {"reason", why}});
  const bool written = commit(entry, {{at, "spare", taken.issuer, "takes over, serial " + taken.serial + ": " + why}});
  if (!written) {
    // Nothing of it happened; what the database says is read again with the lease.
    row.revision = -1;
    entry.spare = taken;
  }
  return written;
}

Result<> Keeper::use_spare(const std::string& name, const std::string& by) {
  auto& impl = *impl_;
  auto entry = impl.hold(name);
  if (!entry) return fail(ErrorKind::not_found, "No certificate is kept for “" + name + "”.");
  Result<> outcome;
  const auto at = impl.now();
  if (entry->row.step == Step::stored || entry->row.step == Step::loaded)
    outcome = fail(ErrorKind::conflict, "A new certificate for " + name + " is being put in place just now; look again in a minute.");
  else if (!entry->spare)
    outcome = fail(ErrorKind::conflict, name + " has no spare: a second issuer in the configuration would issue one.");
  else if (entry->spare->validity.not_after <= at || entry->spare->validity.not_before > at)
    outcome = fail(ErrorKind::conflict, "The spare of " + name + " is not valid today: it is good from " +
                                            moment_text(entry->spare->validity.not_before) + " to " +
                                            moment_text(entry->spare->validity.not_after) + ".");
  else if (!impl.swap_in_spare(*entry, by + " asked for it"))
    outcome = fail(ErrorKind::unavailable,
                   "The spare of " + name + " could not be put in place just now: another node is at work on the name, or the database " +
                       "could not be written. Try again in a minute.");
  impl.release(std::move(entry));
  return outcome;
}

}  // namespace carillon::certs
