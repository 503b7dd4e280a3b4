// Whatever stands at the end of a link or in its form: no token passes but the one that we would make of what it says, and no length but a
// sensible one.

#include "incidents/acknowledging.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  namespace incidents = carillon::incidents;
  constexpr std::string_view kKey = "the key of the corpus";
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto link = incidents::verified_link(text, kKey); link && incidents::token_of(*link, kKey) != text) std::abort();
  for (const auto& quiet : {incidents::parse_quiet(text), incidents::quiet_from_form(text)}) {
    if (quiet && (*quiet <= carillon::Duration::zero() || *quiet > incidents::kLongestQuiet)) std::abort();
  }
  return 0;
}
