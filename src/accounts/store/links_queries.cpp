// See links.hpp.

#include "accounts/store/links.hpp"

#include "accounts/store/people.hpp"
#include "accounts/store/reading_impl.hpp"

namespace carillon::accounts::queries {
namespace {

using soci::into;
using soci::use;

struct LinkReader {
  LinkRow row;
  long long created = 0, ends = 0;

  template <class Statement>
  void bind(Statement& statement) {
    statement, into(row.id), into(row.digest), into(row.kind), into(row.email), into(row.name), into(row.network), into(row.role),
        into(row.made_by), into(created), into(ends);
  }
  [[nodiscard]] LinkRow value() const {
    LinkRow result = row;
    result.created = from_microseconds(created);
    result.ends = from_microseconds(ends);
    return result;
  }
};
constexpr const char* kLinks = "SELECT id, digest, kind, email, name, network, role, made_by, created, ends FROM links WHERE ";

}  // namespace

void insert(db::Session& session, const LinkRow& row) {
  const auto created = number(row.created), ends = number(row.ends);
  session << "INSERT INTO links (id, digest, kind, email, name, network, role, made_by, created, ends) VALUES (:id, :digest, :kind, "
             ":email, :name, :network, :role, :by, :created, :ends)",
      use(row.id), use(row.digest), use(row.kind), use(row.email), use(row.name), use(row.network), use(row.role), use(row.made_by),
      use(created), use(ends);
}
std::optional<LinkRow> link_with(db::Session& session, const std::string& digest) {
  return first<LinkReader>(session, kLinks, "digest", digest);
}
std::optional<LinkRow> link_with_id(db::Session& session, const std::string& id) { return first<LinkReader>(session, kLinks, "id", id); }

std::vector<LinkRow> invitations_to(db::Session& session, const std::string& network, Time now) {
  LinkReader reader;
  const auto present = number(now);
  auto prepared = (session.prepare << kLinks << "kind = 'invitation' AND network = :network AND ends > :now ORDER BY created DESC, id",
                   use(network), use(present));
  reader.bind(prepared);
  soci::statement statement{prepared};
  std::vector<LinkRow> found;
  statement.execute();
  while (statement.fetch()) found.push_back(reader.value());
  return found;
}
void remove_link(db::Session& session, const std::string& id) { session << "DELETE FROM links WHERE id = :id", use(id); }
void remove_password_links_of(db::Session& session, const std::string& email) {
  session << "DELETE FROM links WHERE kind = 'password' AND email = :email", use(email);
}
void remove_links_of(db::Session& session, const std::string& email) { session << "DELETE FROM links WHERE email = :email", use(email); }
void remove_stale_links_by(db::Session& session, const std::string& person_id) {
  LinkReader reader;
  auto prepared = (session.prepare << kLinks << "made_by = :person", use(person_id));
  reader.bind(prepared);
  soci::statement statement{prepared};
  std::vector<LinkRow> made;
  statement.execute();
  while (statement.fetch()) made.push_back(reader.value());
  const auto person = queries::person(session, person_id);
  const auto gives = [&](const LinkRow& row) {
    if (!person || person->disabled) return false;
    if (person->is_operator) return true;
    const auto role = role_from(row.role);
    const auto own = person->roles.find(row.network);
    return role && own != person->roles.end() && may_give(own->second, *role);
  };
  for (const auto& row : made) {
    if (!gives(row)) remove_link(session, row.id);
  }
}
void remove_invitations_of(db::Session& session, const std::string& email, const std::string& network) {
  session << "DELETE FROM links WHERE kind = 'invitation' AND email = :email AND network = :network", use(email), use(network);
}
std::size_t password_links_of(db::Session& session, const std::string& email, Duration lasting, Time now) {
  const auto present = number(now);
  const auto longest = static_cast<long long>(std::chrono::duration_cast<std::chrono::microseconds>(lasting).count());
  long long count = 0;
  session << "SELECT COUNT(*) FROM links WHERE kind = 'password' AND email = :email AND ends > :now AND ends - created <= :longest",
      use(email), use(present), use(longest), into(count);
  return static_cast<std::size_t>(count);
}
void renew_link(db::Session& session, const std::string& id, const std::string& digest, Time ends) {
  const auto until = number(ends);
  session << "UPDATE links SET digest = :digest, ends = :ends WHERE id = :id", use(digest), use(until), use(id);
}

}  // namespace carillon::accounts::queries
