// See this_machine.hpp.

#include "dns/this_machine.hpp"

#include "base/text.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace carillon::dns {
namespace {

bool is_loopback(const std::string& address) {
  in_addr bytes{};
  return address == "::1" || (address.starts_with("127.") && ::inet_pton(AF_INET, address.c_str(), &bytes) == 1);
}

}  // namespace

bool is_this_machine(std::string_view name) noexcept { return name == "localhost" || name.ends_with(".localhost"); }

std::vector<std::string> loopback_addresses(std::string_view hosts) {
  std::vector<std::string> found{"127.0.0.1"};
  for (const auto line : split(hosts, '\n')) {
    std::string words{line.substr(0, line.find('#'))};
    std::ranges::replace(words, '\t', ' ');
    const auto parts = split(words, ' ');
    const std::string address{parts.front()};
    if (is_loopback(address) && std::ranges::find(parts, "localhost") != parts.end() && std::ranges::find(found, address) == found.end())
      found.push_back(address);
  }
  return found;
}

}  // namespace carillon::dns
