// Which decoder a file goes to, and what both refuse.

#include "media/pictures/decode.hpp"

#include "media/pictures/decoders.hpp"
#include "media/protocol/protocol.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace carillon::media {

Result<> check_sides(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits) {
  const auto shorter = std::min(width, height), longer = std::max(width, height);
  if (limits.fit) {
    if (shorter < static_cast<std::uint64_t>(kSmallestToFit))
      return fail(ErrorKind::invalid,
                  fmt::format("The image is {} × {} pixels; it must have at least {} pixels on each side to be scaled up.", width, height,
                              kSmallestToFit));
    if (longer > static_cast<std::uint64_t>(kMaxDecodedSide) || width * height > kMaxDecodedPixels)
      return fail(ErrorKind::invalid,
                  fmt::format("The image is {} × {} pixels; at most {} megapixels and {} pixels on each side are allowed.", width, height,
                              kMaxDecodedPixels / 1'000'000, kMaxDecodedSide));
    return {};
  }
  if (width != height)
    return fail(ErrorKind::invalid,
                fmt::format("The image is {} × {} pixels; a cover must be square.{}", width, height, protocol::kOfferToFit));
  if (width < static_cast<std::uint64_t>(limits.smallest) || width > static_cast<std::uint64_t>(limits.largest))
    return fail(ErrorKind::invalid, fmt::format("The image is {} × {} pixels; a cover must be {} to {} pixels on each side.{}", width,
                                                height, limits.smallest, limits.largest, protocol::kOfferToFit));
  return {};
}

std::unexpected<Error> damaged_picture(std::string_view kind, std::string_view how) {
  return fail(ErrorKind::invalid, fmt::format("The {} image is damaged: {}. Export it again from the original.", kind, how));
}

namespace {

/// The brands of an ISO base media file: the major one and, if that says nothing about the coding, a compatible one (ISO/IEC 23008-12
/// §10.2).
bool has_brand(std::string_view file, std::span<const std::string_view> brands) {
  if (file.size() < 12 || file.substr(4, 4) != "ftyp") return false;
  const auto length =
      (std::to_integer<std::size_t>(static_cast<std::byte>(file[2])) << 8) | std::to_integer<std::size_t>(static_cast<std::byte>(file[3]));
  const auto box = file.substr(0, std::min(file.size(), length));
  for (std::size_t at = 8; at + 4 <= box.size(); at += 4) {
    if (std::ranges::find(brands, box.substr(at, 4)) != brands.end()) return true;
  }
  return false;
}

}  // namespace

Result<Raster> decode_picture(std::span<const std::byte> file, const DecodeLimits& limits) {
  constexpr std::array<std::string_view, 2> kAvif{"avif", "avis"};
  constexpr std::array<std::string_view, 8> kHeic{"heic", "heix", "heim", "heis", "hevc", "hevx", "mif1", "msf1"};
  const auto text = as_text(file);
  if (text.starts_with("\xFF\xD8")) return decode_jpeg(file, limits);
  if (text.starts_with("\x89PNG\r\n\x1a\n")) return decode_png(file, limits);
  if (text.starts_with("GIF87a") || text.starts_with("GIF89a")) return decode_gif(file, limits);
  if (text.starts_with("RIFF") && text.size() >= 12 && text.substr(8, 4) == "WEBP") return decode_webp(file, limits);
  if (has_brand(text, kAvif)) return decode_avif(file, limits);
  if (has_brand(text, kHeic)) return decode_heic(file, limits);
  return fail(ErrorKind::invalid, "The image isn't a JPEG, PNG, WebP, GIF, AVIF or HEIC file.");
}

}  // namespace carillon::media
