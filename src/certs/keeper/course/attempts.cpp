// See attempts.hpp.

#include "certs/keeper/course/attempts.hpp"

#include "certs/keeper/history.hpp"
#include "certs/keeper/schedule/backoff.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

/// An order that gets nowhere for this long is given up and placed anew.
constexpr hours kOrderPatience{1};
constexpr seconds kShortestPatience{5};
/// None of our own pauses takes more than this share of a lifetime: a certificate of a minute has no minute to wait.
constexpr int kPauseShare = 20;
/// When it has ended that share may be as long as this.
constexpr minutes kPauseWhenEnded{1};
/// Let's Encrypt takes 5 failed authorizations of a name in an hour: one stays in reserve.
constexpr std::size_t kMaxFailedAuthorizations = 4;
constexpr hours kFailedAuthorizationsWindow{1};
/// It issues 5 certificates for the same name in 7 days, and one that cannot be used counts too: after so many that had to be thrown away
/// it gets slow.
constexpr std::size_t kMaxRejected = 3;
constexpr hours kRejectedWindow{24 * 7};
constexpr hours kRejectedPause{34};

}  // namespace

Duration within_lifetime(Duration pause, const std::optional<InForce>& current) {
  return current ? std::min(pause, current->validity.lifetime() / kPauseShare) : pause;
}

Duration order_patience(const std::optional<InForce>& current) {
  return std::max<Duration>(within_lifetime(kOrderPatience, current), kShortestPatience);
}

acme::Failure plain_failure(Error error) { return {.error = std::move(error), .status = 0, .type = {}, .retry_after = {}}; }
acme::Failure plain_failure(std::string message) { return plain_failure(Error{ErrorKind::unavailable, std::move(message), {}}); }

void Attempts::follow(NameState& entry) const {
  const auto& row = entry.row;
  entry.attempt.left_alone = false;
  if (row.order_url.empty() || entry.attempt.order == row.order_url) return;
  // Found, not placed: this process was started again, or has taken the name over.
  entry.attempt.order = row.order_url;
  entry.attempt.order_since = now();
  entry.attempt.left_alone = entry.attempt.order_since - row.step_at > kOrderPatience;
}

Duration Attempts::waited(const NameState& entry) const {
  const bool followed = !entry.row.order_url.empty() && entry.attempt.order == entry.row.order_url;
  return now() - (followed ? std::max(entry.row.step_at, entry.attempt.order_since) : entry.row.step_at);
}

void Attempts::drop(KeptName& row) const {
  withdraw_proof(row);
  row.step = Step::due;
  row.step_at = now();
  row.order_url.clear();
  row.order_key.clear();
  row.order_names.clear();
}

void Attempts::put_in_place(KeptName& row, const std::string& certificate, const std::string& issuer) const {
  drop(row);
  row.for_spare = false;
  row.issuer = issuer;
  row.fresh = certificate;
  row.step = Step::stored;
  row.next_try = row.step_at;
}

void Attempts::withdraw_proof(KeptName& row) const { row.proof = solvers_.withdraw(row); }

void Attempts::withdraw_proof(KeptName& row, std::string_view host) const { row.proof = solvers_.withdraw(row, host); }

std::string noted_as(const acme::Failure& failure) {
  return failure.type == kOfAuthorization ? "authorization failed" : failure.type == kOfCertificate ? "rejected" : "failed";
}

Duration Attempts::pause_after(const NameState& entry, int failures, const acme::Failure& failure) const {
  const auto at = now();
  auto left = entry.current ? std::optional<Duration>{entry.current->validity.not_after - at} : std::nullopt;
  const bool ended = left && *left <= Duration{};
  // Nothing gets worse by waiting as long as usual when it has ended, or when it is the spare that is waited for.
  if (ended || entry.row.for_spare) left.reset();
  auto pause = certs::pause_after(failures, random_.draw(), failure.retry_after, left);
  const auto share = std::max<Duration>(within_lifetime(pause, entry.current), ended ? kPauseWhenEnded : Duration{});
  pause = std::min(pause, std::max(share, failure.retry_after.value_or(Duration{})));
  const bool of_authorization = failure.type == kOfAuthorization, of_certificate = failure.type == kOfCertificate;
  if (!of_authorization && !of_certificate) return pause;
  const Duration window = of_authorization ? kFailedAuthorizationsWindow : kRejectedWindow;
  auto before = world_.database.read_now([&](db::Session& session) -> Result<std::vector<Time>> {
    return noted_since(session, entry.row.name, entry.row.issuer, noted_as(failure), at - window);
  });
  if (before) before->push_back(at);
  if (of_authorization && before && before->size() >= kMaxFailedAuthorizations)
    pause = std::max<Duration>(pause, (*before)[before->size() - kMaxFailedAuthorizations] + window - at + seconds{1});
  if (of_certificate && before && before->size() >= kMaxRejected) pause = std::max<Duration>(pause, kRejectedPause);
  return pause;
}

}  // namespace carillon::certs
