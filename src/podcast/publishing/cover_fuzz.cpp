// Fuzz target: any bytes as a cover, by its header.

#include "podcast/publishing/cover.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const auto checked = podcast::check_cover({reinterpret_cast<const char*>(data), size});
  if (!checked && (checked.error().kind != ErrorKind::invalid || checked.error().field != "image" || checked.error().message.empty()))
    std::abort();
  return 0;
}
