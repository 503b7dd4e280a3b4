// See revocations.hpp.

#include "certs/revocation/revocations.hpp"

#include "base/log.hpp"
#include "certs/revocation/revocation_queries.hpp"
#include "crypto/inspection.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

/// After the database could not be read or written.
constexpr std::chrono::minutes kAfterFailure{1};

}  // namespace

Revocation after_answer(Revocation state, const RevocationAnswer& answer, Time now) {
  state.checked = now;
  if (answer.status == RevocationStatus::unknown) {
    if (!state.silent) state.silent = now;
    state.problem = answer.problem;
    if (state.source.empty()) state.source = answer.source;
    return state;
  }
  state.known = now;
  state.silent.reset();
  state.problem.clear();
  state.status = answer.status;
  state.source = answer.source;
  state.revoked_at = answer.revoked_at;
  state.reason = answer.reason;
  return state;
}

Time next_check_after(const Revocation& state, Duration lifetime, Time now) {
  Duration rest = std::clamp<Duration>(lifetime / 20, kShortestCheck, kCheckEvery);
  if (state.silent) rest = std::min<Duration>(rest, kCheckAgain);
  return now + rest;
}

void Revocations::want(db::Session& session, std::span<const crypto::Certificate> chain, Time now) {
  if (chain.empty()) return;
  RevocationCheck check{.state = {.fingerprint = crypto::fingerprint(chain.front())},
                        .chain = {},
                        .not_before = chain.front().not_before(),
                        .not_after = chain.front().not_after()};
  for (const auto& link : chain) check.chain += link.to_pem().value_or("");
  want_check(session, check, now);
}

std::optional<Time> Revocations::work() {
  const auto started = parts_.clock.now();
  auto due = parts_.database.read_now(
      [&](db::Session& session) -> Result<std::vector<RevocationCheck>> { return due_checks(session, started, kChecksAtOnce); });
  if (!due) {
    log::error("revocation checks could not be read", {{"reason", due.error().message}});
    return started + kAfterFailure;
  }
  if (due->empty()) {
    const auto next =
        parts_.database.read_now([&](db::Session& session) -> Result<std::optional<Time>> { return next_due_check(session, started); });
    return next ? *next : std::optional{started + kAfterFailure};
  }
  std::vector<RevocationSubject> readable;
  for (auto& check : *due) {
    // Stored certificates can be read; if one can't, its damaged row must not stop the others.
    if (auto chain = crypto::Certificate::chain_from_pem(check.chain)) readable.push_back(std::move(*chain));
    check.chain.clear();
  }
  const auto answers = inquiry_.ask(readable, started);
  const auto now = parts_.clock.now();
  const auto written = parts_.database.write_now([&](db::Session& session) -> Result<> {
    std::size_t next = 0;
    for (const auto& check : *due) {
      const bool was_read = next < readable.size() && crypto::fingerprint(readable[next].front()) == check.state.fingerprint;
      const auto answer = was_read ? answers[next++] : RevocationAnswer{.problem = "The certificate can't be read from the database."};
      const auto state = after_answer(check.state, answer, now);
      if (state.status == RevocationStatus::revoked && check.state.status != RevocationStatus::revoked)
        log::warning("a certificate was revoked", {{"certificate", state.fingerprint}, {"source", state.source}});
      record_check(session, state, next_check_after(state, check.not_after - check.not_before, now));
    }
    forget_unwanted(session, now - kUnwantedKept);
    return {};
  });
  if (!written) {
    log::error("revocation checks could not be stored", {{"reason", written.error().message}});
    return now + kAfterFailure;
  }
  remember();
  const auto next =
      parts_.database.read_now([&](db::Session& session) -> Result<std::optional<Time>> { return next_due_check(session, now); });
  return next ? *next : std::optional{now + kAfterFailure};
}

void Revocations::remember() {
  auto all = parts_.database.read_now([](db::Session& session) -> Result<std::vector<Revocation>> { return all_revocations(session); });
  if (!all) return log::error("revocation checks could not be read", {{"reason", all.error().message}});
  std::map<std::string, Revocation, std::less<>> latest;
  for (auto& one : *all) {
    auto fingerprint = one.fingerprint;
    latest.emplace(std::move(fingerprint), std::move(one));
  }
  const Lock lock{mutex_};
  latest_ = std::move(latest);
}

std::optional<Revocation> Revocations::state_of(const std::string& fingerprint) const {
  const Lock lock{mutex_};
  const auto found = latest_.find(fingerprint);
  if (found == latest_.end() || !found->second.checked) return {};
  return found->second;
}

Result<> Revocations::clock_set_back(const SetBack& jump) {
  return parts_.database.write_now([&](db::Session& session) -> Result<> {
    clock_set_back_for_revocations(session, jump);
    return {};
  });
}

}  // namespace carillon::certs
