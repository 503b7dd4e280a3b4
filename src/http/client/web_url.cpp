// See web_url.hpp.

#include "http/client/web_url.hpp"

#include "base/ip/address.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::http {
namespace {

constexpr std::uint64_t kLargestPort = 65'535;

std::unexpected<Error> wrong(std::string clause) { return fail(ErrorKind::invalid, std::move(clause)); }

/// A name, an IPv4 address, or an IPv6 address in brackets.
bool is_host(std::string_view host) {
  if (host.starts_with('[') && host.ends_with(']')) return IpAddress::parse(host.substr(1, host.size() - 2)).has_value();
  return !host.empty() && host.front() != '.' && !host.contains("..") && std::ranges::all_of(host, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
  });
}

}  // namespace

Result<> check_web_url(std::string_view text, const WebUrlRules& rules) {
  constexpr std::string_view kHttp = "http://", kHttps = "https://";
  const auto lower = lower_ascii(text.substr(0, kHttps.size()));
  const auto scheme = lower.starts_with(kHttps) ? kHttps.size() : lower.starts_with(kHttp) && !rules.https_only ? kHttp.size() : 0;
  if (scheme == 0) return wrong(rules.https_only ? "it must begin with https://" : "it must begin with http:// or https://");
  const auto is_good = [](char c) { return c > ' ' && c < 0x7f && !std::string_view{"<>\"\\^`{|}"}.contains(c); };
  if (!std::ranges::all_of(text, is_good))
    return wrong("it contains a space or another character that must be percent-encoded (or a host that must be written as xn--…)");
  if (text.contains('#')) return wrong("it must not have a fragment (#…)");
  const auto rest = text.substr(scheme);
  auto authority = rest.substr(0, rest.find_first_of("/?"));
  if (const auto at = authority.rfind('@'); at != std::string_view::npos) {
    if (!rules.may_have_user) return wrong("it must not contain a user name or password");
    authority.remove_prefix(at + 1);
  }
  const auto bracket = authority.rfind(']');
  const auto colon = authority.find(':', bracket == std::string_view::npos ? 0 : bracket);
  if (!is_host(authority.substr(0, colon))) return wrong("it doesn't have a valid host");
  if (colon == std::string_view::npos) return {};
  const auto port = parse_number(authority.substr(colon + 1));
  if (!port || *port == 0 || *port > kLargestPort) return wrong("its port isn't a number from 1 to 65535");
  return {};
}

}  // namespace carillon::http
