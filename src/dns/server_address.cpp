// See server_address.hpp.

#include "dns/server_address.hpp"

#include "base/ip/address.hpp"
#include "base/text.hpp"

namespace carillon::dns {

Result<ServerAddress> parse_server(const std::string& text, std::string field) {
  const auto wrong = [&] {
    return fail(ErrorKind::invalid,
                "“" + text + "” isn't a name server; enter its IP address, e.g. 192.0.2.53, 127.0.0.1:8053 or [::1]:8053.",
                std::move(field));
  };
  ServerAddress server{.address = text};
  if (IpAddress::parse(text)) return server;
  const auto colon = text.rfind(':');
  if (colon == std::string::npos) return wrong();
  server.address = text.substr(0, colon);
  if (server.address.starts_with('[') && server.address.ends_with(']'))
    server.address = server.address.substr(1, server.address.size() - 2);
  const auto port = parse_number(text.substr(colon + 1));
  if (!port || *port == 0 || *port > 65535 || !IpAddress::parse(server.address)) return wrong();
  server.port = static_cast<std::uint16_t>(*port);
  return server;
}

std::string text_of(const ServerAddress& server) {
  if (server.port == kDnsPort) return server.address;
  const auto address = server.address.contains(':') ? "[" + server.address + "]" : server.address;
  return address + ":" + std::to_string(server.port);
}

}  // namespace carillon::dns
