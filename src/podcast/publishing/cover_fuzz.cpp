// Fuzz target: any bytes as a cover, by its header.

#include "podcast/publishing/cover.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  for (const auto fit : {podcast::CoverFit::as_it_is, podcast::CoverFit::cropped}) {
    const auto checked = podcast::check_cover({reinterpret_cast<const char*>(data), size}, fit);
    if (checked) continue;
    const auto& error = checked.error();
    if (error.kind != ErrorKind::invalid || error.message.empty() ||
        (error.field != "image" && (error.field != "fit" || fit == podcast::CoverFit::cropped)))
      std::abort();
  }
  return 0;
}
