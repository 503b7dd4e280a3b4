// Certificates: issued, downloaded (RFC 8555 §7.4.2), revoked (§7.6), and when to renew them (RFC 9773 §4).

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "testca/authority_impl.hpp"

#include <algorithm>

namespace carillon::testca {
namespace {

/// A certificate is valid from a little earlier, for clients whose clock is behind; a short-lived one only from a little of its life.
constexpr Duration kBackdating = std::chrono::hours{1};
constexpr int kLeastPartOfLife = 100;
/// The default window reaches so far to both sides of its centre.
constexpr double kWindowPartOfLife = 0.02;
constexpr Duration kShortLife = std::chrono::days{10};
/// Where the window of a revoked certificate lies before the revocation.
constexpr Duration kRevokedWindowStart = std::chrono::hours{2};
constexpr Duration kRevokedWindowEnd = std::chrono::hours{1};
constexpr int kHighestReason = 10;  // RFC 5280 §5.3.1
constexpr int kUnusedReason = 7;

Duration part_of(Duration whole, double part) {
  return std::chrono::duration_cast<Duration>(std::chrono::duration<double, Duration::period>{whole} * part);
}

}  // namespace

void Authority::Impl::issue(Number order_number, Time now) {
  const auto found = memory.orders.find(order_number);
  if (found == memory.orders.end() || found->second.state != State::processing) return;
  auto& order = found->second;
  const auto known = settings.profiles.find(order.profile);
  const auto lifetime = known != settings.profiles.end() ? known->second : settings.profiles.at(settings.default_profile);
  const auto strikes = [&](FaultKind kind) { return faults.strike(kind, RequestKind::any, order.names, now).has_value(); };

  Issuing::IssueOptions options{
      .names = order.names,
      .not_before = std::chrono::floor<std::chrono::seconds>(now - std::min(kBackdating, lifetime / kLeastPartOfLife)),
      .not_after = {},
      .revocation_list = settings.revocation_list};
  if (strikes(FaultKind::expired_certificate)) options.not_before -= 2 * lifetime;
  options.not_after = options.not_before + lifetime;
  if (strikes(FaultKind::wrong_name)) options.names = {"somebody-else.example.net"};
  const auto key = strikes(FaultKind::wrong_key) ? issuing.foreign_key_der() : std::exchange(order.public_key_der, {});
  auto made = issuing.issue(options, key, random);
  if (!made) {
    order.state = State::invalid;
    order.error = Problem{.status = 500, .type = "serverInternal", .detail = made.error().message, .retry_after = {}};
    return;
  }
  const auto number = next++;
  memory.certificate_by_identifier[made->identifier] = number;
  note({.time = now,
        .act = Act::issuance,
        .account = order.account,
        .names = order.names,
        .type = {},
        .detail = made->identifier,
        .exempt = !order.replaces.empty()});
  memory.certificates[number] = {.number = number,
                                 .account = order.account,
                                 .identifier = std::move(made->identifier),
                                 .serial = std::move(made->serial),
                                 .der = std::move(made->der),
                                 .profile = order.profile,
                                 .names = order.names,
                                 .not_before = options.not_before,
                                 .not_after = options.not_after};
  order.state = State::valid;
  order.certificate = number;
  if (!order.replaces.empty() || !settings.limits.enforced) return;
  buckets.spend(names_key(order.names), settings.limits.certificates_per_names, now);
  std::set<std::string> domains;
  for (const auto& name : order.names) domains.insert(domain_of(name));
  for (const auto& domain : domains) buckets.spend(domain_key(domain), settings.limits.certificates_per_domain, now);
}

Reply Authority::Impl::certificate(Call& call) {
  auto found = own(memory.certificates, call);
  if (!found) return std::unexpected(std::move(found.error()));
  if (auto empty = must_be_empty(call); !empty) return std::unexpected(std::move(empty.error()));
  const auto& certificate = **found;
  const auto chain = call.parts.size() == 3 ? parse_number(call.parts[2]) : 0;
  if (!chain || *chain >= Issuing::kChains) return problem(404, "malformed", "This chain doesn't exist.");
  http::OutgoingAnswer answer{.status = 200, .fields = {}, .body = certificate_pem(certificate.der)};
  const auto strikes = [&](FaultKind kind) { return faults.strike(kind, RequestKind::any, certificate.names, call.now).has_value(); };
  if (strikes(FaultKind::wrong_intermediate)) {
    answer.body += issuing.wrong_intermediate_pem();
  } else if (!strikes(FaultKind::missing_intermediate)) {
    answer.body += issuing.intermediate_pem(*chain);
  }
  answer.fields.set("Content-Type", "application/pem-certificate-chain");
  for (std::size_t other = 0; other < Issuing::kChains; ++other)
    if (other != *chain)
      answer.fields.add("Link", "<" + url("certificate", certificate.number) + "/" + std::to_string(other) + ">;rel=\"alternate\"");
  return answer;
}

void Authority::Impl::revoke_now(Certificate& certificate, Time now) {
  certificate.revoked_at = now;
  note({.time = now,
        .act = Act::revocation,
        .account = certificate.account,
        .names = certificate.names,
        .type = {},
        .detail = certificate.identifier});
}

Reply Authority::Impl::revoke(Call& call) {
  const auto payload = read_object(call.message.payload, "payload");
  if (!payload) return std::unexpected(payload.error());
  const auto der = from_base64url(text_member(*payload, "certificate"));
  const auto parsed = der ? crypto::Certificate::from_der(as_text(*der)) : Result<crypto::Certificate>{fail(ErrorKind::invalid, "")};
  if (!parsed) return problem(400, "malformed", "\"certificate\" isn't a certificate.");
  const auto found = memory.certificate_by_identifier.find(certificate_identifier(parsed->native()));
  if (found == memory.certificate_by_identifier.end() || memory.certificates.at(found->second).der != as_text(*der))
    return problem(404, "malformed", "This CA didn't issue the certificate.");
  auto& certificate = memory.certificates.at(found->second);
  // By its own key, or by its own account (RFC 8555 §7.6).
  const bool allowed =
      call.key ? EVP_PKEY_eq(X509_get0_pubkey(parsed->native()), call.key->native.get()) == 1 : certificate.account == call.account->number;
  if (!allowed) return problem(403, "unauthorized", "A certificate can only be revoked with its account or its own key.");
  if (const auto* reason = payload->if_contains("reason")) {
    const auto* number = reason->if_int64();
    if (number == nullptr || *number < 0 || *number > kHighestReason || *number == kUnusedReason)
      return problem(400, "badRevocationReason", "The reason isn't defined in RFC 5280.");
  }
  if (certificate.revoked_at) return problem(400, "alreadyRevoked", "The certificate is already revoked.");
  revoke_now(certificate, call.now);
  return http::OutgoingAnswer{.status = 200, .fields = {}, .body = {}};
}

Reply Authority::Impl::renewal_info(Call& call) {
  const auto found = memory.certificate_by_identifier.find(std::string(call.parts[1]));
  if (found == memory.certificate_by_identifier.end())
    return problem(404, "malformed", "There is no certificate " + std::string(call.parts[1]) + ".");
  const auto& certificate = memory.certificates.at(found->second);
  RenewalAnswer info;
  if (certificate.renewal) {
    info = *certificate.renewal;
  } else if (certificate.revoked_at) {
    info.start = *certificate.revoked_at - kRevokedWindowStart;
    info.end = *certificate.revoked_at - kRevokedWindowEnd;
    info.explanation = settings.origin + "/revoked";
  } else {
    const auto lifetime = certificate.not_after - certificate.not_before;
    const auto centre = lifetime < kShortLife ? settings.renew_short_at : settings.renew_at;
    info.start = certificate.not_before + part_of(lifetime, centre - kWindowPartOfLife);
    info.end = certificate.not_before + part_of(lifetime, centre + kWindowPartOfLife);
  }
  boost::json::object document{{"suggestedWindow", {{"start", to_rfc3339(info.start)}, {"end", to_rfc3339(info.end)}}}};
  if (!info.explanation.empty()) document["explanationURL"] = info.explanation;
  auto answer = json_answer(info.status, document);
  if (info.raw) answer.body = *info.raw;
  answer.fields.set("Retry-After", retry_after_text(info.retry_after.value_or(settings.renewal_poll)));
  return answer;
}

}  // namespace carillon::testca
