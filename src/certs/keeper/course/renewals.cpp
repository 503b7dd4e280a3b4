// See renewals.hpp.

#include "certs/keeper/course/renewals.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/schedule/members.hpp"
#include "certs/keeper/stored_certificates.hpp"
#include "certs/revocation/stored_revocations.hpp"
#include "crypto/inspection.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;

/// A new certificate rests for this share of its lifetime before the next, unless a person asks: a bug cannot burn a limit.
constexpr int kRestShare = 10;
/// An order for a name of a group that can be verified again rests no longer than this.
constexpr hours kRestOfMembers{1};
/// A host can respond to one TLS-ALPN-01 challenge at a time, so two orders for the same host follow each other; it is read again after
/// this.
constexpr std::chrono::seconds kWaitForOther{2};

/// Whether an order now is only for names that the active certificate lacks, as its own time hasn't come.
bool only_for_lacking(const NameState& entry, Time at) { return entry.current && entry.row.renew_at > at && !lacking(entry).empty(); }

}  // namespace

std::optional<Time> Renewals::capped(const NameState& entry) const {
  if (!entry.current) return {};
  const auto at = now();
  const auto lifetime = entry.current->validity.lifetime();
  bool again = false;
  const auto stored = parts_.world.database.read_now([&](db::Session& session) -> Result<std::pair<int, std::optional<Time>>> {
    // The spare comes from another issuer and counts for itself.
    auto newest = certificates_of(session, entry.row.name, 3);
    std::erase_if(newest, [&](const StoredCertificate& one) { return one.id == entry.row.spare; });
    if (entry.current->revoked && newest.size() > 1) {
      const auto before = find_revocation(session, newest[1].id);
      again = before && before->status == RevocationStatus::revoked;
    }
    return std::pair{stored_since(session, entry.row.name, entry.row.spare, at - hours{24}),
                     newest.empty() ? std::nullopt : std::optional{newest.front().stored}};
  });
  if (!stored) return at + minutes{1};
  const auto& [count, newest] = *stored;
  const bool for_lacking = only_for_lacking(entry, at);
  const auto missing = lacking(entry);
  const bool is_new =
      for_lacking && std::ranges::any_of(missing, [&](const std::string& host) { return entry.row.member(host)->failures == 0; });
  const auto rest = for_lacking ? std::min<Duration>(kRestOfMembers, lifetime / kRestShare) : lifetime / kRestShare;
  // The CA may want it early (a revocation), and so may a person; the window is bound to this very certificate, so it cannot run away.
  // If a CA revokes one certificate after another, new orders are spaced out.
  const bool wanted_early = entry.asked || is_new || (entry.current->revoked && !again) || entry.current->validity.not_before > at ||
                            (entry.row.window && entry.row.window->certificate == entry.current->ari_id && entry.row.window->start <= at);
  if (!wanted_early && newest && *newest + rest > at) return *newest + rest;
  if (count >= most_issuances_per_day(lifetime)) return at + hours{1};
  return {};
}

void Renewals::begin(NameState& entry) {
  if (!parts_.inventory.take_lease(entry)) return;
  const auto at = now();
  if (entry.asked) {
    for (auto& member : entry.row.members) member.again_at = std::min(member.again_at, at);
  }
  const bool worthwhile = parts_.members.readmit(entry);
  const bool for_lacking = only_for_lacking(entry, at);
  if (for_lacking && !worthwhile) {
    parts_.inventory.commit(entry, {}, {}, false);
    return;
  }
  const auto put_off = [&](Time until) {
    if (for_lacking)
      parts_.members.postpone(entry, until);
    else
      entry.row.renew_at = until;
  };
  auto possible = parts_.issuers.candidates(entry.row);
  if (entry.current && entry.current->validity.holds(at) && !entry.current->revoked) {
    std::erase_if(possible, [&](const std::string& issuer) { return parts_.issuers.rank_of(issuer) < entry.current->rank; });
  }
  if (possible.empty()) {
    put_off(at + hours{1});
    if (parts_.inventory.commit(entry, {}, {}, false) && for_lacking)
      parts_.members.report_lacking(entry, "none of the issuers that may issue for these names is as widely trusted as “" +
                                               entry.current->issuer + "”, which issued the active certificate.");
    return;
  }
  if (const auto until = capped(entry)) {
    put_off(*until);
    parts_.inventory.commit(
        entry, {{at, "waits", entry.row.issuer, "a certificate was issued too recently; continues in " + span_text(*until - at)}}, {},
        false);
    return;
  }
  auto& row = entry.row;
  // Whatever was under way, for a spare too, is left: what is served comes first.
  parts_.attempts.drop(row);
  row.for_spare = false;
  row.next_try = at;
  row.issuer = possible.front();
  row.issuer_failures = 0;
  row.without_replaces = false;
  entry.attempt.admitted = entry.attempt.prechecked = entry.attempt.stays = entry.asked = false;
  entry.attempt.begun = at;
  const auto detail = for_lacking ? "the active certificate lacks " + listed(lacking(entry))
                      : entry.current
                          ? span_text(entry.current->validity.not_after - at) + " left of " + span_text(entry.current->validity.lifetime())
                          : "no certificate yet";
  // The moment is over: the next one is set when the new certificate is known. Until then the step carries it.
  if (!for_lacking) row.renew_at = std::min(row.renew_at, at);
  parts_.inventory.commit(entry, {{at, std::string(name_of(Step::due)), row.issuer, detail}});
}

void Renewals::advance(NameState& entry) {
  if (!parts_.inventory.take_lease(entry)) return;
  parts_.attempts.follow(entry);
  switch (entry.row.step) {
    case Step::due:
      return order(entry);
    case Step::ordered:
      return parts_.at_ca.validate(entry);
    case Step::validated:
      return parts_.at_ca.finalize(entry);
    case Step::issued:
      return parts_.at_ca.fetch(entry);
    case Step::stored:
      return load(entry);
    case Step::loaded:
      return parts_.looks.confirm(entry);
    case Step::none:
    case Step::seen:
      return;
  }
}

void Renewals::order(NameState& entry) {
  const auto at = now();
  auto& row = entry.row;
  const auto possible = parts_.issuers.candidates(entry.row);
  if (std::ranges::find(possible, row.issuer) == possible.end()) {
    // The configuration changed under it.
    if (row.for_spare) {
      parts_.spares.leave(row);
      parts_.inventory.commit(entry, {}, {}, false);
      return;
    }
    row.step = Step::none;
    row.renew_at = at;
    parts_.inventory.commit(entry, {}, {}, false);
    return;
  }
  if (row.issuer == kLocalIssuer) return issue_locally(entry);
  if (row.is_rsa_beside() && is_being_validated(std::string(row.host()))) {
    row.next_try = at + kWaitForOther;
    return;
  }
  parts_.at_ca.order(entry);
}

bool Renewals::is_being_validated(const std::string& host) const {
  const auto other = parts_.inventory.read_row(host);
  return other && *other && (*other)->step == Step::ordered;
}

void Renewals::issue_locally(NameState& entry) {
  auto& row = entry.row;
  if (!parts_.world.local_ca)
    return parts_.failures.failed(entry, "There is no local CA", plain_failure("This process has no local CA."), Keep::nothing);
  const auto leaf = parts_.world.local_ca->issue(row.hosts(), row.is_rsa_beside() ? crypto::KeyKind::rsa2048 : crypto::KeyKind::p256);
  if (!leaf) return parts_.failures.failed(entry, "The local CA did not issue a certificate", plain_failure(leaf.error()), Keep::nothing);
  const auto certificate = crypto::Certificate::from_der(leaf->for_tls.chain_der.front());
  if (!certificate)
    return parts_.failures.failed(entry, "The local CA's certificate can't be read", plain_failure(certificate.error()), Keep::nothing);
  const auto pem = certificate->to_pem();
  if (!pem) return parts_.failures.failed(entry, "The local CA's certificate can't be stored", plain_failure(pem.error()), Keep::nothing);
  const auto at = now();
  const StoredCertificate stored{.id = crypto::fingerprint(*certificate),
                                 .name = row.name,
                                 .issuer = row.issuer,
                                 .rank = Rank::local,
                                 .serial = certificate->serial_hex(),
                                 .validity = {certificate->not_before(), certificate->not_after()},
                                 .ari_id = {},
                                 .chain = *pem,
                                 .sealed_key = parts_.inventory.seal_key(row.name, leaf->for_tls.key_der),
                                 .stored = at,
                                 .seen = {},
                                 .names = row.is_group() ? row.hosts() : std::vector<std::string>{}};
  row.fresh = stored.id;
  row.step = Step::stored;
  row.step_at = row.next_try = at;
  parts_.inventory.commit(entry,
                          {{at, std::string(name_of(Step::issued)), row.issuer, "by the local CA"},
                           {at, std::string(name_of(Step::stored)), row.issuer,
                            "serial " + stored.serial + ", until " + to_rfc3339(stored.validity.not_after)}},
                          [&](db::Session& session) -> Result<> {
                            put_certificate(session, stored);
                            return {};
                          });
}

void Renewals::load(NameState& entry) {
  auto& row = entry.row;
  const auto stored = parts_.inventory.find(row.fresh);
  if (!stored) return parts_.failures.failed(entry, "The new certificate can't be read", plain_failure(stored.error()), Keep::order);
  if (!*stored) {
    row.fresh.clear();
    return parts_.failures.failed(entry, "The new certificate is no longer in the database", plain_failure("It has to be ordered again."),
                                  Keep::nothing);
  }
  if (const auto from = (*stored)->validity.not_before; from > now() && entry.current) {
    const auto at = now();
    if (entry.current->validity.holds(at)) {
      // What is served is good: the new one takes over when it is valid, or when the other ends.
      const auto until = std::min(from, entry.current->validity.not_after);
      const bool said = row.next_try == until;
      row.next_try = until;
      if (!said)
        parts_.inventory.commit(
            entry,
            {{at, "waits", row.issuer,
              "the new certificate isn't valid before " + to_rfc3339(from) + "; until then, the current one is served"}},
            {}, false);
      return;
    }
    if (entry.spare && entry.spare->validity.holds(at)) {
      parts_.spares.swap_in(entry, "the new certificate isn't valid before " + to_rfc3339(from));
      return;
    }
  }
  if (auto loaded = parts_.inventory.serve(row, **stored); !loaded)
    return parts_.failures.failed(entry, "The new certificate can't be used", plain_failure(loaded.error()), Keep::nothing);
  // One that fails is tried again by itself, and told of; what is served from here is good. The renewal is over when the server that it is
  // exported to shows the new certificate.
  parts_.exports.bring(row, **stored);
  const auto at = now();
  const auto before = entry.current;
  entry.current = in_force_of(**stored);
  row.current = (*stored)->id;
  row.window.reset();
  if (const auto begun = std::exchange(entry.attempt.begun, std::nullopt)) parts_.issuance_times.took(row.issuer, at - *begun);
  row.renew_at = renewal_time(entry.current->ari_id, entry.current->validity, {}, parts_.issuance_times.longest_of(row.issuer));
  row.step = Step::loaded;
  row.step_at = row.next_try = at;
  entry.reported.late = entry.reported.expired = entry.reported.revoked = entry.looked_back = false;
  entry.window_poll.next = entry.next_permission_check = at;
  entry.looks.failed.clear();
  std::vector<std::string> back;
  for (const auto& host : (*stored)->names) {
    const auto* member = row.member(host);
    if (member && (member->failures > 0 || !before || !is_for(*before, row, host))) back.push_back(host);
    entry.reported.lacking.erase(host);
    entry.self_checks.erase(host);
  }
  Members::include(row, **stored);
  const bool kept =
      parts_.inventory.commit(entry, {{at, std::string(name_of(Step::loaded)), row.issuer, "installed without closing any connections"}},
                              [&](db::Session& session) -> Result<> {
                                prune_certificates(session, row.name, row.current, row.fresh, at - kExpiredKept);
                                for (const auto& host : back) {
                                  if (auto solved = parts_.world.incidents.solve(
                                          session, kLeftOut, host, "The certificate of " + row.spoken() + " includes " + host + " again.");
                                      !solved)
                                    return solved;
                                }
                                return {};
                              });
  if (!kept) entry.current = before;
}

void Renewals::report_late(NameState& entry) {
  // Under the lease, and only if nobody has gone on with it: an incident about a certificate that another node has renewed meanwhile would
  // never be solved.
  if (!parts_.inventory.take_lease(entry)) return;
  const auto at = now();
  const bool reported = parts_.inventory.commit(
      entry, {},
      [&](db::Session& session) -> Result<> {
        const auto validity = entry.validity();
        // What a person renews is a person's matter when it ends, too.
        auto reported = parts_.world.incidents.report(
            session, parts_.issuers.candidates(entry.row).empty() ? manual_report(entry.row, validity, at, parts_.settings.mend_command, {})
                                                                  : renewal_report(entry.row, validity, at, parts_.settings.mend_command));
        if (!reported) return forward_error(reported);
        return {};
      },
      entry.in_progress());
  if (!reported) {
    entry.reported.again_from = at + minutes{1};
    return;
  }
  entry.reported.late = true;
  if (entry.current && entry.current->validity.not_after <= at) entry.reported.expired = true;
}

}  // namespace carillon::certs
