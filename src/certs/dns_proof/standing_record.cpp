// See standing_record.hpp.

#include "certs/dns_proof/standing_record.hpp"

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "base/spoken_time.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "dns/names.hpp"

#include <algorithm>
#include <charconv>
#include <map>

namespace carillon::certs {
namespace {

/// A date after this can't be shown; it's as good as none.
constexpr std::int64_t kLastSecond = 253'402'300'799;  // the end of the year 9999

/// An issue-value (RFC 8659 §4.2): the issuer's domain name, then parameters.
struct IssueValue {
  std::string issuer;
  std::map<std::string, std::string> parameters;  ///< by their names in lower case
};

std::optional<IssueValue> issue_value(std::string_view text) {
  if (text.size() > kLongestStandingRecord) return {};
  IssueValue value;
  bool first = true;
  for (const auto part : split(text, ';')) {
    const auto one = trimmed(part);
    if (std::exchange(first, false)) {
      value.issuer = lower_ascii(one);
      continue;
    }
    if (one.empty()) continue;
    const auto equals = one.find('=');
    if (equals == std::string_view::npos) return {};
    // A parameter that is there twice makes the record ambiguous, and CAs reject it.
    if (!value.parameters.emplace(lower_ascii(trimmed(one.substr(0, equals))), trimmed(one.substr(equals + 1))).second) return {};
  }
  return value;
}

/// None if it isn't a decimal number.
std::optional<std::int64_t> seconds_in(std::string_view text) {
  std::int64_t seconds = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), seconds);
  if (end != text.data() + text.size() || text.empty() || text.front() == '-') return {};
  if (problem == std::errc::result_out_of_range) return kLastSecond;
  if (problem != std::errc{}) return {};
  return std::min(seconds, kLastSecond);
}

}  // namespace

std::string standing_record_name(std::string_view name) {
  if (dns::is_wildcard(name)) name.remove_prefix(2);
  return "_validation-persist." + std::string(name);
}

std::string StandingPermission::record() const {
  return (issuers.empty() ? std::string{} : issuers.front()) + "; accounturi=" + account + (wildcard ? "; policy=wildcard" : "");
}

std::string StandingPermission::text() const {
  std::string all;
  for (const auto& issuer : issuers) all += (all.empty() ? "" : ",") + issuer;
  return all + " " + account + (wildcard ? " wildcard" : " host") + (account_prefix.empty() ? "" : " " + account_prefix);
}

std::optional<StandingPermission> StandingPermission::from_text(std::string_view text) {
  const auto words = split(text, ' ');
  if (words.size() < 3 || words.size() > 4) return {};
  StandingPermission permission{.issuers = {}, .account = std::string(words[1]), .wildcard = words[2] == "wildcard"};
  for (const auto issuer : split(words[0], ',')) permission.issuers.emplace_back(issuer);
  if (words.size() == 4) permission.account_prefix = words[3];
  return permission;
}

std::string hashed_account(std::string_view prefix, std::string_view domain, std::string_view thumbprint, std::string_view account_url) {
  std::string input(1, static_cast<char>(static_cast<unsigned char>(domain.size())));
  input.append(domain).append(thumbprint).append(account_url);
  return std::string(prefix) + "sha-256/" + to_base64url(crypto::sha256(as_bytes(input)).bytes);
}

StandingAnswer judge_standing_records(const std::vector<std::string>& texts, const StandingPermission& wanted, const std::string& name,
                                      Time now) {
  const auto record = "The TXT record " + standing_record_name(name);
  const auto set = "Set the TXT record " + standing_record_name(name) + " to “" + wanted.record() + "”";
  const auto wrong = [&](std::string_view what) { return record + std::string(what) + " " + set + "."; };
  const auto ended = [&](Time until) {
    return record + " permitted certificates until " + moment_text(until) + " (persistUntil). " + set + ", or choose a later persistUntil.";
  };
  std::string problem;
  StandingAnswer answer;
  for (const auto& text : std::span{texts}.first(std::min(texts.size(), kMaxStandingRecords))) {
    const auto value = issue_value(text);
    if (!value || std::ranges::find(wanted.issuers, value->issuer) == wanted.issuers.end()) continue;
    const auto parameter = [&](const std::string& key) {
      const auto found = value->parameters.find(key);
      return found == value->parameters.end() ? std::string{} : found->second;
    };
    const auto account = parameter("accounturi");
    const bool is_ours = account == wanted.account || (!wanted.account_prefix.empty() && account.starts_with(wanted.account_prefix));
    if (!is_ours) {
      problem = wrong(" is for another account with the CA.");
      continue;
    }
    if (wanted.wildcard && lower_ascii(parameter("policy")) != "wildcard") {
      problem = wrong(" doesn't permit wildcards.");
      continue;
    }
    std::optional<Time> until;
    if (value->parameters.contains("persistuntil")) {
      const auto seconds = seconds_in(parameter("persistuntil"));
      if (!seconds) {
        problem = wrong(" has a persistUntil that isn't a number of seconds.");
        continue;
      }
      until = Time{std::chrono::seconds{*seconds}};
      if (*until <= now) {
        problem = ended(*until);
        continue;
      }
    }
    if (!answer.permits || (answer.until && (!until || *until > *answer.until))) answer.until = until;
    answer.permits = true;
  }
  if (!answer.permits) answer.problem = problem.empty() ? "The CA can't verify " + name + " yet. " + set + "." : problem;
  return answer;
}

}  // namespace carillon::certs
