// See shows_domains.hpp.

#include "app/shows_domains.hpp"

#include "base/log.hpp"
#include "base/text.hpp"

namespace carillon::app {
namespace {

constexpr std::chrono::milliseconds kDomainFetch{3'000};
constexpr ByteCount kDomainProof{1 << 10};

/// The keeper with what shows' domains need of it.
podcast::Domains::Certificates certificates_of(certs::Keeper& keeper) {
  return {.keep = [&keeper](const certs::NameOptions& name_options) { return keeper.keep(name_options); },
          .forget = [&keeper](const std::string& name) { return keeper.forget(name); },
          .find = [&keeper](const std::string& name) -> std::optional<certs::NameStatus> {
            auto status = keeper.find(name);
            if (!status) return {};
            return std::move(*status);
          },
          .list = [&keeper] { return keeper.list(); }};
}

/// Where the world reaches us over plain HTTP: at its own port, where HTTPS is at its own, else where we listen.
std::uint16_t http_port_of(const Configuration& configuration, std::uint16_t http_port, std::uint16_t https_port) {
  constexpr std::uint16_t kHttps = 443, kHttp = 80;
  return configuration.public_port(https_port) == kHttps ? kHttp : http_port;
}

/// Asks a name of a tenant's for something, at an address that was looked up, and at none that is not public.
podcast::Domains::Fetch fetch_of(http::Outgoing& outgoing, std::uint16_t port) {
  return [&outgoing, port](const std::string& name, const std::string& address, const std::string& path) -> Result<std::string> {
    auto answer = outgoing.exchange({.url = "http://" + name + ":" + std::to_string(port) + path,
                                     .deadline = kDomainFetch,
                                     .most = kDomainProof,
                                     .connect_to = address,
                                     .reach = http::Reach::public_only});
    if (!answer) return forward_error(answer);
    if (answer->status != 200) return fail(ErrorKind::refused, name + " returned status " + std::to_string(answer->status) + ".");
    return std::move(answer->body);
  };
}

/// What a network was told of a domain once is no trouble for ever.
void close_old_notices(incidents::Incidents& incidents, db::Database& database, Time before) {
  const auto open = incidents.list(false);
  if (!open) return log::warning("domain notices could not be closed", {{"reason", open.error().message}});
  for (const auto& incident : *open) {
    const auto& kind = incident.report.kind;
    const bool is_notice = kind == podcast::kDomainUnproven || kind == podcast::kDomainLeft || kind == podcast::kDomainLost;
    if (!is_notice || incident.opened_at > before) continue;
    const auto closed = database.write_now([&](db::Session& session) {
      return incidents.solve(session, kind, incident.report.subject,
                             "This notice was closed automatically after a week; nothing about the domain has changed.");
    });
    if (!closed) log::warning("an incident could not be closed", {{"kind", kind}, {"reason", closed.error().message}});
  }
}

podcast::Domains::Telling telling_of(incidents::Incidents& incidents, db::Database& database) {
  return {.report = [&incidents](db::Session& session, const incidents::Report& report) -> Result<> {
            auto reported = incidents.report(session, report);
            if (!reported) return forward_error(reported);
            return {};
          },
          .solve = [&incidents](db::Session& session, const std::string& kind, const std::string& subject,
                                const std::string& how) { return incidents.solve(session, kind, subject, how); },
          .close_old = [&incidents, &database](Time before) { close_old_notices(incidents, database, before); }};
}

/// Hosts that are ours and no show's.
std::vector<std::string> reserved_hosts(const Configuration& configuration) {
  std::vector<std::string> hosts;
  for (const auto& origin : configuration.former_origins) hosts.push_back(lower_ascii(host_of(origin)));
  return hosts;
}

}  // namespace

podcast::Domains::Parts domain_parts_of(const DomainsNeeds& needs, const Configuration& configuration) {
  return {.database = needs.database,
          .clock = needs.clock,
          .random = needs.random,
          .table = needs.table,
          .certificates = certificates_of(needs.keeper),
          .addresses = [&resolver = needs.resolver](const std::string& name) { return resolver.addresses(name); },
          .texts = [&resolver = needs.resolver](const std::string& name) { return resolver.txt(name); },
          .fetch = fetch_of(needs.outgoing, http_port_of(configuration, needs.http_port, needs.https_port)),
          .telling = telling_of(needs.incidents, needs.database)};
}

podcast::Domains::Settings domain_settings_of(const Configuration& configuration, const std::string& origin, std::uint16_t https_port) {
  return {.origin = origin,
          .host = lower_ascii(host_of(origin)),
          .reserved = reserved_hosts(configuration),
          .port = configuration.public_port(https_port)};
}

}  // namespace carillon::app
