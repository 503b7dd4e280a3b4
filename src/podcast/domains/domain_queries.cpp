// See domain_queries.hpp.

#include "podcast/domains/domain_queries.hpp"

#include <soci/soci.h>

namespace carillon::podcast::queries {
namespace {

constexpr const char* kSelect =
    "SELECT show_domains.name, shows.id, shows.slug, shows.network, show_domains.created, show_domains.pointed, show_domains.strayed FROM "
    "show_domains JOIN shows ON shows.id = show_domains.show_id ";

std::optional<Time> time_or_none(long long value) { return value == 0 ? std::nullopt : std::optional{from_microseconds(value)}; }
long long value_of(const std::optional<Time>& time) { return time ? to_microseconds(*time) : 0; }

template <class... Value>
std::vector<Domain> many(db::Session& session, const char* rest, const Value&... values) {
  Domain domain;
  long long created = 0, pointed = 0, strayed = 0;
  auto prepared = (session.prepare << kSelect << rest, soci::into(domain.name), soci::into(domain.show_id), soci::into(domain.show),
                   soci::into(domain.network), soci::into(created), soci::into(pointed), soci::into(strayed));
  (void)(prepared, ..., soci::use(values));
  soci::statement statement{prepared};
  std::vector<Domain> domains;
  statement.execute();
  while (statement.fetch()) {
    domain.created = from_microseconds(created);
    domain.pointed = time_or_none(pointed);
    domain.strayed = time_or_none(strayed);
    domains.push_back(domain);
  }
  return domains;
}

}  // namespace

bool insert(db::Session& session, const Domain& domain) {
  using soci::use;
  if (queries::domain(session, domain.name)) return false;
  const auto created = to_microseconds(domain.created);
  const auto pointed = value_of(domain.pointed), strayed = value_of(domain.strayed);
  session << "INSERT INTO show_domains (name, show_id, created, pointed, strayed) VALUES (:name, :show, :created, :pointed, :strayed)",
      use(domain.name), use(domain.show_id), use(created), use(pointed), use(strayed);
  return true;
}

void update(db::Session& session, const Domain& domain) {
  using soci::use;
  const auto pointed = value_of(domain.pointed), strayed = value_of(domain.strayed);
  session << "UPDATE show_domains SET pointed = :pointed, strayed = :strayed WHERE name = :name", use(pointed), use(strayed),
      use(domain.name);
}

void remove_domain(db::Session& session, const std::string& name) {
  session << "DELETE FROM show_domains WHERE name = :name", soci::use(name);
}

std::optional<Domain> domain(db::Session& session, const std::string& name) {
  auto found = many(session, "WHERE show_domains.name = :name", name);
  if (found.empty()) return {};
  return std::move(found.front());
}

std::vector<Domain> domains_of(db::Session& session, const std::string& show_id) {
  return many(session, "WHERE show_domains.show_id = :show ORDER BY show_domains.created, show_domains.name", show_id);
}

std::vector<Domain> all_domains(db::Session& session) { return many(session, "ORDER BY show_domains.name"); }

}  // namespace carillon::podcast::queries
