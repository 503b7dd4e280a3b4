// See this_machine.hpp.

#include "dns/this_machine.hpp"

#include "base/ip/address.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::dns {
bool is_this_machine(std::string_view name) noexcept { return name == "localhost" || name.ends_with(".localhost"); }

std::vector<std::string> loopback_addresses(std::string_view hosts) {
  std::vector<std::string> found{"127.0.0.1"};
  for (const auto line : split(hosts, '\n')) {
    std::string words{line.substr(0, line.find('#'))};
    std::ranges::replace(words, '\t', ' ');
    const auto parts = split(words, ' ');
    const auto address = IpAddress::parse(parts.front());
    if (!address || !is_loopback(*address) || std::ranges::find(parts, "localhost") == parts.end()) continue;
    if (auto text = address->text(); std::ranges::find(found, text) == found.end()) found.push_back(std::move(text));
  }
  return found;
}

}  // namespace carillon::dns
