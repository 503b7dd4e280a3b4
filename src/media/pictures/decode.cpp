// Which decoder a file goes to, and what both refuse.

#include "media/pictures/decode.hpp"

#include "media/pictures/decoders.hpp"

#include <fmt/format.h>

namespace carillon::media {

Result<> check_sides(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits) {
  if (width != height) return fail(ErrorKind::invalid, fmt::format("The image is {} × {} pixels; a cover must be square.", width, height));
  if (width < static_cast<std::uint64_t>(limits.smallest) || width > static_cast<std::uint64_t>(limits.largest))
    return fail(ErrorKind::invalid, fmt::format("The image is {} × {} pixels; a cover must be {} to {} pixels on each side.", width, height,
                                                limits.smallest, limits.largest));
  return {};
}

std::unexpected<Error> damaged_picture(std::string_view kind, std::string_view how) {
  return fail(ErrorKind::invalid, fmt::format("The {} image is damaged: {}. Export it again from the original.", kind, how));
}

Result<Raster> decode_picture(std::span<const std::byte> file, const DecodeLimits& limits) {
  const auto text = as_text(file.first(std::min<std::size_t>(file.size(), 8)));
  if (text.starts_with("\xFF\xD8")) return decode_jpeg(file, limits);
  if (text == "\x89PNG\r\n\x1a\n") return decode_png(file, limits);
  return fail(ErrorKind::invalid, "The image is neither JPEG nor PNG.");
}

}  // namespace carillon::media
