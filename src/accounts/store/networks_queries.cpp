// See networks.hpp.

#include "accounts/store/networks.hpp"

#include <soci/soci.h>

namespace carillon::accounts::queries {
namespace {

using soci::into;
using soci::use;

constexpr const char* kNetworkColumns =
    "networks.slug, networks.name, networks.created, storage_quota, show_quota, upload_quota, suspended, revision";

struct NetworkRow {
  Network network;
  long long created = 0, storage = 0, revision = 0;

  template <class Statement>
  void bind(Statement& statement) {
    statement, into(network.slug), into(network.name), into(created), into(storage), into(network.show_quota), into(network.upload_quota),
        into(network.suspended), into(revision);
  }
  [[nodiscard]] Network value() const {
    Network result = network;
    result.created = from_microseconds(created);
    result.storage_quota = ByteCount{static_cast<std::uint64_t>(storage)};
    result.revision = revision;
    return result;
  }
};

}  // namespace

void insert(db::Session& session, const Network& network) {
  const auto created = static_cast<long long>(to_microseconds(network.created));
  session << "INSERT INTO networks (slug, name, created) VALUES (:slug, :name, :created)", use(network.slug), use(network.name),
      use(created);
}

void update(db::Session& session, const Network& network) {
  const auto storage = static_cast<long long>(network.storage_quota.value);
  const auto revision = static_cast<long long>(network.revision);
  session << "UPDATE networks SET name = :name, storage_quota = :storage, show_quota = :shows, upload_quota = :uploads, suspended = "
             ":suspended, "
             "revision = :revision WHERE slug = :slug",
      use(network.name), use(storage), use(network.show_quota), use(network.upload_quota), use(network.suspended), use(revision),
      use(network.slug);
}

std::optional<Network> network(db::Session& session, const std::string& slug) {
  NetworkRow row;
  auto prepared = (session.prepare << "SELECT " << kNetworkColumns << " FROM networks WHERE slug = :slug", use(slug));
  row.bind(prepared);
  soci::statement statement{prepared};
  if (!statement.execute(true)) return {};
  return row.value();
}

std::vector<Network> networks(db::Session& session, const std::optional<std::string>& person_id, const std::string& after,
                              std::size_t limit) {
  NetworkRow row;
  const auto most = static_cast<long long>(limit);
  const auto person = person_id.value_or("");
  const int every = person_id ? 0 : 1;
  auto prepared =
      (session.prepare << "SELECT " << kNetworkColumns
                       << " FROM networks WHERE slug > :after AND (:every = 1 OR EXISTS (SELECT 1 FROM roles WHERE roles.network = "
                          "networks.slug AND roles.person_id = :person)) ORDER BY slug LIMIT :limit",
       use(after), use(every), use(person), use(most));
  row.bind(prepared);
  soci::statement statement{prepared};
  std::vector<Network> found;
  statement.execute();
  while (statement.fetch()) found.push_back(row.value());
  return found;
}

}  // namespace carillon::accounts::queries
