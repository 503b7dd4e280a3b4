// See cover.hpp.

#include "podcast/publishing/cover.hpp"

#include "crypto/sha256.hpp"

namespace carillon::podcast {
namespace {

struct Facts {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::string_view media_type;
};

std::unexpected<Error> refused(std::string sentence) { return fail(ErrorKind::invalid, std::move(sentence), "image"); }

/// `count` bytes at `at`, big-endian; 0 beyond the end.
std::uint32_t number(std::string_view bytes, std::size_t at, std::size_t count) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < count; ++i) value = value << 8 | (at + i < bytes.size() ? static_cast<unsigned char>(bytes[at + i]) : 0U);
  return value;
}

/// PNG (W3C, §11.2.2): the header chunk comes first.
Result<Facts> read_png(std::string_view bytes) {
  if (bytes.size() < 33 || bytes.substr(12, 4) != "IHDR") return refused("The PNG image is damaged: it has no header.");
  const Facts facts{number(bytes, 16, 4), number(bytes, 20, 4), "image/png"};
  const auto depth = number(bytes, 24, 1);
  switch (number(bytes, 25, 1)) {
    case 2:
      break;
    case 0:
    case 4:
      return refused("The image is grayscale; a cover must be in color (RGB).");
    case 3:
      return refused("The image has a palette; save it as RGB.");
    case 6:
      return refused("The image has transparency (an alpha channel); save it as RGB without it.");
    default:
      return refused("The PNG image is damaged: its color type doesn't exist.");
  }
  if (depth != 8) return refused("The image has " + std::to_string(depth) + " bits per color; save it with 8.");
  return facts;
}

/// JPEG (ITU T.81, annex B): segments up to the frame header.
Result<Facts> read_jpeg(std::string_view bytes) {
  std::size_t at = 2;
  while (at + 4 <= bytes.size()) {
    if (number(bytes, at, 1) != 0xFF) return refused("The JPEG image is damaged: a segment doesn't begin where it should.");
    const auto marker = number(bytes, at + 1, 1);
    if (marker == 0xFF) {  // fill byte
      ++at;
      continue;
    }
    const auto length = number(bytes, at + 2, 2);
    const bool frame = marker >= 0xC0 && marker <= 0xCF && marker != 0xC4 && marker != 0xC8 && marker != 0xCC;
    if (frame) {
      if (marker > 0xC2) return refused("The JPEG image has a format that apps can't show; save it as baseline or progressive.");
      if (at + 10 > bytes.size()) break;
      const auto components = number(bytes, at + 9, 1);
      if (components == 1) return refused("The image is grayscale; a cover must be in color (RGB).");
      if (components == 4) return refused("The image is in CMYK, for print; save it as RGB.");
      if (components != 3) return refused("The JPEG image is damaged: it has " + std::to_string(components) + " colours.");
      return Facts{number(bytes, at + 7, 2), number(bytes, at + 5, 2), "image/jpeg"};
    }
    if (marker == 0xD9 || marker == 0xDA || length < 2) break;
    at += 2 + length;
  }
  return refused("The JPEG image is damaged: it ends before its dimensions.");
}

}  // namespace

Result<Picture> check_cover(std::string_view bytes) {
  Result<Facts> facts = refused("The image is neither JPEG nor PNG.");
  if (bytes.starts_with("\x89PNG\r\n\x1a\n"))
    facts = read_png(bytes);
  else if (bytes.starts_with("\xFF\xD8"))
    facts = read_jpeg(bytes);
  if (!facts) return std::unexpected(facts.error());
  const auto size = std::to_string(facts->width) + " × " + std::to_string(facts->height) + " pixels";
  if (facts->width != facts->height) return refused("The image is " + size + "; a cover must be square.");
  if (facts->width < kSmallestCover || facts->width > kLargestCover)
    return refused("The image is " + size + "; a cover must be " + std::to_string(kSmallestCover) + " to " + std::to_string(kLargestCover) +
                   " a side.");
  return Picture{.digest = crypto::sha256(as_bytes(bytes)),
                 .length = ByteCount{bytes.size()},
                 .side = static_cast<int>(facts->width),
                 .media_type = std::string(facts->media_type)};
}

}  // namespace carillon::podcast
