#pragma once
// Keeps track of which certificates have been revoked: those that are served, spared and watched are checked at least every six hours.

#include "base/set_back.hpp"
#include "certs/revocation/inquiry.hpp"
#include "certs/revocation/stored_revocations.hpp"

#include <map>

namespace carillon::certs {

/// A certificate is checked this often, or after a twentieth of a short lifetime.
inline constexpr std::chrono::hours kCheckEvery{6};
inline constexpr std::chrono::seconds kShortestCheck{10};
/// Sooner where nobody answered.
inline constexpr std::chrono::hours kCheckAgain{1};
/// What nobody serves or watches any more is forgotten after this.
inline constexpr std::chrono::hours kUnwantedKept{24 * 7};
/// Whoever wants a check says so again after this at the latest.
inline constexpr std::chrono::hours kWantAgain{24};
/// So many certificates are checked in one go; with their chains, they are in memory meanwhile.
inline constexpr int kChecksAtOnce = 500;

/// Any thread. What it is made of must outlive it.
class Revocations {
 public:
  struct Parts {
    db::Database& database;  ///< with kRevocationSchema
    http::Outgoing& outgoing;
    const Clock& clock;
  };
  explicit Revocations(const Parts& parts) : parts_{parts}, inquiry_{parts.outgoing} {}

  /// From now on, the first certificate of `chain` is checked; to be called again every kWantAgain. Within the caller's transaction.
  static void want(db::Session& session, std::span<const crypto::Certificate> chain, Time now);

  /// Checks what is due and answers when something is due next (none: nothing is wanted). One caller at a time; blocks for as long as
  /// servers take.
  std::optional<Time> work();
  /// Reads what is known, for state_of(): once before it is asked, then every few seconds. Blocks.
  void remember();
  /// As it was some seconds ago, from memory; none: it hasn't been checked yet.
  [[nodiscard]] std::optional<Revocation> state_of(const std::string& fingerprint) const;
  /// The clock was set back. Blocks.
  Result<> clock_set_back(const SetBack& jump);

 private:
  Parts parts_;
  Inquiry inquiry_;
  mutable Mutex mutex_;
  std::map<std::string, Revocation, std::less<>> latest_ GUARDED_BY(mutex_);
};

/// What is known after an answer: only an answer changes the status, silence doesn't. Pure.
[[nodiscard]] Revocation after_answer(Revocation state, const RevocationAnswer& answer, Time now);
/// When a certificate with this lifetime is checked next. Pure.
[[nodiscard]] Time next_check_after(const Revocation& state, Duration lifetime, Time now);

}  // namespace carillon::certs
