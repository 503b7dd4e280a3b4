// See revoked.hpp.

#include "certs/keeper/course/revoked.hpp"

#include "base/log.hpp"
#include "certs/keeper/course/revoked_queries.hpp"
#include "certs/keeper/history.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/stored_certificates.hpp"
#include "certs/revocation/revocations.hpp"

#include <algorithm>
#include <set>

namespace carillon::certs {
namespace {

/// How many chains are in memory at a time.
constexpr int kWantedAtOnce = 500;

bool says_revoked(const std::optional<Revocation>& state) { return state && state->status == RevocationStatus::revoked; }

}  // namespace

void Revoked::want_checks() {
  for (int noted = kWantedAtOnce; noted == kWantedAtOnce;) {
    const auto at = now();
    const auto wanted = world_.database.write_now([&](db::Session& session) -> Result<int> {
      int count = 0;
      for (const auto& pem : chains_to_check(session, at, at - kWantAgain, kWantedAtOnce)) {
        const auto chain = crypto::Certificate::chain_from_pem(pem);
        if (!chain) continue;
        Revocations::want(session, *chain, at);
        ++count;
      }
      return count;
    });
    if (!wanted) return log::error("certificates could not be queued for revocation checks", {{"reason", wanted.error().message}});
    noted = *wanted;
  }
}

void Revoked::follow() {
  if (world_.revocations == nullptr) return;
  want_checks();
  const auto named =
      world_.database.read_now([](db::Session& session) -> Result<std::vector<std::string>> { return names_with_revoked(session); });
  if (!named) return log::error("revoked certificates could not be read", {{"reason", named.error().message}});
  std::set<std::string> concerned(named->begin(), named->end());
  names_.read_all([&](const Names::Slot& slot) {
    // A suspended one may have been restored.
    if (slot.state.current && slot.state.current->revoked) concerned.insert(slot.state.row.name);
  });
  for (const auto& name : concerned) {
    const auto known = names_.find(name);
    if (!known) continue;
    auto claim = names_.claim(name);
    if (!claim) continue;
    compare(*claim);
    names_.release(std::move(claim));
  }
}

void Revoked::compare(NameState& entry) {
  const auto state_of = [&](const std::optional<InForce>& one) {
    if (!one) return std::optional<Revocation>{};
    return world_.database
        .read_now([&](db::Session& session) -> Result<std::optional<Revocation>> { return find_revocation(session, one->id); })
        .value_or(std::nullopt);
  };
  const auto current = state_of(entry.current), spare = state_of(entry.spare);
  if (says_revoked(spare)) note_spare(entry, *spare);
  if (!entry.current || !current || current->fingerprint != entry.current->id) return;
  if (says_revoked(current) && !entry.reported.revoked) note_current(entry, *current);
  if (!says_revoked(current) && entry.current->revoked) note_restored(entry);
}

void Revoked::note_current(NameState& entry, const Revocation& found) {
  if (!inventory_.take_lease(entry) || !entry.current || entry.current->id != found.fingerprint) return;
  const auto at = now();
  auto& row = entry.row;
  const bool automatic = !issuers_.candidates(row).empty();
  if (automatic) {
    if (entry.renewing() && row.step != Step::stored && row.step != Step::loaded)
      row.next_try = std::min(row.next_try, at);  // in progress: skips the pause
    else
      row.renew_at = std::min(row.renew_at, at);
  }
  entry.current->revoked = true;
  const bool spare = entry.spare && entry.spare->validity.holds(at);
  log::warning("the active certificate was revoked", {{"name", row.name}, {"serial", entry.current->serial}, {"source", found.source}});
  // After a restart it's reported again, which changes nothing. The history mentions it once.
  const HistoryLine line{at, "revoked", entry.current->issuer, "serial " + entry.current->serial + ": " + found.sentence()};
  const auto noted = world_.database.read_now([&](db::Session& session) -> Result<bool> {
    const auto stored = find_certificate(session, entry.current->id);
    return stored && !noted_since(session, row.name, line.issuer, line.step, stored->stored).empty();
  });
  const bool written = inventory_.commit(
      entry, noted.value_or(false) ? std::vector<HistoryLine>{} : std::vector{line},
      [&](db::Session& session) -> Result<> {
        auto reported = world_.incidents.report(session, revoked_report(row, found, spare, automatic, at, settings_.mend_command));
        if (!reported) return forward_error(reported);
        return {};
      },
      false);
  entry.reported.revoked = written;
}

void Revoked::note_spare(NameState& entry, const Revocation& found) {
  if (!inventory_.take_lease(entry) || !entry.spare || entry.spare->id != found.fingerprint) return;
  const auto at = now();
  const auto spare = *entry.spare;
  entry.row.spare.clear();
  entry.row.spare_at = at;
  entry.spare.reset();
  log::warning("the spare was revoked; ordering another one",
               {{"name", entry.row.name}, {"issuer", spare.issuer}, {"serial", spare.serial}});
  if (inventory_.commit(entry, {{at, "spare", spare.issuer, "serial " + spare.serial + " was discarded: " + found.sentence()}}, {}, false))
    return;
  entry.row.revision = -1;  // nothing was written; the row is read again with the lease
  entry.spare = spare;
}

void Revoked::note_restored(NameState& entry) {
  if (!inventory_.take_lease(entry) || !entry.current || !entry.current->revoked) return;
  const auto at = now();
  entry.current->revoked = entry.reported.revoked = false;
  const bool written = inventory_.commit(
      entry, {{at, "restored", entry.current->issuer, "serial " + entry.current->serial + " is no longer suspended, according to its CA"}},
      [&](db::Session& session) -> Result<> {
        return world_.incidents.solve(session, kRevoked, entry.row.name,
                                      "The certificate for " + entry.row.spoken() + " is no longer suspended, according to its CA.");
      },
      false);
  if (!written && entry.current) entry.current->revoked = true;
}

}  // namespace carillon::certs
