// A field of a stranger behind a trusted proxy: whatever it says, the client is an address or it is refused, and never one that the field
// does not name.

#include "http/forwarded.hpp"

#include <cstdlib>

namespace {

using namespace carillon;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string text{reinterpret_cast<const char*>(data) + 1, size - 1};
  const bool forwarded = data[0] % 2 == 1;
  const http::TrustedProxies proxies{
      .networks = {IpNetwork::parse("198.51.100.0/24").value()},
      .field = forwarded ? http::TrustedProxies::Field::forwarded : http::TrustedProxies::Field::x_forwarded_for};
  const net::Peer proxy{.address = "198.51.100.1", .port = 1, .local_socket = false};
  const auto client_said_by = [&](const std::string& value) {
    http::Fields fields;
    fields.add(forwarded ? "Forwarded" : "X-Forwarded-For", value);
    return http::client_of(fields, proxy, proxies);
  };
  const auto client = client_said_by(text);
  if (client) require(IpAddress::parse(client->address).has_value() && !client->local_socket);
  // What the proxy itself adds at the end is what counts: nothing before it can change that.
  const auto added = client_said_by(text + (forwarded ? ", for=203.0.113.9" : ", 203.0.113.9"));
  require(added && added->address == "203.0.113.9");
  return 0;
}
