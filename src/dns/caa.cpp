// See caa.hpp.

#include "dns/caa.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <optional>

namespace carillon::dns {
namespace {

constexpr unsigned char kCriticalBit = 0x80;
constexpr std::string_view kWhiteSpace = " \t";
/// Tags whose meaning is known, so that the critical bit on them forbids nothing: RFC 8659, RFC 9495 and CA/B BR (contacts).
constexpr std::array<std::string_view, 6> kKnownTags{"issue", "issuewild", "iodef", "issuemail", "contactemail", "contactphone"};

bool is_letter_or_digit(char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

std::string_view without_spaces(std::string_view text) {
  const auto first = text.find_first_not_of(kWhiteSpace);
  if (first == std::string_view::npos) return {};
  return text.substr(first, text.find_last_not_of(kWhiteSpace) - first + 1);
}

/// label = (ALPHA / DIGIT) *( *("-") (ALPHA / DIGIT)); a parameter's tag has the same grammar.
bool is_label(std::string_view text) {
  return !text.empty() && is_letter_or_digit(text.front()) && is_letter_or_digit(text.back()) &&
         std::ranges::all_of(text, [](char c) { return is_letter_or_digit(c) || c == '-'; });
}

bool is_parameter(std::string_view text) {
  const auto equals = text.find('=');
  if (equals == std::string_view::npos || !is_label(without_spaces(text.substr(0, equals)))) return false;
  return std::ranges::all_of(without_spaces(text.substr(equals + 1)),
                             [](char c) { return c >= 0x21 && c <= 0x7e; });  // ';' has been split at
}

/// The issuer's domain of an issue or issuewild value (RFC 8659 §4.2), lower case; "" for nobody. None when the value breaks the grammar.
std::optional<std::string> issuer_in(std::string_view value) {
  const auto parts = split(value, ';');
  const auto domain = without_spaces(parts.front());
  if (!domain.empty() && !std::ranges::all_of(split(domain, '.'), is_label)) return {};
  for (std::size_t i = 1; i < parts.size(); ++i) {
    // Nothing may stand behind a ';' only where the whole list is empty; a trailing one is forgiven, for many zones have it.
    if (without_spaces(parts[i]).empty() && i + 1 == parts.size()) continue;
    if (!is_parameter(parts[i])) return {};
  }
  return lower_ascii(domain);
}

}  // namespace

Result<CaaRecord> parse_caa(std::string_view rdata) {
  if (rdata.size() < 2) return fail(ErrorKind::invalid, "A CAA record is truncated.");
  const auto flags = static_cast<unsigned char>(rdata[0]);
  const auto tag_length = static_cast<unsigned char>(rdata[1]);
  const auto rest = rdata.substr(2);
  const auto tag = rest.substr(0, tag_length);
  if (tag.size() != tag_length || tag.empty() || !std::ranges::all_of(tag, is_letter_or_digit))
    return fail(ErrorKind::invalid, "A CAA record has no tag.");
  return CaaRecord{.critical = (flags & kCriticalBit) != 0, .tag = lower_ascii(tag), .value = std::string(rest.substr(tag_length))};
}

bool caa_permits(const std::vector<CaaRecord>& records, const std::vector<std::string>& identities, bool wildcard) {
  const auto has = [&](std::string_view tag) {
    return std::ranges::any_of(records, [&](const CaaRecord& record) { return record.tag == tag; });
  };
  for (const auto& record : records)
    if (record.critical && std::ranges::find(kKnownTags, record.tag) == kKnownTags.end()) return false;
  const std::string_view relevant = wildcard && has("issuewild") ? "issuewild" : "issue";
  if (!has(relevant)) return true;
  return std::ranges::any_of(records, [&](const CaaRecord& record) {
    if (record.tag != relevant) return false;
    const auto issuer = issuer_in(record.value);
    if (!issuer || issuer->empty()) return false;
    return identities.empty() ||
           std::ranges::any_of(identities, [&](const std::string& identity) { return equal_ignoring_case(identity, *issuer); });
  });
}

}  // namespace carillon::dns
