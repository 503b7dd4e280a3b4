#pragma once
// The TXT record of DNS-PERSIST-01 (draft-ietf-acme-dns-persist), with which a domain permits one account at a CA to get certificates. It
// is set once, by a person, and stays. Pure.

#include "base/result.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs {

/// "_validation-persist.example.org", also for "*.example.org".
[[nodiscard]] std::string standing_record_name(std::string_view name);

/// What a CA must find there.
struct StandingPermission {
  std::vector<std::string> issuers;  ///< domain names of the CA; any one of them will do
  std::string account;               ///< the value of `accounturi`
  /// From draft 02 on, `accounturi` is a hash in which the CA recognizes also earlier keys of the account; other values that begin with
  /// this can be right, too. "": only `account` is right.
  std::string account_prefix{};
  bool wildcard = false;  ///< `policy=wildcard` is required

  /// The content of the record to set.
  [[nodiscard]] std::string record() const;
  /// One line of text without line breaks, and back; none if it isn't one.
  [[nodiscard]] std::string text() const;
  [[nodiscard]] static std::optional<StandingPermission> from_text(std::string_view text);
};

/// `accounturi` as draft 02 §4.1 hashes it, with SHA-256. `domain` is without "*.", `thumbprint` is that of the account's key (RFC 7638).
[[nodiscard]] std::string hashed_account(std::string_view prefix, std::string_view domain, std::string_view thumbprint,
                                         std::string_view account_url);

/// Longer texts are ignored, and so are more texts.
inline constexpr std::size_t kLongestStandingRecord = 2048;
inline constexpr std::size_t kMaxStandingRecords = 64;

/// What the texts at standing_record_name() say about a permission.
struct StandingAnswer {
  bool permits = false;
  std::optional<Time> until{};  ///< `persistUntil` of the record that permits it longest; none: without an end
  std::string problem{};        ///< if it isn't permitted: what is wrong, and which record to set, in one or two sentences
};
[[nodiscard]] StandingAnswer judge_standing_records(const std::vector<std::string>& texts, const StandingPermission& wanted,
                                                    const std::string& name, Time now);

}  // namespace carillon::certs
