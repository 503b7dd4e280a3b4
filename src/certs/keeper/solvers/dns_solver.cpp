// See dns_solver.hpp.

#include "certs/keeper/solvers/dns_solver.hpp"

#include "base/log.hpp"
#include "base/spoken_time.hpp"
#include "certs/serving/rsa_mark.hpp"
#include "dns/names.hpp"

namespace carillon::certs {
namespace {

/// How many providers may work at the same time; a hanging one leaves workers for other names.
constexpr std::size_t kMaxAtOnce = 3;
/// How long a server that doesn't answer holds up the order.
constexpr std::chrono::seconds kSilencePatience{60};

struct Parts {
  std::string record, key_authorization;
};

std::optional<Parts> parts_of(std::string_view proof) {
  if (!proof.starts_with(kDns01) || proof.substr(kDns01.size(), 1) != " ") return {};
  proof.remove_prefix(kDns01.size() + 1);
  const auto space = proof.find(' ');
  if (space == std::string_view::npos) return {};
  return Parts{std::string(proof.substr(0, space)), std::string(proof.substr(space + 1))};
}

/// The domain whose zone has the record; orders for its certificate with an RSA key have names of their own.
std::string domain_of(const std::string& name) { return std::string(without_rsa_mark(dns::is_wildcard(name) ? name.substr(2) : name)); }

DnsProof proof_of(const std::string& name, const Parts& parts) {
  return {.domain = domain_of(name),
          .record = parts.record,
          .value = challenge_value(parts.key_authorization),
          .token = parts.key_authorization.substr(0, parts.key_authorization.find('.'))};
}

std::string joined(const std::vector<std::string>& texts) {
  std::string all;
  for (const auto& text : texts) all += (all.empty() ? "" : ", ") + text;
  return all;
}

}  // namespace

DnsSolver::DnsSolver(std::vector<DnsProviderSettings> settings, dns::Resolver& resolver, const Clock& clock, TextsAt texts_at)
    : settings_{std::move(settings)}, resolver_{resolver}, clock_{clock}, texts_at_{std::move(texts_at)} {
  for (const auto& one : settings_) providers_.push_back(make_provider(one, stopping_.get_token()));
}

bool DnsSolver::serves(std::string_view name) const { return provider_for(settings_, challenge_record(name)) != nullptr; }

Result<DnsSolver::Provider> DnsSolver::provider_of(const std::string& record) const {
  const auto* settings = provider_for(settings_, record);
  if (settings == nullptr)
    return fail(ErrorKind::refused, "No DNS provider is configured for " + record +
                                        "; add one under [certificates.dns], or extend the `names` of an existing one.");
  return Provider{settings, providers_.at(static_cast<std::size_t>(settings - settings_.data())).get()};
}

Result<std::vector<NameServer>> DnsSolver::servers_of(const DnsProviderSettings& settings, const std::string& record) {
  if (settings.wait_for.empty()) return authoritative_servers(resolver_, record, settings.server);
  std::vector<NameServer> servers;
  for (const auto& server : settings.wait_for) servers.push_back({.name = {}, .addresses = {server}});
  return servers;
}

Result<> DnsSolver::check(const std::string& name) {
  const auto record = behind_aliases(resolver_, challenge_record(name));
  if (!record) return fail(record.error().kind, "this server's DNS lookup failed: " + record.error().message);
  if (const auto provider = provider_of(*record); !provider) return std::unexpected(provider.error());
  return {};
}

Result<std::string> DnsSolver::plan(const std::string& name, const std::string& key_authorization) {
  const auto record = behind_aliases(resolver_, challenge_record(domain_of(name)));
  if (!record) return record;
  if (const auto provider = provider_of(*record); !provider) return std::unexpected(provider.error());
  return std::string(kDns01) + " " + *record + " " + key_authorization;
}

bool DnsSolver::covers(std::string_view proof, std::string_view key_authorization) const {
  const auto parts = parts_of(proof);
  return parts && parts->key_authorization == key_authorization;
}

Result<bool> DnsSolver::present(const std::string& name, const std::string& proof) {
  const auto parts = parts_of(proof);
  if (!parts) return fail(ErrorKind::internal, "“" + proof + "” isn't a proof in DNS.");
  const auto found = provider_of(parts->record);
  if (!found) return std::unexpected(found.error());
  {
    const Lock lock{mutex_};
    if (const auto known = presented_.find(name); known != presented_.end() && known->second.proof == proof) return true;
    // If a provider can only replace records, two simultaneous changes to one record would undo each other.
    if (busy_.size() >= kMaxAtOnce || !busy_.insert(parts->record).second) return false;
  }
  const auto done = found->provider->present(proof_of(name, *parts));
  const Lock lock{mutex_};
  busy_.erase(parts->record);
  if (!done) return std::unexpected(done.error());
  presented_.insert_or_assign(name, Presented{.proof = proof, .since = clock_.now()});
  return true;
}

Result<bool> DnsSolver::ready(const std::string& name, const std::string& proof) {
  const auto parts = parts_of(proof);
  if (!parts) return fail(ErrorKind::internal, "“" + proof + "” isn't a proof in DNS.");
  const auto found = provider_of(parts->record);
  if (!found) return std::unexpected(found.error());
  Presented known;
  {
    const Lock lock{mutex_};
    const auto place = presented_.find(name);
    if (place == presented_.end() || place->second.proof != proof) return false;
    known = place->second;
  }
  const auto waited = clock_.now() - known.since;
  if (known.servers.empty()) {
    auto servers = servers_of(*found->settings, parts->record);
    if (!servers) {
      if (waited < kSilencePatience) return false;
      log::warning("the name servers for a challenge record could not be found; asking the CA anyway",
                   {{"name", name}, {"record", parts->record}, {"reason", servers.error().message}});
      return true;
    }
    known.servers = std::move(*servers);
    const Lock lock{mutex_};
    if (const auto place = presented_.find(name); place != presented_.end() && place->second.proof == proof)
      place->second.servers = known.servers;
  }
  const auto spread = spread_of(texts_at_, known.servers, parts->record, challenge_value(parts->key_authorization));
  if (spread.lacks.empty() && (spread.silent.empty() || waited >= kSilencePatience)) {
    if (!spread.silent.empty())
      log::warning("some name servers for a challenge record don't respond; asking the CA anyway",
                   {{"name", name}, {"record", parts->record}, {"servers", joined(spread.silent)}});
    return true;
  }
  if (waited < found->settings->patience) return false;
  // The next attempt waits again and makes sure that the record exists.
  {
    const Lock lock{mutex_};
    presented_.erase(name);
  }
  return fail(ErrorKind::unavailable, "The TXT record " + parts->record + " isn't on every name server after " + span_text(waited) + ": " +
                                          joined(spread.lacks) + ". Check that the zone is transferred to every server.");
}

Result<> DnsSolver::take_back(const std::string& name, const std::string& proof) {
  const auto parts = parts_of(proof);
  if (!parts) return {};
  {
    const Lock lock{mutex_};
    if (const auto known = presented_.find(name); known != presented_.end() && known->second.proof == proof) presented_.erase(known);
  }
  const auto found = provider_of(parts->record);
  if (!found) return std::unexpected(found.error());
  return found->provider->remove(proof_of(name, *parts));
}

}  // namespace carillon::certs
