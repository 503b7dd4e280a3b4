// Targets, ports and lists of them as anybody may type them: refused with a sentence, or endpoints that mean the same when they are typed
// again.

#include "certs/scan/targets.hpp"

#include <array>
#include <cstdlib>

namespace {

using namespace carillon;
using namespace carillon::certs;

constexpr std::array<std::uint16_t, 2> kPorts{443, 25};
constexpr std::size_t kMaxTypedAgain = 64;

void require(bool holds) {
  if (!holds) std::abort();
}

void check(std::string_view text) {
  const auto targets = parse_target(text, kPorts);
  if (!targets) {
    require((targets.error().kind == ErrorKind::invalid || targets.error().kind == ErrorKind::too_large) &&
            !targets.error().message.empty());
    return;
  }
  require(!targets->empty() && targets->size() <= kMaxEndpoints);
  for (std::size_t i = 0; i < std::min(targets->size(), kMaxTypedAgain); ++i) {
    const auto again = parse_target((*targets)[i].text(), kPorts);
    require(again && again->size() == 1 && again->front() == (*targets)[i]);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  (void)parse_ports(text);
  if (const auto lines = parse_target_lines(text)) {
    for (const auto& line : *lines) check(line);
  }
  check(text);
  return 0;
}
