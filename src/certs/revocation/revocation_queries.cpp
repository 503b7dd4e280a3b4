// See revocation_queries.hpp.

#include "certs/revocation/revocation_queries.hpp"

#include <soci/soci.h>

#include <array>

namespace carillon::certs {
namespace {

constexpr const char* kWant =
    "INSERT INTO revocation_checks (fingerprint, chain, not_before, not_after, wanted, next_check) VALUES (:fingerprint, :chain, "
    ":not_before, :not_after, :wanted, :next_check) ON CONFLICT (fingerprint) DO UPDATE SET wanted = excluded.wanted";
constexpr const char* kColumns =
    "SELECT fingerprint, chain, not_before, not_after, checked, known, silent, status, revoked_at, reason, source, problem FROM "
    "revocation_checks ";
constexpr const char* kColumnsWithoutChain =
    "SELECT fingerprint, '', not_before, not_after, checked, known, silent, status, revoked_at, reason, source, problem FROM "
    "revocation_checks ";
constexpr const char* kDue = "WHERE next_check <= :now AND not_after > :same ORDER BY next_check LIMIT :most";
constexpr const char* kOne = "WHERE fingerprint = :fingerprint";
constexpr const char* kNextDue = "SELECT MIN(next_check) FROM revocation_checks WHERE not_after > :now";
constexpr const char* kRecord =
    "UPDATE revocation_checks SET next_check = :next_check, checked = :checked, known = :known, silent = :silent, status = :status, "
    "revoked_at = :revoked_at, reason = :reason, source = :source, problem = :problem WHERE fingerprint = :fingerprint";
constexpr const char* kForget = "DELETE FROM revocation_checks WHERE wanted < :since";

// See base/set_back.hpp.
constexpr std::array kSetBack{"UPDATE revocation_checks SET next_check = :now WHERE next_check > :later",
                              "UPDATE revocation_checks SET wanted = :now WHERE wanted > :later",
                              "UPDATE revocation_checks SET checked = :now WHERE checked > :later",
                              "UPDATE revocation_checks SET known = :now WHERE known > :later",
                              "UPDATE revocation_checks SET silent = :now WHERE silent > :later"};

long long number_of(std::optional<Time> time) { return time ? to_microseconds(*time) : 0; }
std::optional<Time> time_or_none(long long number) {
  if (number == 0) return {};
  return from_microseconds(number);
}

template <class... Use>
std::vector<RevocationCheck> checks(db::Session& session, const char* columns, const char* condition, Use... uses) {
  RevocationCheck row;
  std::string status;
  long long not_before = 0, not_after = 0, checked = 0, known = 0, silent = 0, revoked_at = 0;
  soci::statement statement =
      (((session.prepare << columns << condition), soci::into(row.state.fingerprint), soci::into(row.chain), soci::into(not_before),
        soci::into(not_after), soci::into(checked), soci::into(known), soci::into(silent), soci::into(status), soci::into(revoked_at),
        soci::into(row.state.reason), soci::into(row.state.source), soci::into(row.state.problem)),
       ..., uses);
  statement.execute();
  std::vector<RevocationCheck> found;
  while (statement.fetch()) {
    row.not_before = from_microseconds(not_before);
    row.not_after = from_microseconds(not_after);
    row.state.status = revocation_status_from(status);
    row.state.checked = time_or_none(checked);
    row.state.known = time_or_none(known);
    row.state.silent = time_or_none(silent);
    row.state.revoked_at = time_or_none(revoked_at);
    found.push_back(row);
  }
  return found;
}

}  // namespace

void want_check(db::Session& session, const RevocationCheck& check, Time now) {
  const long long not_before = to_microseconds(check.not_before), not_after = to_microseconds(check.not_after), at = to_microseconds(now);
  session << kWant, soci::use(check.state.fingerprint), soci::use(check.chain), soci::use(not_before), soci::use(not_after), soci::use(at),
      soci::use(at);
}

std::vector<RevocationCheck> due_checks(db::Session& session, Time now, int most) {
  const long long at = to_microseconds(now);
  return checks(session, kColumns, kDue, soci::use(at), soci::use(at), soci::use(most));
}

std::optional<Time> next_due_check(db::Session& session, Time now) {
  const long long at = to_microseconds(now);
  long long next = 0;
  soci::indicator known = soci::i_null;
  session << kNextDue, soci::use(at), soci::into(next, known);
  if (known != soci::i_ok) return {};
  return from_microseconds(next);
}

void record_check(db::Session& session, const Revocation& state, Time next) {
  const std::string status{name_of(state.status)};
  const long long next_check = to_microseconds(next), checked = number_of(state.checked), known = number_of(state.known),
                  silent = number_of(state.silent), revoked_at = number_of(state.revoked_at);
  session << kRecord, soci::use(next_check), soci::use(checked), soci::use(known), soci::use(silent), soci::use(status),
      soci::use(revoked_at), soci::use(state.reason), soci::use(state.source), soci::use(state.problem), soci::use(state.fingerprint);
}

std::vector<Revocation> all_revocations(db::Session& session) {
  std::vector<Revocation> all;
  for (auto& check : checks(session, kColumnsWithoutChain, "")) all.push_back(std::move(check.state));
  return all;
}

std::optional<Revocation> find_revocation(db::Session& session, const std::string& fingerprint) {
  auto found = checks(session, kColumnsWithoutChain, kOne, soci::use(fingerprint));
  if (found.empty()) return {};
  return std::move(found.front().state);
}

void forget_unwanted(db::Session& session, Time since) {
  const long long at = to_microseconds(since);
  session << kForget, soci::use(at);
}

void clock_set_back_for_revocations(db::Session& session, const SetBack& jump) {
  const long long now = to_microseconds(jump.now);
  for (const auto* sql : kSetBack) session << sql, soci::use(now), soci::use(now);
}

}  // namespace carillon::certs
