#pragma once
// Strict parsers for a CA's responses: JSON documents and header fields of RFC 8555 and RFC 9773. Pure. All input is untrusted.

#include "acme/client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::acme::wire {

/// Deeper documents are rejected; ACME's own have four levels.
inline constexpr std::size_t kDeepestDocument = 16;
inline constexpr std::size_t kLongestUrl = 2048;
inline constexpr std::size_t kMaxAuthorizations = 1000;
inline constexpr std::size_t kMaxChallenges = 32;
inline constexpr std::size_t kMaxSubproblems = 100;
inline constexpr std::size_t kMaxProfiles = 64;
inline constexpr std::size_t kMaxCaaIdentities = 32;
inline constexpr std::size_t kMaxAlternates = 10;
/// draft-ietf-acme-dns-persist §3.1.
inline constexpr std::size_t kMaxIssuerDomains = 10;
inline constexpr std::size_t kLongestIssuerDomain = 253;
/// How much of a CA's message is shown to people.
inline constexpr std::size_t kLongestSentence = 500;
inline constexpr std::size_t kLongestNonce = 512;
/// Longer pauses are cut to this: no CA's limit lasts longer, and a mistake must not stop renewals permanently.
inline constexpr std::chrono::days kLongestRetryAfter{7};
/// RFC 9773 §4.3.2, and the default if the CA sends none.
inline constexpr std::chrono::minutes kShortestRenewalPoll{1};
inline constexpr std::chrono::days kLongestRenewalPoll{1};
inline constexpr std::chrono::hours kRenewalPollUnlessSaid{6};

/// Whether this is an absolute URL to which the CA with this directory can send us: https:, or http: if the directory itself is http: (RFC
/// 8555 §6.1).
[[nodiscard]] bool is_url_of_ca(std::string_view url, std::string_view directory);

/// RFC 8555 §7.1.1. All resources that we use must be present, and each URL must belong to the CA.
[[nodiscard]] Result<Directory> parse_directory(std::string_view document, std::string_view directory);
/// RFC 8555 §7.1.3; `url` and `retry_after` aren't changed.
[[nodiscard]] Result<Order> parse_order(std::string_view document, std::string_view directory);
/// RFC 8555 §7.1.4; unreadable challenges are skipped. `url` and `retry_after` aren't changed.
[[nodiscard]] Result<Authorization> parse_authorization(std::string_view document, std::string_view directory);
/// RFC 8555 §7.1.2: the `status` of an account.
[[nodiscard]] Result<Status> parse_account_status(std::string_view document);
/// RFC 9773 §4.2; `retry_after` is clamped. `invalid` if the window doesn't end after its start.
[[nodiscard]] Result<RenewalInfo> parse_renewal_info(std::string_view document, std::optional<Duration> retry_after);

/// A problem document (RFC 7807, RFC 8555 §6.7) as one sentence without its period.
struct Problem {
  std::string type;  ///< "rateLimited"; "" if it isn't an ACME type
  std::string sentence;
  std::map<std::string, std::string> of_names{};  ///< lower-case names of its subproblems, and what is wrong with each
};
/// Never fails: for anything but a problem document, it returns a Problem that says so.
[[nodiscard]] Problem parse_problem(std::string_view document);

/// The targets of `Link: <URL>;rel="alternate"` in one field line (RFC 8288 §3, RFC 8555 §7.4.2), only those of the CA.
[[nodiscard]] std::vector<std::string> alternates_in(std::string_view link, std::string_view directory);

/// Retry-After (RFC 9110 §10.2.3): seconds, or a date that is compared with the CA's own `date`. None if it is neither.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view value, std::optional<Time> date);

/// base64url, not empty (RFC 8555 §6.5.1, §8.3).
[[nodiscard]] bool is_base64url(std::string_view text);

}  // namespace carillon::acme::wire
