// Fuzz target: any bytes as a picture, small ones so that each run is quick. What is taken is square, of the sides that are allowed, and
// can be encoded and read again.

#include "media/pictures/color.hpp"
#include "media/pictures/decode.hpp"
#include "media/pictures/encode.hpp"
#include "media/pictures/resize.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  using namespace carillon::media;
  const auto file = std::as_bytes(std::span{data, size});
  for (const bool damaged : {false, true}) {
    // Of other formats, too: their decoders get what their libraries' own fuzzers give them.
    const DecodeLimits limits{.smallest = 1, .largest = 96, .damaged = damaged};
    auto raster = decode_picture(file, limits);
    if (!raster) {
      if (raster.error().kind != ErrorKind::invalid || raster.error().message.empty()) std::abort();
      continue;
    }
    const auto pixels = to_pixels(std::move(*raster));
    if (pixels.width != pixels.height || pixels.width > limits.largest) std::abort();
    const auto small = resized(pixels, (pixels.width + 1) / 2);
    const auto jpeg = encode_jpeg(small, false);
    if (!jpeg || !encode_webp(small) || !decode_picture(*jpeg, limits)) std::abort();
  }
  return 0;
}
