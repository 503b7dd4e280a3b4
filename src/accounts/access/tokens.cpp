// See tokens.hpp.

#include "accounts/access/tokens.hpp"

#include "accounts/access/secrets.hpp"
#include "accounts/audit.hpp"
#include "accounts/checks.hpp"
#include "accounts/store/people.hpp"
#include "base/id.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

constexpr std::string_view kTokenPrefix = "crl_";  // so that scanners for leaked secrets know one

/// Refuses scopes that could do nothing in the hands of `person`: whoever reads them later must not take them for rights.
Result<> check_scopes(const std::vector<std::string>& scopes, const Person& person) {
  if (person.is_operator) {
    const bool acts = scopes.empty() || !person.roles.empty() ||
                      std::ranges::any_of(scopes, [](const auto& scope) { return scope == "operate" || scope == kMetricsScope; });
    if (acts) return {};
    return fail(ErrorKind::invalid,
                "“" + person.email + "” doesn't belong to any network, so this operator's token also needs the scope “operate”.", "scopes");
  }
  const auto is_usable = [&](std::string_view scope) {
    return std::ranges::any_of(person.roles, [&](const auto& role) { return allows(role.second, scope); });
  };
  for (const auto& scope : scopes) {
    if (is_usable(scope)) continue;
    std::string usable;
    for (const auto each : accounts::scopes()) {
      if (is_usable(each)) usable += (usable.empty() ? "" : ", ") + std::string(each);
    }
    return fail(ErrorKind::invalid,
                "“" + person.email + "” has no role with the permission “" + scope + "”, so their tokens can't have it either" +
                    (usable.empty() ? "." : "; choose from " + usable + "."),
                "scopes");
  }
  return {};
}

}  // namespace

asio::awaitable<Result<Tokens::NewToken>> Tokens::create(Caller by, std::string person_id, std::string name,
                                                         std::vector<std::string> scopes, std::optional<Time> ends) {
  if (auto good = check_name(name); !good) co_return forward_error(good);
  for (const auto& scope : scopes) {
    if (is_scope(scope)) continue;
    const auto near = nearest(scope, accounts::scopes());
    co_return fail(ErrorKind::invalid,
                   "There is no scope named “" + scope + "”" + (near ? "; did you mean “" + std::string(*near) + "”?" : "."), "scopes");
  }
  if (ends && *ends <= parts_.clock.now())
    co_return fail(ErrorKind::invalid, "“ends” is in the past, so the token would already be expired.", "ends");
  // Whoever got hold of a token has it until it ends, and no longer.
  if (!by.token.empty() && by.ends && (!ends || *ends > *by.ends))
    co_return fail(ErrorKind::refused,
                   "A token can't create another token that outlives it: set “ends” to " + to_rfc3339(*by.ends) +
                       " or earlier, or sign in to create the token.",
                   "ends");
  if (by.scopes && (scopes.empty() || !std::ranges::all_of(scopes, [&](const auto& scope) { return by.scopes->contains(scope); })))
    co_return fail(ErrorKind::refused, "A token can't create another token with more permissions than its own; choose from its own scopes.",
                   "scopes");
  // Told once: the database keeps its digest.
  NewToken made{.token = {.id = new_id(parts_.clock, parts_.random),
                          .name = name,
                          .scopes = scopes,
                          .created = parts_.clock.now(),
                          .last_used = {},
                          .ends = ends},
                .secret = std::string(kTokenPrefix) + new_secret(parts_.random)};
  const auto stored = co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto person = queries::person(session, person_id);
    if (!person) return fail(ErrorKind::not_found, "This person doesn't exist.", "user");
    if (auto good = check_scopes(scopes, *person); !good) return good;
    if (queries::tokens_of(session, person_id).size() >= kMaxTokens)
      return fail(ErrorKind::conflict, "“" + person->email + "” already has " + std::to_string(kMaxTokens) +
                                           " tokens, the maximum; revoke one that's no longer used.");
    queries::insert(session, {.token = made.token, .digest = digest_of(made.secret), .person_id = person_id});
    Act act{
        .network = "", .what = "token.create", .subject = made.token.id, .was = {}, .became = {{"person", person->email}, {"name", name}}};
    record(session, parts_.clock, parts_.random, by.actor(), act);
    return {};
  });
  if (!stored) co_return std::unexpected(stored.error());
  co_return made;
}

asio::awaitable<Result<std::vector<Token>>> Tokens::list(std::string person_id) {
  co_return co_await parts_.database.read(
      [&](db::Session& session) -> Result<std::vector<Token>> { return queries::tokens_of(session, person_id); });
}

asio::awaitable<Result<>> Tokens::remove(Caller by, std::string id) {
  co_return co_await parts_.database.write([&](db::Session& session) -> Result<> {
    const auto row = queries::token_with_id(session, id);
    if (!row || (row->person_id != by.id() && !by.is_operator()))
      return fail(ErrorKind::not_found, "There is no token with the ID “" + id + "”.");
    queries::remove_token(session, id);
    parts_.revocations.tell_once_committed(parts_.database, {.person = row->person_id, .session = {}, .token = id, .kept_session = {}});
    record(session, parts_.clock, parts_.random, by.actor(),
           {.network = "", .what = "token.remove", .subject = id, .was = {{"name", row->token.name}}, .became = {}});
    return {};
  });
}

}  // namespace carillon::accounts
