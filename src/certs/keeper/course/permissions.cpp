// See permissions.hpp.

#include "certs/keeper/course/permissions.hpp"

#include "base/log.hpp"
#include "certs/keeper/reports.hpp"
#include "dns/names.hpp"

namespace carillon::certs {
namespace {

using std::chrono::hours;

constexpr hours kCheckEvery{24};
/// As long as a record is missing; it's noticed before the next attempt, which may be hours away.
constexpr std::chrono::minutes kCheckMissing{10};
/// If DNS or the CA didn't answer.
constexpr hours kCheckAgain{1};

}  // namespace

StandingPermission permission_for(const std::string& name, acme::Client& client, std::vector<std::string> issuers, bool hashed) {
  StandingPermission wanted{.issuers = std::move(issuers), .account = client.account_url(), .wildcard = dns::is_wildcard(name)};
  if (!hashed) return wanted;
  const auto directory = client.directory();
  if (!directory || directory->account_hash_prefix.empty()) return wanted;
  const auto domain = wanted.wildcard ? name.substr(2) : name;
  const auto thumbprint = client.key_authorization({}).substr(1);  // "TOKEN.THUMBPRINT"
  wanted.account = hashed_account(directory->account_hash_prefix, domain, thumbprint, client.account_url());
  wanted.account_prefix = directory->account_hash_prefix;
  return wanted;
}

void Permissions::check(NameState& entry) {
  const auto at = world_.clock.now();
  entry.next_permission_check = at + kCheckEvery;
  const auto issuer = issuers_.standing_issuer(entry.row);
  if (issuer.empty()) return;
  const auto client = issuers_.client(issuer);
  const auto directory = client ? (*client)->directory() : acme::Answer<acme::Directory>{std::unexpected(client.error())};
  if (!directory) {
    entry.next_permission_check = at + kCheckAgain;
    return;
  }
  const bool hashed = !directory->account_hash_prefix.empty();
  const auto& names = directory->issuer_domains.empty() ? directory->caa_identities : directory->issuer_domains;
  if (names.empty()) return;  // it's known only from the challenge of an order
  const bool was_missing = std::exchange(entry.lacks_permission, false);
  for (const auto& host : entry.row.hosts()) {
    if (crypto::is_ip_address(host)) continue;
    const auto found = solvers_.standing().look_up(host, permission_for(host, **client, names, hashed));
    if (!found) {
      log::warning("a standing record could not be checked", {{"name", host}, {"reason", found.error().message}});
      entry.next_permission_check = at + kCheckAgain;
      continue;
    }
    entry.lacks_permission = entry.lacks_permission || !found->permits;
    const bool ends_soon = found->until && *found->until - at <= settings_.longest_notice;
    const auto written = world_.database.write_now([&](db::Session& session) -> Result<> {
      const auto how = "The TXT record " + standing_record_name(host) + " permits certificates.";
      for (const auto* kind : {kStandingRecord, kStandingRecordEnds}) {
        if (!found->permits || (ends_soon && kind == kStandingRecordEnds)) continue;
        if (auto solved = world_.incidents.solve(session, kind, entry.row.subject_of(host), how); !solved) return solved;
      }
      if (found->permits && !ends_soon) return {};
      auto reported = world_.incidents.report(session, standing_report(entry.row, host, *found, entry.validity(), at));
      if (!reported) return forward_error(reported);
      return {};
    });
    if (!written) log::error("an incident could not be stored", {{"name", host}, {"reason", written.error().message}});
  }
  if (entry.lacks_permission) entry.next_permission_check = at + kCheckMissing;
  if (!was_missing || entry.lacks_permission || !entry.in_progress() || entry.row.next_try <= at || !inventory_.take_lease(entry)) return;
  entry.row.next_try = at;
  inventory_.commit(entry, {{at, "waits", entry.row.issuer, "the records in DNS now permit certificates; continues immediately"}});
}

}  // namespace carillon::certs
