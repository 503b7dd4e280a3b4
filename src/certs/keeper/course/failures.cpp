// See failures.hpp.

#include "certs/keeper/course/failures.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/keeper/reports.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

/// If a name has no certificate and waits this long for the next attempt, someone is notified without waiting for more failures.
constexpr std::chrono::hours kLongWithout{1};

}  // namespace

void Failures::failed(NameState& entry, const std::string& what, const acme::Failure& failure, Keep keep) {
  if (entry.row.for_spare) return spares_.failed(entry, what, failure, keep);
  if (entry.row.is_group() && !failure.of_names.empty() && members_.leave_out(entry, what, failure)) return;
  auto& row = entry.row;
  const auto at = now();
  const bool of_certificate = failure.type == kOfCertificate;
  if (std::exchange(entry.attempt.left_alone, false) && keep == Keep::nothing && !of_certificate) {
    // Orders end at the CA when nobody goes on with them: that is no failure of the name, and a pause would put it behind others that end
    // later. The next order is one of this process, so this happens once for each; it goes through the queue like all.
    attempts_.drop(row);
    row.next_try = at;
    entry.attempt.admitted = entry.attempt.prechecked = false;
    inventory_.commit(entry,
                      {{at, "left alone", row.issuer, "the order expired while no node was working on it: " + failure.error.message}});
    return;
  }
  ++row.failures;
  ++row.issuer_failures;
  if (!row.first_failure) row.first_failure = at;
  row.last_error = what + ": " + failure.error.message;
  const auto issuer = row.issuer;
  auto pause = attempts_.pause_after(entry, row.failures, failure);
  if (keep == Keep::nothing ||
      (row.step != Step::stored && row.step != Step::loaded && attempts_.waited(entry) > order_patience(entry.current)))
    attempts_.drop(row);
  entry.attempt.admitted = entry.attempt.prechecked = false;
  // After some failures in a row the next issuer is asked, at once unless all have been.
  // One that has no certificate doesn't wait until the issuer accepts orders again.
  const bool must_wait = !entry.current && failure.status == 429;
  if ((row.issuer_failures >= settings_.failures_before_next || must_wait) && row.step == Step::due) {
    auto possible = issuers_.candidates(entry.row);
    if (entry.current && entry.current->validity.not_after > at && !entry.current->revoked)
      std::erase_if(possible, [&](const std::string& candidate) { return issuers_.rank_of(candidate) < entry.current->rank; });
    const auto here = std::ranges::find(possible, row.issuer);
    if (possible.size() > 1) {
      const auto ready = [&](const std::string& candidate) { return std::max(at, issuers_.refused_until(candidate, row.name)); };
      const auto next = here == possible.end() ? possible.begin() : here + 1;
      const bool all_asked = next == possible.end();
      // In the order of the configuration, but not one that refuses orders while another one accepts them.
      std::ranges::rotate(possible, next);
      row.issuer = *std::ranges::min_element(possible, {}, ready);
      if (row.issuer != issuer) row.issuer_failures = 0;
      // The pause that the last one wants isn't about the next one.
      auto of_next = failure;
      of_next.retry_after.reset();
      pause = std::max<Duration>(ready(row.issuer) - at, all_asked ? attempts_.pause_after(entry, row.failures, of_next) : Duration{});
    }
  }
  row.next_try = at + pause;
  const bool waits_long = !entry.validity() && pause >= kLongWithout;
  const bool tell = waits_long || endangers(row, entry.validity(), at);
  const auto other_until = tell ? inventory_.served_until(entry) : std::nullopt;
  log::warning(
      "a certificate renewal step failed",
      {{"name", row.name}, {"issuer", issuer}, {"failures", row.failures}, {"again_in", span_text(pause)}, {"reason", row.last_error}});
  std::vector<HistoryLine> lines{{at, noted_as(failure), issuer, row.last_error}};
  if (issuer != row.issuer)
    lines.push_back({at, "next issuer", row.issuer,
                     must_wait ? "“" + issuer + "” accepts no more orders for some time, and there is no certificate yet"
                               : "after " + std::to_string(settings_.failures_before_next) + " failures with “" + issuer + "”"});
  const bool kept = inventory_.commit(entry, lines, [&](db::Session& session) -> Result<> {
    if (!tell) return {};
    auto reported = world_.incidents.report(session, renewal_report(row, entry.validity(), at, settings_.mend_command, other_until));
    if (!reported) return forward_error(reported);
    return {};
  });
  if (kept && tell) entry.reported.late = true;
}

}  // namespace carillon::certs
