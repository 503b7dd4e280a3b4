#pragma once
// What an authority can be told to do wrong, when, and how often.

#include "base/time.hpp"

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::testca {

/// What a request is about.
enum class RequestKind {
  any,  ///< in a fault: whatever it is
  directory,
  new_nonce,
  new_account,
  account,
  key_change,
  new_order,
  order,
  authorization,
  challenge,
  finalize,
  certificate,
  revoke,
  renewal_info,
};
inline constexpr std::size_t kRequestKinds = 14;
[[nodiscard]] std::string_view name_of(RequestKind kind) noexcept;  ///< "new_order"
[[nodiscard]] std::optional<RequestKind> request_kind_from(std::string_view name) noexcept;

enum class FaultKind {
  // Instead of an answer.
  rate_limited,     ///< 429 `rateLimited` with `retry_after`
  server_error,     ///< `status` (default 503), with `retry_after` if set
  no_answer,        ///< the connection fails
  account_unknown,  ///< 400 `accountDoesNotExist`
  bad_nonce,        ///< 400 `badNonce`
  // Something is wrong with a right answer.
  truncated_body,     ///< the connection is cut halfway
  half_body,          ///< a whole message of half the content
  slow_body,          ///< drips for `delay`; nothing else is wrong
  missing_nonce,      ///< no Replay-Nonce
  date_off,           ///< the Date is off by `delay` (may be negative)
  garbage_directory,  ///< 200 and no JSON
  // Orders and certificates; `at` does not matter.
  hung_order,     ///< stays in processing after finalize
  invalid_order,  ///< turns invalid after finalize
  wrong_key,      ///< the certificate is for another key
  wrong_name,     ///< the certificate is for another name
  expired_certificate,
  missing_intermediate,  ///< the chain is the leaf alone
  wrong_intermediate,    ///< the chain continues with a certificate that signed nothing
  replaces_refused,      ///< 409 `alreadyReplaced`
};
[[nodiscard]] std::string_view name_of(FaultKind kind) noexcept;
[[nodiscard]] std::optional<FaultKind> fault_kind_from(std::string_view name) noexcept;

struct Fault {
  FaultKind kind = FaultKind::no_answer;
  RequestKind at = RequestKind::any;
  std::string name;                    ///< only requests about this name; "": all
  std::optional<std::uint32_t> count;  ///< how often it strikes; none: always
  std::optional<Time> from;            ///< none: now
  std::optional<Time> until;           ///< none: for ever
  int status = 503;
  std::optional<Duration> retry_after;
  Duration delay{};
};

/// The faults in force. Not synchronized.
class Faults {
 public:
  /// Answers its number, for remove().
  std::uint64_t add(Fault fault);
  void remove(std::uint64_t number);
  void clear() noexcept { active_.clear(); }

  struct Active {
    std::uint64_t number = 0;
    Fault fault;
    std::uint64_t struck = 0;  ///< how often it has
  };
  [[nodiscard]] const std::vector<Active>& list() const noexcept { return active_; }
  /// Does any fault ask for a name? Then callers find out which names a request is about.
  [[nodiscard]] bool ask_for_names() const noexcept;

  /// The oldest fault of one of `kinds` that strikes now; counted as struck.
  std::optional<Fault> strike(std::span<const FaultKind> kinds, RequestKind at, std::span<const std::string> names, Time now);
  std::optional<Fault> strike(FaultKind kind, RequestKind at, std::span<const std::string> names, Time now) {
    return strike(std::span{&kind, 1}, at, names, now);
  }

 private:
  std::vector<Active> active_;
  std::uint64_t next_ = 1;
};

}  // namespace carillon::testca
