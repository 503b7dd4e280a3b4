#pragma once
// What a CA says, read strictly: JSON documents and header fields of RFC 8555 and RFC 9773. Pure. Everything here is foreign.

#include "acme/client.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::acme::wire {

/// Deeper documents are refused: what ACME defines has four levels.
inline constexpr std::size_t kDeepestDocument = 16;
inline constexpr std::size_t kLongestUrl = 2048;
inline constexpr std::size_t kMaxAuthorizations = 1000;
inline constexpr std::size_t kMaxChallenges = 32;
inline constexpr std::size_t kMaxSubproblems = 100;
inline constexpr std::size_t kMaxProfiles = 64;
inline constexpr std::size_t kMaxCaaIdentities = 32;
inline constexpr std::size_t kMaxAlternates = 10;
/// Of a CA's prose this much is passed on to people.
inline constexpr std::size_t kLongestSentence = 500;
inline constexpr std::size_t kLongestNonce = 512;
/// Longer pauses are taken for this: no limit of a CA lasts longer, and a mistake must not stop renewals for good.
inline constexpr std::chrono::days kLongestRetryAfter{7};
/// RFC 9773 §4.3.2 and what is done where the CA says nothing.
inline constexpr std::chrono::minutes kShortestRenewalPoll{1};
inline constexpr std::chrono::days kLongestRenewalPoll{1};
inline constexpr std::chrono::hours kRenewalPollUnlessSaid{6};

/// Is it an absolute URL that the CA with this directory may send us to? https:, or http: where the directory itself is http: (RFC 8555
/// §6.1).
[[nodiscard]] bool is_url_of_ca(std::string_view url, std::string_view directory);

/// RFC 8555 §7.1.1. All of the resources that we use must be there, and each URL be one of the CA.
[[nodiscard]] Result<Directory> parse_directory(std::string_view document, std::string_view directory);
/// RFC 8555 §7.1.3; `url` and `retry_after` stay as they are.
[[nodiscard]] Result<Order> parse_order(std::string_view document, std::string_view directory);
/// RFC 8555 §7.1.4; challenges that can't be read are left out. `url` and `retry_after` stay as they are.
[[nodiscard]] Result<Authorization> parse_authorization(std::string_view document, std::string_view directory);
/// RFC 8555 §7.1.2: the `status` of an account.
[[nodiscard]] Result<Status> parse_account_status(std::string_view document);
/// RFC 9773 §4.2; `retry_after` is what `retry_after` says, clamped. `invalid` for a window that does not end after its start.
[[nodiscard]] Result<RenewalInfo> parse_renewal_info(std::string_view document, std::optional<Duration> retry_after);

/// A problem document (RFC 7807, RFC 8555 §6.7) as one sentence without its full stop.
struct Problem {
  std::string type;  ///< "rateLimited"; "" when it is none of ACME's
  std::string sentence;
};
/// Never fails: what is no problem document is a Problem that says so.
[[nodiscard]] Problem parse_problem(std::string_view document);

/// The targets of `Link: <URL>;rel="alternate"` in one field line (RFC 8288 §3, RFC 8555 §7.4.2), those of the CA only.
[[nodiscard]] std::vector<std::string> alternates_in(std::string_view link, std::string_view directory);

/// Retry-After (RFC 9110 §10.2.3): seconds, or a date that is compared with the CA's own `date`. None when it says neither.
[[nodiscard]] std::optional<Duration> parse_retry_after(std::string_view value, std::optional<Time> date);

/// base64url, not empty (RFC 8555 §6.5.1, §8.3).
[[nodiscard]] bool is_base64url(std::string_view text);

}  // namespace carillon::acme::wire
