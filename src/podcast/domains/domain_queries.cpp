// See domain_queries.hpp.

#include "podcast/domains/domain_queries.hpp"

#include <soci/soci.h>

namespace carillon::podcast::queries {
namespace {

constexpr const char* kSelect =
    "SELECT domain_claims.name, shows.id, shows.slug, shows.network, domain_claims.created, domain_claims.token, domain_claims.proven, "
    "domain_claims.proof, domain_claims.pointed, domain_claims.strayed FROM domain_claims JOIN shows ON shows.id = domain_claims.show_id ";

std::optional<Time> time_or_none(long long value) { return value == 0 ? std::nullopt : std::optional{from_microseconds(value)}; }
long long value_of(const std::optional<Time>& time) { return time ? to_microseconds(*time) : 0; }

template <class... Value>
std::vector<Domain> many(db::Session& session, const char* rest, const Value&... values) {
  Domain domain;
  std::string proof;
  long long created = 0, proven = 0, pointed = 0, strayed = 0;
  auto prepared = (session.prepare << kSelect << rest, soci::into(domain.name), soci::into(domain.show_id), soci::into(domain.show),
                   soci::into(domain.network), soci::into(created), soci::into(domain.token), soci::into(proven), soci::into(proof),
                   soci::into(pointed), soci::into(strayed));
  (void)(prepared, ..., soci::use(values));
  soci::statement statement{prepared};
  std::vector<Domain> domains;
  statement.execute();
  while (statement.fetch()) {
    domain.created = from_microseconds(created);
    domain.proven = time_or_none(proven);
    domain.proof = proof_from(proof);
    domain.pointed = time_or_none(pointed);
    domain.strayed = time_or_none(strayed);
    domains.push_back(domain);
  }
  return domains;
}

}  // namespace

bool insert(db::Session& session, const Domain& domain) {
  using soci::use;
  if (queries::domain(session, domain.name, domain.show_id)) return false;
  const auto created = to_microseconds(domain.created);
  const auto proven = value_of(domain.proven), pointed = value_of(domain.pointed), strayed = value_of(domain.strayed);
  const std::string proof{name_of(domain.proof)};
  session << "INSERT INTO domain_claims (name, show_id, created, token, proven, proof, pointed, strayed) VALUES (:name, :show, :created, "
             ":token, :proven, :proof, :pointed, :strayed)",
      use(domain.name), use(domain.show_id), use(created), use(domain.token), use(proven), use(proof), use(pointed), use(strayed);
  return true;
}

void update(db::Session& session, const Domain& domain) {
  using soci::use;
  const auto created = to_microseconds(domain.created);
  const auto proven = value_of(domain.proven), pointed = value_of(domain.pointed), strayed = value_of(domain.strayed);
  const std::string proof{name_of(domain.proof)};
  session << "UPDATE domain_claims SET created = :created, token = :token, proven = :proven, proof = :proof, pointed = :pointed, strayed = "
             ":strayed WHERE name = :name AND show_id = :show",
      use(created), use(domain.token), use(proven), use(proof), use(pointed), use(strayed), use(domain.name), use(domain.show_id);
}

void remove_domain(db::Session& session, const Domain& domain) {
  session << "DELETE FROM domain_claims WHERE name = :name AND show_id = :show", soci::use(domain.name), soci::use(domain.show_id);
}

std::optional<Domain> domain(db::Session& session, const std::string& name, const std::string& show_id) {
  auto found = many(session, "WHERE domain_claims.name = :name AND domain_claims.show_id = :show", name, show_id);
  if (found.empty()) return {};
  return std::move(found.front());
}

std::vector<Domain> claims_of(db::Session& session, const std::string& name) {
  return many(session, "WHERE domain_claims.name = :name ORDER BY domain_claims.created, domain_claims.show_id", name);
}

std::vector<Domain> domains_of(db::Session& session, const std::string& show_id) {
  return many(session, "WHERE domain_claims.show_id = :show ORDER BY domain_claims.created, domain_claims.name", show_id);
}

std::vector<Domain> all_domains(db::Session& session) { return many(session, "ORDER BY domain_claims.name, domain_claims.created"); }

}  // namespace carillon::podcast::queries
