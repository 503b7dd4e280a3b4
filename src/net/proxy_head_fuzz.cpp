// Bytes before a connection as the head of a proxy: what is taken must lie within them, and mean the same however the network cuts it.

#include "net/proxy_head.hpp"

#include <cstdlib>

namespace {

using namespace carillon::net;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto whole = parse_proxy_head(bytes);
  require(whole.state != ProxyHead::State::incomplete || size < kMaxProxyHead);
  // As it is read: a little more each time, until it can be told.
  for (std::size_t length = 0; length <= size; ++length) {
    const auto so_far = parse_proxy_head(bytes.substr(0, length));
    if (so_far.state == ProxyHead::State::incomplete) continue;
    require(so_far.state == whole.state && so_far.length == whole.length && so_far.client.has_value() == whole.client.has_value());
    if (whole.client) require(so_far.client->address == whole.client->address && so_far.client->port == whole.client->port);
    require(so_far.length <= length);
    break;
  }
  if (whole.client) require(carillon::IpAddress::parse(whole.client->address.text()).value() == whole.client->address);
  return 0;
}
