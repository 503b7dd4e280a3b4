// Endpoints as people write them. See probe.hpp.

#include "base/text.hpp"
#include "certs/probe/probe.hpp"
#include "dns/names.hpp"

namespace carillon::certs {
namespace {

constexpr std::string_view kHttps = "https://";
constexpr std::uint16_t kHttpsPort = 443;
constexpr std::size_t kMaxShown = 100;  ///< of what was given, in a message

std::unexpected<Error> wrong(std::string_view text, const std::string& why) {
  return fail(ErrorKind::invalid, "“" + clean_for_xml(cut_to(text, kMaxShown)) + "” " + why, "target");
}

}  // namespace

Result<Target> endpoint_from(std::string_view text) {
  text = trimmed(text);
  auto rest = text;
  Target target{.host = {}, .port = 0, .starttls = StartTls::none};
  if (lower_ascii(rest.substr(0, kHttps.size())) == kHttps) {
    rest.remove_prefix(kHttps.size());
    rest = rest.substr(0, rest.find_first_of("/?#"));
    target.port = kHttpsPort;
  } else if (rest.contains("://") || rest.contains('/')) {
    return wrong(text, "isn't an endpoint; write HOST:PORT, e.g. mail.example.org:993.");
  }
  std::string_view host = rest, port;
  if (rest.starts_with('[')) {
    const auto close = rest.find(']');
    if (close == std::string_view::npos) return wrong(text, "isn't an endpoint: its brackets don't match.");
    host = rest.substr(1, close - 1);
    port = rest.substr(close + 1);
    if (!port.empty() && !port.starts_with(':')) return wrong(text, "isn't an endpoint; write [ADDRESS]:PORT, e.g. [2001:db8::1]:443.");
  } else if (const auto colon = rest.find(':'); colon != std::string_view::npos) {
    if (rest.find(':', colon + 1) != std::string_view::npos)
      return wrong(text, "isn't an endpoint; an IPv6 address needs brackets, e.g. [2001:db8::1]:443.");
    host = rest.substr(0, colon);
    port = rest.substr(colon);
  }
  if (!port.empty()) {
    const auto number = parse_number(port.substr(1));
    if (!number || *number == 0 || *number > 65'535)
      return wrong(text, "has no valid port; ports are 1 to 65535, e.g. mail.example.org:993.");
    target.port = static_cast<std::uint16_t>(*number);
  }
  auto name = dns::host_name(host);
  if (!name) return wrong(text, "isn't an endpoint; write HOST:PORT, e.g. mail.example.org:993.");
  if (target.port == 0) return wrong(text, "has no port; add one after the name, e.g. " + *name + ":443.");
  target.host = std::move(*name);
  return target;
}

}  // namespace carillon::certs
