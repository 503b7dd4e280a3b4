// See issuers.hpp.

#include "app/keeping/issuers.hpp"

#include "base/encoding.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "crypto/inspection.hpp"

#include <algorithm>
#include <iterator>

namespace carillon::app {
namespace {

constexpr std::chrono::hours kExternalWarning{24 * 30};

Result<certs::IssuerSettings> issuer_of(const IssuerSection& section) {
  certs::IssuerSettings issuer{.name = section.name,
                               .directory = section.directory,
                               .contact = section.contact,
                               .profile = section.profile,
                               .directory_trust = section.directory_ca_file,
                               .trust = section.trust,
                               .challenge = section.challenge,
                               .preferred_chain = section.preferred_chain,
                               .key = crypto::key_kind_from(section.key).value_or(crypto::KeyKind::p256),
                               .external = {},
                               .external_ends = {}};
  if (!section.eab_key_id.empty()) {
    const auto key = from_base64url(section.eab_hmac_key);
    if (!key)
      return fail(
          ErrorKind::invalid,
          "“certificates.issuers.eab_hmac_key” for “" + section.name + "” isn't valid base64url, the encoding that CAs use for this key.",
          "certificates.issuers.eab_hmac_key");
    issuer.external = acme::ExternalAccount{section.eab_key_id, std::string(as_text(*key))};
  }
  if (!section.eab_ends.empty()) issuer.external_ends = *parse_rfc3339(section.eab_ends);
  return issuer;
}

Result<> tell_of_external_account(const certs::IssuerSettings& issuer, Time now, db::Session& session, incidents::Incidents& incidents) {
  const auto left = *issuer.external_ends - now;
  if (left > kExternalWarning)
    return incidents.solve(session, "external-account", issuer.name, "A new external account key is configured.");
  auto reported = incidents.report(
      session,
      {.kind = "external-account",
       .subject = issuer.name,
       .in_charge = {},
       .what = "The external account key for “" + issuer.name + "” " + (left > Duration{} ? "expires on " : "expired on ") +
               day_text(*issuer.external_ends) + ".",
       .consequence = "After that, the CA won't accept new accounts from this server. If this server is reinstalled or loses its account "
                      "key, it can't order certificates.",
       .remedy = "Ask the CA for a new key, put the key in `eab_hmac_key_file` and its expiry date in `eab_ends`, then restart the server.",
       .noticed_at = issuer.external_ends});
  if (!reported) return forward_error(reported);
  return {};
}

}  // namespace

Result<std::vector<certs::IssuerSettings>> issuers_of(const Configuration& configuration) {
  std::vector<certs::IssuerSettings> issuers;
  for (const auto& section : configuration.issuers) {
    auto issuer = issuer_of(section);
    if (!issuer) return forward_error(issuer);
    issuers.push_back(std::move(*issuer));
  }
  return issuers;
}

std::vector<certs::DnsProviderSettings> dns_providers_of(const Configuration& configuration) {
  const auto style_of = [](const std::string& style) {
    return style == "lego"         ? certs::HookStyle::lego
           : style == "certbot"    ? certs::HookStyle::certbot
           : style == "dehydrated" ? certs::HookStyle::dehydrated
                                   : certs::HookStyle::carillon;
  };
  std::vector<certs::DnsProviderSettings> all;
  for (const auto& section : configuration.dns_providers) {
    certs::DnsProviderSettings provider{.names = section.names,
                                        .server = {},
                                        .key = {},
                                        .zone = section.zone,
                                        .hook = section.hook,
                                        .cleanup = section.cleanup_hook,
                                        .style = style_of(section.hook_style),
                                        .hook_deadline = std::chrono::seconds{section.hook_timeout_seconds},
                                        .wait_for = {},
                                        .patience = std::chrono::seconds{section.wait_seconds}};
    if (!section.server.empty()) provider.server = *dns::parse_server(section.server);
    if (!section.tsig_key.empty()) provider.key = *dns::parse_tsig_key(section.tsig_key);
    for (const auto& server : section.wait_for) provider.wait_for.push_back(*dns::parse_server(server));
    all.push_back(std::move(provider));
  }
  return all;
}

std::vector<crypto::Certificate> roots_of(const std::vector<IssuerSection>& issuers) {
  std::vector<crypto::Certificate> roots;
  for (const auto& issuer : issuers) {
    if (issuer.trust.empty() || issuer.trust == "public") continue;
    const auto pem = read_file(issuer.trust);
    auto read = pem ? crypto::roots_from_pem(*pem) : Result<std::vector<crypto::Certificate>>{std::unexpected(pem.error())};
    if (!read)
      log::error("an issuer's root certificates can't be read", {{"issuer", issuer.name}, {"reason", read.error().message}});
    else
      std::ranges::move(*read, std::back_inserter(roots));
  }
  return roots;
}

void tell_of_external_accounts(const std::vector<certs::IssuerSettings>& issuers, db::Database& database, incidents::Incidents& incidents,
                               const Clock& clock) {
  for (const auto& issuer : issuers) {
    if (!issuer.external_ends) continue;
    const auto outcome =
        database.write_now([&](db::Session& session) { return tell_of_external_account(issuer, clock.now(), session, incidents); });
    if (!outcome) log::error("an incident could not be opened", {{"kind", "external-account"}, {"reason", outcome.error().message}});
  }
}

}  // namespace carillon::app
