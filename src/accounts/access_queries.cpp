// See access_queries.hpp.

#include "accounts/access_queries.hpp"

#include "accounts/people_queries.hpp"
#include "base/text.hpp"

#include <soci/soci.h>

namespace carillon::accounts::queries {
namespace {

using soci::into;
using soci::use;

long long number(Time time) { return static_cast<long long>(to_microseconds(time)); }

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const auto& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

std::vector<std::string> words_of(const std::string& text) {
  std::vector<std::string> words;
  for (const auto word : split(text, ' ')) {
    if (!word.empty()) words.emplace_back(word);
  }
  return words;
}

struct SessionReader {
  SessionRow row;
  long long created = 0, last_used = 0, ends = 0;

  template <class Statement>
  void bind(Statement& statement) {
    statement, into(row.session.id), into(row.digest), into(row.csrf), into(row.person_id), into(row.session.agent),
        into(row.session.address_prefix), into(created), into(last_used), into(ends);
  }
  [[nodiscard]] SessionRow value() const {
    SessionRow result = row;
    result.session.created = from_microseconds(created);
    result.session.last_used = from_microseconds(last_used);
    result.session.ends = from_microseconds(ends);
    return result;
  }
};
constexpr const char* kSessions =
    "SELECT id, digest, csrf, person_id, agent, address_prefix, created, last_used, ends FROM sessions WHERE ";

struct TokenReader {
  TokenRow row;
  std::string scopes;
  long long created = 0, last_used = 0, ends = 0;

  template <class Statement>
  void bind(Statement& statement) {
    statement, into(row.token.id), into(row.digest), into(row.person_id), into(row.token.name), into(scopes), into(created),
        into(last_used), into(ends);
  }
  [[nodiscard]] TokenRow value() const {
    TokenRow result = row;
    result.token.scopes = words_of(scopes);
    result.token.created = from_microseconds(created);
    if (last_used != 0) result.token.last_used = from_microseconds(last_used);
    if (ends != 0) result.token.ends = from_microseconds(ends);
    return result;
  }
};
constexpr const char* kTokens = "SELECT id, digest, person_id, name, scopes, created, last_used, ends FROM tokens WHERE ";

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

template <class Reader>
auto first(db::Session& session, const char* select, const char* where, const std::string& value)
    -> std::optional<decltype(Reader{}.value())> {
  Reader reader;
  auto prepared = (session.prepare << select << where << " = :value", use(value));
  reader.bind(prepared);
  soci::statement statement{prepared};
  if (!statement.execute(true)) return {};
  return reader.value();
}

}  // namespace

void insert(db::Session& session, const SessionRow& row) {
  const auto created = number(row.session.created), last_used = number(row.session.last_used), ends = number(row.session.ends);
  session
      << "INSERT INTO sessions (id, digest, csrf, person_id, agent, address_prefix, created, last_used, ends) VALUES (:id, :digest, :csrf, "
         ":person, :agent, :prefix, :created, :used, :ends)",
      use(row.session.id), use(row.digest), use(row.csrf), use(row.person_id), use(row.session.agent), use(row.session.address_prefix),
      use(created), use(last_used), use(ends);
}

std::optional<SessionRow> session_with(db::Session& session, const std::string& digest) {
  return first<SessionReader>(session, kSessions, "digest", digest);
}
std::optional<SessionRow> session_with_id(db::Session& session, const std::string& id) {
  return first<SessionReader>(session, kSessions, "id", id);
}

std::vector<Session> sessions_of(db::Session& session, const std::string& person_id, Time now) {
  SessionReader reader;
  const auto present = number(now);
  auto prepared =
      (session.prepare << kSessions << "person_id = :person AND ends > :now ORDER BY last_used DESC, id", use(person_id), use(present));
  reader.bind(prepared);
  soci::statement statement{prepared};
  std::vector<Session> found;
  statement.execute();
  while (statement.fetch()) found.push_back(reader.value().session);
  return found;
}

void use_session(db::Session& session, const std::string& id, Time created, Time now, Time ends) {
  const auto begun = number(created), used = number(now), until = number(ends);
  session << "UPDATE sessions SET created = :created, last_used = :used, ends = :ends WHERE id = :id", use(begun), use(used), use(until),
      use(id);
}
void remove_session(db::Session& session, const std::string& id) { session << "DELETE FROM sessions WHERE id = :id", use(id); }
void remove_sessions_of(db::Session& session, const std::string& person_id, const std::string& but) {
  session << "DELETE FROM sessions WHERE person_id = :person AND id <> :but", use(person_id), use(but);
}

void insert(db::Session& session, const TokenRow& row) {
  const auto created = number(row.token.created), ends = row.token.ends ? number(*row.token.ends) : 0;
  const auto scopes = joined(row.token.scopes);
  session
      << "INSERT INTO tokens (id, digest, person_id, name, scopes, created, ends) VALUES (:id, :digest, :person, :name, :scopes, :created, "
         ":ends)",
      use(row.token.id), use(row.digest), use(row.person_id), use(row.token.name), use(scopes), use(created), use(ends);
}
std::optional<TokenRow> token_with(db::Session& session, const std::string& digest) {
  return first<TokenReader>(session, kTokens, "digest", digest);
}
std::optional<TokenRow> token_with_id(db::Session& session, const std::string& id) {
  return first<TokenReader>(session, kTokens, "id", id);
}

std::vector<Token> tokens_of(db::Session& session, const std::string& person_id) {
  TokenReader reader;
  auto prepared = (session.prepare << kTokens << "person_id = :person ORDER BY id DESC", use(person_id));
  reader.bind(prepared);
  soci::statement statement{prepared};
  std::vector<Token> found;
  statement.execute();
  while (statement.fetch()) found.push_back(reader.value().token);
  return found;
}
void use_token(db::Session& session, const std::string& id, Time now) {
  const auto used = number(now);
  session << "UPDATE tokens SET last_used = :used WHERE id = :id", use(used), use(id);
}
void remove_token(db::Session& session, const std::string& id) { session << "DELETE FROM tokens WHERE id = :id", use(id); }
void remove_tokens_of(db::Session& session, const std::string& person_id) {
  session << "DELETE FROM tokens WHERE person_id = :person", use(person_id);
}

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

Failures failures_of(db::Session& session, const std::string& subject) {
  Failures failures;
  long long last = 0;
  session << "SELECT failures, last FROM sign_in_failures WHERE subject = :subject", use(subject), into(failures.count), into(last);
  if (!session.got_data()) return {};
  failures.last = from_microseconds(last);
  return failures;
}
void set_failures(db::Session& session, const std::string& subject, const Failures& failures) {
  const auto last = number(failures.last);
  session
      << "INSERT INTO sign_in_failures (subject, failures, last) VALUES (:subject, :failures, :last) ON CONFLICT (subject) DO UPDATE SET "
         "failures = excluded.failures, last = excluded.last",
      use(subject), use(failures.count), use(last);
}
void forget_failures(db::Session& session, const std::string& subject) {
  session << "DELETE FROM sign_in_failures WHERE subject = :subject", use(subject);
}

void pull_back_to(db::Session& session, Time now) {
  const auto present = number(now);
  for (const auto* table : {"sessions", "links", "devices"})
    session << "UPDATE " << table << " SET ends = ends - created + :now, created = :same WHERE created > :present", use(present),
        use(present), use(present);
  session << "UPDATE sessions SET last_used = :now WHERE last_used > :present", use(present), use(present);
  session << "UPDATE tokens SET last_used = :now WHERE last_used > :present", use(present), use(present);
  session << "UPDATE sign_in_failures SET last = :now WHERE last > :present", use(present), use(present);
}

void remove_ended(db::Session& session, Time now, Time forgotten) {
  const auto present = number(now), old = number(forgotten);
  session << "DELETE FROM sessions WHERE ends <= :now", use(present);
  session << "DELETE FROM links WHERE ends <= :now", use(present);
  session << "DELETE FROM devices WHERE ends <= :now", use(present);
  session << "DELETE FROM sign_in_failures WHERE last <= :old", use(old);
}

}  // namespace carillon::accounts::queries
