// See callers.hpp.

#include "accounts/access/callers.hpp"

#include "accounts/access/secrets.hpp"
#include "accounts/access/session_maker.hpp"
#include "accounts/store/devices.hpp"
#include "accounts/store/people.hpp"
#include "accounts/store/sessions.hpp"
#include "accounts/store/tokens.hpp"

#include <algorithm>

namespace carillon::accounts {
namespace {

/// How often the last use of a session or token is written down.
constexpr std::chrono::minutes kUseNoted{1};

/// Whether a use is worth writing down: the last one was some time ago, or lies in the future, written by a clock that was ahead.
bool is_due(Time last_used, Time now) { return last_used + kUseNoted <= now || last_used > now; }

}  // namespace

asio::awaitable<Result<Caller>> Callers::with_session(std::string secret, bool needs_csrf, std::string csrf, std::string address_prefix) {
  const auto digest = digest_of(secret);
  const auto now = parts_.clock.now();
  const auto as_of = parts_.revocations.last();
  std::optional<queries::SessionRow> used;
  auto caller = co_await parts_.database.read([&](db::Session& session) -> Result<Caller> {
    const auto row = queries::session_with(session, digest);
    if (!row || row->session.ends <= now) return Caller::nobody();
    const auto person = queries::person(session, row->person_id);
    if (!person || person->disabled) return Caller::nobody();
    if (needs_csrf && !same_secret(csrf, row->csrf)) {
      auto forged = Caller::nobody();
      forged.forged_for = person->email;
      return forged;
    }
    auto known = Caller::person(person->id, person->email, person->is_operator, person->roles);
    known.session = row->session.id;
    known.ends = std::min(now + kSessionLasts, std::min(row->session.created, now) + kSessionLastsAtMost);
    if (is_due(row->session.last_used, now)) used = row;
    return known;
  });
  if (!caller) co_return caller;
  caller->as_of = as_of;
  caller->address_prefix = std::move(address_prefix);
  if (used) {
    const auto created = std::min(used->session.created, now);
    const auto ends = std::min(now + kSessionLasts, created + kSessionLastsAtMost);
    // Forgetting one use is no reason to turn anybody away.
    (void)co_await parts_.database.write([&](db::Session& session) -> Result<> {
      queries::use_session(session, used->session.id, created, now, ends);
      return {};
    });
  }
  co_return caller;
}

asio::awaitable<Result<Caller>> Callers::with_token(std::string secret, std::string address_prefix) {
  const auto digest = digest_of(secret);
  const auto now = parts_.clock.now();
  const auto as_of = parts_.revocations.last();
  bool note = false;
  auto caller = co_await parts_.database.read([&](db::Session& session) -> Result<Caller> {
    const auto row = queries::token_with(session, digest);
    if (!row || (row->token.ends && *row->token.ends <= now)) return Caller::nobody();
    const auto person = queries::person(session, row->person_id);
    if (!person || person->disabled) return Caller::nobody();
    auto known = Caller::person(person->id, person->email, person->is_operator, person->roles);
    known.token = row->token.id;
    known.ends = row->token.ends;
    if (!row->token.scopes.empty()) known.scopes.emplace(row->token.scopes.begin(), row->token.scopes.end());
    note = !row->token.last_used || is_due(*row->token.last_used, now);
    return known;
  });
  if (!caller) co_return caller;
  caller->as_of = as_of;
  caller->address_prefix = std::move(address_prefix);
  if (note) {
    (void)co_await parts_.database.write([&](db::Session& session) -> Result<> {
      queries::use_token(session, caller->token, now);
      return {};
    });
  }
  co_return caller;
}

asio::awaitable<Result<std::string>> Callers::known_device(std::string secret) {
  const auto digest = digest_of(secret);
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<std::string> {
    const auto device = queries::device_with(session, digest);
    return device && device->ends > parts_.clock.now() ? device->id : std::string{};
  });
}

}  // namespace carillon::accounts
