// See at_ca.hpp.

#include "certs/keeper/course/at_ca.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "certs/keeper/course/permissions.hpp"
#include "certs/keeper/reports.hpp"
#include "certs/keeper/schedule/backoff.hpp"
#include "certs/keeper/schedule/members.hpp"
#include "certs/keeper/stored_certificates.hpp"
#include "crypto/inspection.hpp"
#include "crypto/signing_request.hpp"
#include "dns/names.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

/// Our own lookups going wrong delay an order by this much, once: split DNS and NAT make them wrong now and then, and the CA decides.
constexpr seconds kPrecheckDelay{60};
constexpr seconds kFirstPoll{1};
constexpr minutes kLongestPoll{1};

bool is_gone(const acme::Failure& failure) { return failure.type == "accountDoesNotExist" || failure.status == 404; }

/// The CA may not see an order any more, or refuses what we say about it: asking again will not help.
bool is_final(const acme::Failure& failure) {
  return failure.status >= 400 && failure.status < 500 && failure.status != 429 && failure.status != 408;
}

/// Whether a 429 speaks of the whole account; names that failed too often and repeated sets are matters of one name.
bool speaks_of_account(const acme::Failure& failure) {
  const auto text = lower_ascii(failure.error.message);
  return text.contains("account") && !text.contains("authorization") && !text.contains("exact set");
}

/// The row's name that an authorization is for (RFC 8555 §7.1.4: of a wildcard, it names the domain below it).
std::string host_of(const acme::Authorization& authorization, const KeptName& row) {
  if (!row.is_group()) return std::string(row.host());
  return (authorization.wildcard ? "*." : "") + lower_ascii(authorization.name);
}

/// Polls densely at first, then ever more seldom; the CA's word counts up to the longest pause.
Duration poll_pause(Duration waited, std::optional<Duration> asked) {
  const auto pause = std::clamp<Duration>(waited / 4, kFirstPoll, kLongestPoll);
  return asked ? std::clamp<Duration>(*asked, pause, kLongestPoll) : pause;
}

}  // namespace

Result<std::string> CourseAtCa::precheck(const NameState& entry) {
  if (!entry.row.is_group()) return precheck(entry, std::string(entry.row.host()));
  std::string problems;
  for (const auto& host : names_to_order(entry.row, now())) {
    const auto problem = precheck(entry, host);
    if (!problem) return problem;
    if (!problem->empty()) problems += (problems.empty() ? "" : "; ") + host + ": " + *problem;
  }
  return problems;
}

std::string CourseAtCa::profile_for_addresses(const NameState& entry) const {
  constexpr std::string_view kForAddresses = "shortlived";
  const auto* settings = parts_.issuers.find(entry.row.issuer);
  const auto hosts = entry.row.hosts();
  if (!settings || settings->profile == kForAddresses || std::ranges::none_of(hosts, crypto::is_ip_address)) return {};
  const auto client = parts_.issuers.client(entry.row.issuer);
  const auto directory = client ? (*client)->directory() : acme::Answer<acme::Directory>{};
  if (!client || !directory || !directory->profiles.contains(std::string(kForAddresses))) return {};
  return "“" + settings->name + "” may issue certificates for IP addresses only with the profile “" + std::string(kForAddresses) +
         "”: set `profile = \"" + std::string(kForAddresses) + "\"` for this issuer and restart the server.";
}

Result<std::string> CourseAtCa::precheck(const NameState& entry, const std::string& host) {
  if (const auto checked = parts_.solvers.of(preferred_for(entry, host)).check(host); !checked) return checked.error().message;
  if (crypto::is_ip_address(host)) return profile_for_addresses(entry);  // and there are no CAA records for addresses
  auto records = parts_.world.resolver.caa(host);
  if (!records) return "the CAA records can't be looked up: " + records.error().message;
  if (records->empty()) return std::string{};
  const auto client = parts_.issuers.client(entry.row.issuer);
  if (!client) return std::string{};
  const auto directory = (*client)->directory();
  if (directory && !directory->caa_identities.empty() && !dns::caa_permits(*records, directory->caa_identities, dns::is_wildcard(host)))
    return "the CAA records of the name don't permit “" + entry.row.issuer + "”; add `issue \"" + directory->caa_identities.front() + "\"`";
  return std::string{};
}

bool CourseAtCa::change_issuer(NameState& entry) {
  auto& row = entry.row;
  const auto from = std::exchange(row.issuer, std::exchange(entry.attempt.admitted_at, {}));
  const auto problem = precheck(entry);
  if (!problem || !problem->empty()) {
    // Probably it wouldn't issue, and the name only has to wait.
    row.issuer = from;
    row.next_try = now();
    entry.attempt.admitted = false;
    entry.attempt.stays = true;
    return false;
  }
  row.issuer_failures = 0;
  return parts_.inventory.commit(entry, {{now(), "next issuer", row.issuer,
                                          "“" + from + "” accepts no more orders for some time, and the name has no certificate yet"}});
}

void CourseAtCa::order(NameState& entry) {
  const auto at = now();
  auto& row = entry.row;
  if (entry.attempt.admitted && !entry.attempt.admitted_at.empty() && entry.attempt.admitted_at != row.issuer && !change_issuer(entry))
    return;
  if (!entry.attempt.prechecked) {
    entry.attempt.prechecked = true;
    const auto problem = precheck(entry);
    if (problem && !problem->empty()) {
      row.next_try = at + within_lifetime(kPrecheckDelay, entry.current);
      parts_.inventory.commit(entry, {{at, "self-check", row.issuer, *problem}});
      return;
    }
  }
  // Room in the account's budget may have been given to somebody else since: the queue decides.
  if (!entry.attempt.admitted) {
    row.next_try = at;
    return;
  }
  place_order(entry);
}

void CourseAtCa::place_order(NameState& entry) {
  auto& row = entry.row;
  entry.attempt.admitted = false;
  auto client = parts_.issuers.client(row.issuer);
  if (!client) {
    if (is_gone(client.error())) parts_.issuers.forget_account(row.issuer);
    return fail_with(entry, "The account with “" + row.issuer + "” can't be used", client.error(), Keep::nothing);
  }
  // Asked anew for every order: it may have moved, and its Date is compared with our clock before anything is ordered on either's word.
  (*client)->forget_directory();
  if (const auto directory = (*client)->directory(); !directory) {
    parts_.clocks.suspect(row, directory.error());
    return fail_with(entry, "“" + row.issuer + "” doesn't respond", directory.error(), Keep::nothing);
  }
  if (const auto skew = parts_.clocks.judge(row, **client); skew > kClockTolerance || skew < -kClockTolerance)
    return fail_with(entry, "Nothing was ordered", plain_failure(clock_text(row.issuer, skew) + "."), Keep::nothing);

  const auto* settings_of = parts_.issuers.find(row.issuer);
  const auto key = crypto::generate_key(key_kind_for(entry, *settings_of));
  const auto der = key ? key->to_der() : Result<std::string>{std::unexpected(key.error())};
  if (!der) return fail_with(entry, "A key could not be created", plain_failure(der.error()), Keep::nothing);
  acme::NewOrder name_options{
      .names = row.is_group() ? names_to_order(row, now()) : row.hosts(), .profile = settings_of->profile, .replaces = {}};
  if (row.for_spare) {
    const auto& without = entry.attempt.without;
    const auto failed = [&](const std::string& host) { return without.contains(host); };
    if (!std::ranges::all_of(name_options.names, failed)) std::erase_if(name_options.names, failed);
  }
  if (replaces_predecessor(entry, name_options.names)) name_options.replaces = entry.predecessor()->ari_id;
  const auto kind = name_options.replaces.empty() ? OrderKind::fresh : OrderKind::renewal;
  const auto reserved = parts_.issuers.reserve_order(row.issuer, kind);
  if (!reserved || !*reserved) {
    // Other nodes, or a refusal since it was let through, have used the room up: back into the queue.
    row.next_try = reserved ? now() : now() + minutes{1};
    return;
  }
  auto order = (*client)->new_order(name_options);
  if (!order) {
    const auto& failure = order.error();
    if (signs_anew(entry, failure)) return;
    // A 403 can be about what is replaced: other accounts can't replace the certificate (RFC 9773 §5).
    const bool about_us = failure.type == "accountDoesNotExist" || failure.status == 401;
    if (failure.type == "accountDoesNotExist") parts_.issuers.forget_account(row.issuer);
    if (!name_options.replaces.empty() && is_final(failure) && !about_us && failure.of_names.empty()) {
      // The CA does not want to hear what is replaced (409 alreadyReplaced, or it never issued that one): order without it, at once.
      row.without_replaces = true;
      row.next_try = now();
      parts_.inventory.commit(entry, {{now(), "refused", row.issuer, "`replaces` was rejected: " + failure.error.message}});
      return;
    }
    if (failure.status == 429)
      parts_.issuers.order_refused(row.issuer, row.name, pause_after(1, 0.5, failure.retry_after), speaks_of_account(failure));
    if (row.is_group()) row.order_names = name_options.names;
    auto of_addresses = failure;
    if (row.is_group() && failure.of_names.empty() && is_final(failure) && !about_us && !profile_for_addresses(entry).empty()) {
      // The CA doesn't say which names it rejects, but it can be known: the others are ordered without them.
      for (const auto& host : row.order_names) {
        if (crypto::is_ip_address(host)) of_addresses.of_names.emplace(host, failure.error.message);
      }
    }
    return fail_with(entry, "“" + row.issuer + "” didn't accept the order", of_addresses, Keep::nothing);
  }
  const auto at = now();
  row.order_url = entry.attempt.order = order->url;
  if (row.is_group()) row.order_names = name_options.names;
  row.order_key = parts_.inventory.seal_key(row.name, *der);
  row.step = Step::ordered;
  row.step_at = row.next_try = entry.attempt.order_since = at;
  parts_.inventory.commit(entry, {{at, std::string(name_of(Step::ordered)), row.issuer,
                                   order->url + (row.is_group() ? ", for " + listed(row.order_names) : "")}});
}

std::optional<CourseAtCa::Placed> CourseAtCa::read_order(NameState& entry) {
  const auto& issuer = entry.row.issuer;
  auto client = parts_.issuers.client(issuer);
  if (!client) {
    fail_with(entry, "The account with “" + issuer + "” can't be used", client.error(), Keep::order);
    return {};
  }
  auto order = (*client)->order(entry.row.order_url);
  if (!order) {
    if (order.error().type == "accountDoesNotExist") parts_.issuers.forget_account(issuer);
    fail_with(entry, "The order at “" + issuer + "” can't be read", order.error(), is_final(order.error()) ? Keep::nothing : Keep::order);
    return {};
  }
  return Placed{std::move(*client), std::move(*order)};
}

std::string_view CourseAtCa::preferred_for(const NameState& entry, const std::string& host) const {
  const auto& row = entry.row;
  const auto* settings = parts_.issuers.find(row.issuer);
  const auto* member = row.member(host);
  return parts_.solvers.preferred(host, settings ? settings->challenge : std::string_view{},
                                  member          ? member->failures
                                  : row.for_spare ? row.spare_failures
                                                  : row.issuer_failures);
}

bool CourseAtCa::signs_anew(NameState& entry, const acme::Failure& failure) {
  if (failure.status != 400 && failure.status != 401 && failure.status != 403) return false;
  std::string why;
  if (parts_.issuers.has_other_key(entry.row.issuer)) {
    why = "another node has changed the key of the account with the CA; trying again with that key";
  } else if (parts_.issuers.forget_lost_account(entry.row.issuer)) {
    why =
        "the CA doesn't know the account's key (perhaps a backup from before a change of the key was restored); trying again with a new "
        "account";
  } else {
    return false;
  }
  entry.row.next_try = now();
  entry.attempt.admitted = false;
  parts_.inventory.commit(entry, {{now(), "waits", entry.row.issuer, std::move(why)}});
  return true;
}

void CourseAtCa::fail_with(NameState& entry, const std::string& what, acme::Failure failure, Keep keep) {
  if (signs_anew(entry, failure)) return;
  // A CA that issues for addresses only with its own profile need not say so, at whatever step it refuses.
  const bool of_ca = failure.status != 0 || !failure.type.empty() || !failure.of_names.empty();
  if (const auto profile = of_ca ? profile_for_addresses(entry) : std::string{}; !profile.empty()) {
    const auto explain = [&](std::string& reason) { reason += (reason.ends_with('.') ? " " : ". ") + profile; };
    explain(failure.error.message);
    for (auto& [host, why] : failure.of_names) {
      if (crypto::is_ip_address(host)) explain(why);
    }
  }
  parts_.failures.failed(entry, what, failure, keep);
}

void CourseAtCa::fail_with(NameState& entry, const std::string& host, const std::string& what, acme::Failure failure, Keep keep) {
  if (entry.row.is_group()) failure.of_names = {{host, failure.error.message}};
  fail_with(entry, what, failure, keep);
}

bool CourseAtCa::present(NameState& entry, acme::Client& client, const Proving& proving) {
  auto& row = entry.row;
  const auto& [host, challenge, solver] = proving;
  const auto key_authorization = challenge.type == kDnsPersist01
                                     ? permission_for(host, client, challenge.issuer_domains, challenge.hashes_accounts).text()
                                     : client.key_authorization(challenge.token);
  const auto failed = [&](const Error& error) {
    fail_with(entry, host, "The challenge response could not be prepared", plain_failure(error), Keep::order);
    return false;
  };
  // Stored before it's published: after a restart, any process can still respond with it and withdraw it.
  if (!solver->covers(active_proof(row, host), key_authorization)) {
    parts_.attempts.withdraw_proof(row, host);
    const auto planned = solver->plan(row.subject_of(host), key_authorization);
    if (!planned) return failed(planned.error());
    row.proof = with_active(row, host, *planned);
    if (!parts_.inventory.commit(entry, {})) return false;
  }
  const auto presented = solver->present(row.subject_of(host), std::string(active_proof(row, host)));
  if (!presented) return failed(presented.error());
  if (!*presented) row.next_try = now() + kFirstPoll;
  return *presented;
}

bool CourseAtCa::respond(NameState& entry, acme::Client& client, const Proving& proving) {
  auto& row = entry.row;
  const auto& [host, challenge, solver] = proving;
  if (challenge.status != acme::Status::pending) return true;
  const auto ready = solver->ready(row.subject_of(host), std::string(active_proof(row, host)));
  if (!ready) {
    fail_with(entry, host, "The challenge response can't be reached", plain_failure(ready.error()), Keep::order);
    return false;
  }
  if (!*ready) {
    row.next_try = now() + poll_pause(parts_.attempts.waited(entry), {});
    return false;
  }
  const auto responded = client.respond(challenge.url);
  if (!responded)
    fail_with(entry, "“" + row.issuer + "” didn't accept the challenge response", responded.error(),
              is_final(responded.error()) ? Keep::nothing : Keep::order);
  return responded.has_value();
}

bool CourseAtCa::prove(NameState& entry, acme::Client& client, const std::vector<acme::Authorization>& pending) {
  const auto& row = entry.row;
  std::vector<Proving> provings;
  for (const auto& authorization : pending) {
    const auto host = host_of(authorization, row);
    const auto chosen = parts_.solvers.choose(host, authorization.challenges, preferred_for(entry, host));
    if (!chosen && preferred_for(entry, host) == kDnsPersist01) {
      fail_with(entry, host, "“" + row.issuer + "” doesn't offer dns-persist-01",
                plain_failure("The configuration says `challenge = \"dns-persist-01\"` for this issuer, but for " + host +
                              " it offers only other challenges. Choose another `challenge`."),
                Keep::nothing);
      return false;
    }
    if (!chosen) {
      fail_with(entry, host, "“" + row.issuer + "” requires a challenge that isn't supported",
                plain_failure("“" + row.issuer + "” offers no challenge for " + host +
                              " that this server can answer: http-01, tls-alpn-01, or dns-01 with a DNS provider in the configuration."),
                Keep::nothing);
      return false;
    }
    provings.push_back({.host = host, .challenge = *chosen->challenge, .solver = chosen->solver});
  }
  // First all are published: two names of a group may share a record, and a resolver must not remember it with only one of the two.
  return std::ranges::all_of(provings, [&](const Proving& one) { return present(entry, client, one); }) &&
         std::ranges::all_of(provings, [&](const Proving& one) { return respond(entry, client, one); });
}

void CourseAtCa::validate(NameState& entry) {
  auto& row = entry.row;
  const auto placed = read_order(entry);
  if (!placed) return;
  const auto& [client, order] = *placed;
  const auto at = now();
  std::optional<Duration> asked = order.retry_after;
  std::string refusal = order.error;
  auto of_names = order.error_of_names;
  if (order.status == acme::Status::pending || order.status == acme::Status::invalid) {
    std::vector<acme::Authorization> pending;
    for (const auto& url : order.authorizations) {
      auto authorization = client->authorization(url);
      if (!authorization) {
        if (order.status == acme::Status::invalid) continue;
        return fail_with(entry, "The authorization from “" + row.issuer + "” can't be read", authorization.error(),
                         is_final(authorization.error()) ? Keep::nothing : Keep::order);
      }
      if (authorization->retry_after) asked = authorization->retry_after;
      for (const auto& challenge : authorization->challenges) {
        if (!challenge.error.empty()) refusal = challenge.error;
        if (!challenge.error.empty() && row.is_group() && authorization->status != acme::Status::valid)
          of_names.insert_or_assign(host_of(*authorization, row), challenge.error);
      }
      if (authorization->status == acme::Status::pending) pending.push_back(std::move(*authorization));
    }
    if (order.status == acme::Status::pending && !pending.empty() && !prove(entry, *client, pending)) return;
  }
  switch (order.status) {
    case acme::Status::ready:
    case acme::Status::processing:
    case acme::Status::valid:
      parts_.attempts.withdraw_proof(row);
      row.step = Step::validated;
      row.step_at = row.next_try = at;
      parts_.inventory.commit(entry, {{at, std::string(name_of(Step::validated)), row.issuer,
                                       row.order_names.size() > 1 ? "the CA has verified all names" : "the CA has verified the name"}});
      return;
    case acme::Status::pending:
      if (parts_.attempts.waited(entry) > order_patience(entry.current))
        return fail_with(entry, "“" + row.issuer + "” hasn't completed validation",
                         plain_failure("The order has been pending for " + span_text(parts_.attempts.waited(entry)) + "."), Keep::nothing);
      row.next_try = at + poll_pause(parts_.attempts.waited(entry), asked);
      return;  // nothing changed: nothing to write
    case acme::Status::invalid:
    case acme::Status::deactivated:
    case acme::Status::expired:
    case acme::Status::revoked:
      break;
  }
  parts_.attempts.withdraw_proof(row);
  acme::Failure failure =
      plain_failure(refusal.empty() ? "The order is " + std::string("invalid") + ", and the CA gave no reason." : refusal);
  failure.type = kOfAuthorization;
  failure.of_names = std::move(of_names);
  fail_with(entry, "“" + row.issuer + "” could not verify the name", failure, Keep::nothing);
}

void CourseAtCa::finalize(NameState& entry) {
  auto& row = entry.row;
  // What the order is now decides, not what we remember: a request that went out before a crash is not sent twice.
  auto placed = read_order(entry);
  if (!placed) return;
  auto& [client, order] = *placed;
  const auto at = now();
  if (order.status == acme::Status::ready) {
    const auto key = order_key(row);
    if (!key) return fail_with(entry, "The order's private key can't be decrypted", plain_failure(key.error()), Keep::nothing);
    const auto request = crypto::make_signing_request(row.is_group() ? row.order_names : row.hosts(), *key);
    if (!request) return fail_with(entry, "The signing request could not be created", plain_failure(request.error()), Keep::nothing);
    auto finalized = client->finalize(order, *request);
    if (!finalized)
      return fail_with(entry, "“" + row.issuer + "” didn't accept the signing request", finalized.error(),
                       is_final(finalized.error()) ? Keep::nothing : Keep::order);
    if (finalized->url.empty()) finalized->url = order.url;
    order = std::move(*finalized);
  }
  switch (order.status) {
    case acme::Status::valid:
      row.step = Step::issued;
      row.step_at = row.next_try = at;
      parts_.inventory.commit(entry, {{at, std::string(name_of(Step::issued)), row.issuer, order.certificate}});
      return;
    case acme::Status::ready:
    case acme::Status::processing:
    case acme::Status::pending:
      if (parts_.attempts.waited(entry) > order_patience(entry.current))
        return fail_with(entry, "“" + row.issuer + "” didn't issue a certificate",
                         plain_failure("The order has been processing for " + span_text(parts_.attempts.waited(entry)) + "."),
                         Keep::nothing);
      row.next_try = at + poll_pause(parts_.attempts.waited(entry), order.retry_after);
      return;
    case acme::Status::invalid:
    case acme::Status::deactivated:
    case acme::Status::expired:
    case acme::Status::revoked:
      break;
  }
  auto failure = plain_failure(order.error.empty() ? "The order is invalid, and the CA gave no reason." : order.error);
  failure.of_names = order.error_of_names;
  fail_with(entry, "“" + row.issuer + "” didn't issue a certificate", failure, Keep::nothing);
}

Result<crypto::PrivateKey> CourseAtCa::order_key(const KeptName& row) const {
  const auto der = parts_.inventory.open_key(row.name, row.order_key);
  if (!der) return std::unexpected(der.error());
  return crypto::PrivateKey::from_der(*der);
}

void CourseAtCa::fetch(NameState& entry) {
  auto& row = entry.row;
  const auto placed = read_order(entry);
  if (!placed) return;
  const auto& [client, order] = *placed;
  if (order.certificate.empty())
    return fail_with(entry, "The order at “" + row.issuer + "” has no certificate",
                     plain_failure("The CA had already reported the certificate as issued."), Keep::nothing);
  const auto chains = client->download(order.certificate);
  if (!chains)
    return fail_with(entry, "The certificate could not be fetched from “" + row.issuer + "”", chains.error(),
                     is_final(chains.error()) ? Keep::nothing : Keep::order);
  const auto key = order_key(row);
  if (!key) return fail_with(entry, "The order's private key can't be decrypted", plain_failure(key.error()), Keep::nothing);
  const auto certificate = chosen(entry, *client, *chains, *key);
  if (!certificate) {
    auto failure = plain_failure(certificate.error());
    failure.type = kOfCertificate;
    return fail_with(entry, "“" + row.issuer + "” sent a certificate that can't be served", failure, Keep::nothing);
  }
  // The CA's Date may say nothing of it, but one of the two clocks is wrong.
  if (const auto early = certificate->validity.not_before - now(); early > Duration{} && parts_.clocks.judge(row, *client) <= kClockNoticed)
    parts_.clocks.tell(row, "“" + row.issuer + "” has issued a certificate that won't be valid for another " + span_text(early) +
                                ": the CA's clock and this machine's differ");
  if (row.for_spare) return parts_.spares.keep(entry, *certificate);
  const auto at = now();
  row.fresh = certificate->id;
  row.step = Step::stored;
  row.step_at = row.next_try = at;
  row.order_key.clear();
  row.order_url.clear();
  parts_.inventory.commit(entry,
                          {{at, std::string(name_of(Step::stored)), row.issuer,
                            "serial " + certificate->serial + ", until " + to_rfc3339(certificate->validity.not_after)}},
                          [&](db::Session& session) -> Result<> {
                            put_certificate(session, *certificate);
                            return {};
                          });
}

}  // namespace carillon::certs
