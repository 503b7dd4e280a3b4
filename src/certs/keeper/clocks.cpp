// See clocks.hpp.

#include "certs/keeper/clocks.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/keeper/inventory_queries.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/revocation/stored_revocations.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

/// Of a name's certificates so many are looked through for one that is valid.
constexpr int kMaxLookedThrough = 20;
constexpr std::chrono::minutes kLookBackAgain{1};

}  // namespace

void IssuerClocks::tell(const KeptName& row, const std::string& text) {
  // As it was: nobody waits for those who are writing.
  if (is_told(row.issuer, text)) return;
  const Lock writing{writing_};
  if (is_told(row.issuer, text)) return;
  const auto reported = world_.database.write_now([&](db::Session& session) -> Result<> {
    if (text.empty())
      return world_.incidents.solve(session, "clock", row.issuer,
                                    "The clock of “" + row.issuer + "” and this machine's clock agree again.");
    if (auto reported = world_.incidents.report(session, clock_report(row, text)); !reported) return forward_error(reported);
    return {};
  });
  if (!reported) return log::error("an incident could not be stored", {{"kind", "clock"}, {"reason", reported.error().message}});
  const Lock lock{mutex_};
  told_[row.issuer] = text;
}

bool IssuerClocks::is_told(const std::string& issuer, const std::string& text) {
  const Lock lock{mutex_};
  const auto known = told_.find(issuer);
  return known != told_.end() && known->second == text;
}

void IssuerClocks::suspect(const KeptName& row, const acme::Failure& failure) {
  const bool ahead = failure.type == http::kCertificateHasEnded;
  if (!ahead && failure.type != http::kCertificateNotYetValid) return;
  tell(row, "This machine's clock is probably " + std::string(ahead ? "ahead of" : "behind") + " that of “" + row.issuer +
                "”: by this machine's clock, the issuer's own HTTPS certificate " + (ahead ? "has expired" : "isn't valid yet"));
}

Duration IssuerClocks::judge(const KeptName& row, const acme::Client& client) {
  const auto date = client.last_date();
  const auto ahead = date ? *date - world_.clock.now() : Duration{};
  const bool agrees = ahead <= kClockNoticed && ahead >= -kClockNoticed;
  tell(row, agrees ? std::string{} : clock_text(row.issuer, ahead));
  return ahead;
}

void IssuerClocks::forget() {
  const Lock lock{mutex_};
  told_.clear();
}

void WrongDates::look_back(NameState& entry) {
  if (!inventory_.take_lease(entry)) return;
  const auto at = now();
  auto& row = entry.row;
  entry.reported.again_from = at + kLookBackAgain;
  if (entry.current->issuer == kLocalIssuer) {
    // A new one costs nothing.
    entry.looked_back = true;
    row.renew_at = std::min(row.renew_at, at);
    return;
  }
  const auto stored = world_.database.read_now([&](db::Session& session) -> Result<std::vector<StoredCertificate>> {
    return certificates_of(session, row.name, kMaxLookedThrough);
  });
  if (!stored) return log::error("certificates could not be read", {{"name", row.name}, {"reason", stored.error().message}});
  entry.looked_back = true;
  const auto was_revoked = [&](const std::string& id) {
    if (world_.revocations == nullptr) return false;
    const auto known =
        world_.database.read_now([&](db::Session& session) -> Result<std::optional<Revocation>> { return find_revocation(session, id); });
    return known && *known && (*known)->status == RevocationStatus::revoked;
  };
  const StoredCertificate* best = nullptr;
  for (const auto& one : *stored) {
    if (one.id == row.spare || !one.validity.holds(at) || was_revoked(one.id)) continue;
    if (!best || std::pair{best->rank, best->validity.not_after} < std::pair{one.rank, one.validity.not_after}) best = &one;
  }
  if (!best) return;
  const auto not_before = entry.current->validity.not_before;
  attempts_.put_in_place(row, best->id, best->issuer);
  inventory_.commit(
      entry, {{at, std::string(name_of(Step::stored)), best->issuer,
               "serial " + best->serial + " is served again because the newer certificate isn't valid before " + to_rfc3339(not_before)}});
}

void WrongDates::after_set_back(NameState& entry) {
  const auto at = now();
  auto row =
      world_.database.read_now([&](db::Session& session) -> Result<std::optional<KeptName>> { return find_name(session, entry.row.name); });
  if (!row) return log::error("a name could not be read", {{"name", entry.row.name}, {"reason", row.error().message}});
  if (!*row) return;
  entry.row = std::move(**row);
  entry.leased_until = entry.reported.again_from = entry.rest_until = Time{};
  entry.attempt.admitted = entry.attempt.prechecked = entry.looked_back = entry.reported.late = entry.reported.expired = false;
  inventory_.renew_if_unreadable(entry);
  if (!entry.current) return;
  entry.looks.next = entry.window_poll.next = at;
  entry.window_poll.failures = 0;
  const auto& validity = entry.current->validity;
  const auto due = renewal_time(entry.current->ari_id, validity, entry.row.window);
  if (!validity.holds(at) || due <= at) return;
  // It is not time yet. Where a renewal was only begun, or put off, by the wrong clock, there is nothing left of it.
  const bool only_begun = entry.row.step == Step::due && !entry.row.for_spare;
  if (entry.in_progress() && !only_begun) return;
  if (!only_begun && entry.row.renew_at == due) return;
  if (!inventory_.take_lease(entry)) return;
  auto& changed = entry.row;
  if (only_begun) changed.step = Step::seen;
  changed.renew_at = due;
  changed.failures = changed.issuer_failures = 0;
  changed.first_failure.reset();
  changed.last_error.clear();
  std::vector<HistoryLine> lines;
  if (only_begun) lines.push_back({at, "clock", entry.current->issuer, "this machine's clock was ahead: it isn't time to renew yet"});
  inventory_.commit(
      entry, lines,
      [&](db::Session& session) -> Result<> {
        if (issuers_.candidates(entry.row).empty()) return {};
        return world_.incidents.solve(session, "renewal-failed", changed.name,
                                      "This machine's clock was ahead. The certificate for " + changed.spoken() + " is valid until " +
                                          moment_text(validity.not_after) + ".");
      },
      false);
}

}  // namespace carillon::certs
