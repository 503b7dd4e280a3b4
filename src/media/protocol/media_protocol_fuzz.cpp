// Fuzz target: a message from the other program. What is understood is said again in the same words.

#include "media/protocol/protocol.hpp"

#include <cstdlib>

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::media::protocol;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto reply = parse_reply(text)) {
    const auto written = to_json(*reply);
    check(written.size() <= kLongestMessage);
    const auto again = parse_reply(written);
    check(again && again->index() == reply->index() && to_json(*again) == written);
  }
  if (const auto request = parse_request(text)) check(to_json(parse_request(to_json(*request)).value()) == to_json(*request));
  return 0;
}
