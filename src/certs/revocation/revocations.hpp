#pragma once
// Tracks which certificates have been revoked: active, spare and watched ones are checked at least every six hours.

#include "base/set_back.hpp"
#include "certs/revocation/inquiry.hpp"
#include "certs/revocation/stored_revocations.hpp"

#include <map>

namespace carillon::certs {

/// A certificate is checked this often, or after a twentieth of a short lifetime.
inline constexpr std::chrono::hours kCheckEvery{6};
inline constexpr std::chrono::seconds kShortestCheck{10};
/// Sooner if there was no answer.
inline constexpr std::chrono::hours kCheckAgain{1};
/// Certificates that are no longer served or watched are forgotten after this time.
inline constexpr std::chrono::hours kUnwantedKept{24 * 7};
/// Callers that want a check request it again after this time at the latest.
inline constexpr std::chrono::hours kWantAgain{24};
/// How many certificates are checked at a time; they and their chains are in memory meanwhile.
inline constexpr int kChecksAtOnce = 500;

/// Any thread. Its dependencies must outlive it.
class Revocations {
 public:
  struct Parts {
    db::Database& database;  ///< with kRevocationSchema
    http::Outgoing& outgoing;
    const Clock& clock;
  };
  explicit Revocations(const Parts& parts) : parts_{parts}, inquiry_{parts.outgoing} {}

  /// Has the first certificate of `chain` checked from now on; call it again every kWantAgain. Runs in the caller's transaction.
  static void want(db::Session& session, std::span<const crypto::Certificate> chain, Time now);

  /// Checks what is due and returns when the next check is due (none: nothing is wanted). One caller at a time; blocks for as long as
  /// servers take.
  std::optional<Time> work();
  /// Reads what is known, for state_of(). Call it once before state_of(), then every few seconds. Blocks.
  void remember();
  /// The state a few seconds ago, from memory; none: it hasn't been checked yet.
  [[nodiscard]] std::optional<Revocation> state_of(const std::string& fingerprint) const;
  /// The clock was set back. Blocks.
  Result<> clock_set_back(const SetBack& jump);

 private:
  Parts parts_;
  Inquiry inquiry_;
  mutable Mutex mutex_;
  std::map<std::string, Revocation, std::less<>> latest_ GUARDED_BY(mutex_);
};

/// The state after an attempt. Only an answer changes the status. Pure.
[[nodiscard]] Revocation after_answer(Revocation state, const RevocationAnswer& answer, Time now);
/// When a certificate with this lifetime is checked next. Pure.
[[nodiscard]] Time next_check_after(const Revocation& state, Duration lifetime, Time now);

}  // namespace carillon::certs
