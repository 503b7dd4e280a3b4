// Endpoint: an address and a port in text. See server.hpp.

#include "base/text.hpp"
#include "net/server.hpp"

namespace carillon::net {

Result<Endpoint> Endpoint::parse(std::string_view text) {
  const auto wrong = [&] {
    return fail(ErrorKind::invalid, "“" + std::string(text) + "” isn't an address and port, e.g. 0.0.0.0:8080, [::]:8443 or :8443.");
  };
  const auto colon = text.rfind(':');
  if (colon == std::string_view::npos) return wrong();
  auto address = text.substr(0, colon);
  const auto port = parse_number(text.substr(colon + 1));
  if (!port || *port > 65535) return wrong();
  if (address.starts_with('[') && address.ends_with(']'))
    address = address.substr(1, address.size() - 2);
  else if (address.contains(':'))
    return wrong();
  return Endpoint{std::string(address), static_cast<std::uint16_t>(*port)};
}

}  // namespace carillon::net
