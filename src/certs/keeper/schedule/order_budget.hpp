#pragma once
// How many orders an account may place: our own limits, which are below those of all CAs, and the CAs' rate limit responses. Pure.

#include "base/time.hpp"

#include <deque>
#include <map>
#include <string>

namespace carillon::certs {

/// Which limits an order counts against.
enum class OrderKind {
  fresh,    ///< a name without a certificate to follow
  renewal,  ///< specifies the certificate that it replaces (RFC 9773 §5); CAs exempt these from their limits
};

/// The orders of one account. One thread at a time.
class OrderBudget {
 public:
  static constexpr int kBurst = 10;                        ///< orders of any kind …
  static constexpr std::chrono::seconds kBurstWindow{10};  ///< … within this
  static constexpr int kFresh = 290;                       ///< fresh orders (Let's Encrypt allows 300) …
  static constexpr std::chrono::hours kFreshWindow{3};     ///< … within this
  /// If a CA refuses this many different names within one pause, the limit is taken to apply to the account, regardless of its message.
  static constexpr std::size_t kRefusedNames = 2;

  /// When the next order of this kind may be placed; not later than `now` means immediately.
  [[nodiscard]] Time next(OrderKind kind, Time now) const;
  void placed(OrderKind kind, Time at);

  /// The CA refused an order for `name` (429) until `until`. `of_account`: the limit applies to the account; otherwise only the name waits,
  /// until a second name is refused.
  void refused(const std::string& name, Time now, Time until, bool of_account);
  /// Until when orders for this name are refused; in the past: they aren't.
  [[nodiscard]] Time refused_until(const std::string& name) const;
  [[nodiscard]] Time paused_until() const noexcept { return paused_until_; }

 private:
  std::deque<Time> all_;
  std::deque<Time> fresh_;
  std::map<std::string, Time> refused_names_;
  Time paused_until_{};
};

/// At most max(5, 3 × 24 h ÷ lifetime) issuances per name and day, so that a bug can't exhaust a limit.
[[nodiscard]] int most_issuances_per_day(Duration lifetime) noexcept;

}  // namespace carillon::certs
