// See cover.hpp.

#include "podcast/publishing/cover.hpp"

#include <algorithm>
#include <array>

namespace carillon::podcast {
namespace {

struct Facts {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
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
  return Facts{number(bytes, 16, 4), number(bytes, 20, 4)};
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
      return Facts{number(bytes, at + 7, 2), number(bytes, at + 5, 2)};
    }
    if (marker == 0xD9 || marker == 0xDA || length < 2) break;
    at += 2 + length;
  }
  return refused("The JPEG image is damaged: the file ends before the image dimensions.");
}

/// The kinds of pictures that people have, by how their files begin; `at` is where that is.
struct Kind {
  std::size_t at;
  std::string_view begins;
  std::string_view name;
};
/// Those that carillon-media decodes.
constexpr std::array kDecodedKinds{
    Kind{8, "WEBP", "WebP"},
    Kind{0, "GIF87a", "GIF"},
    Kind{0, "GIF89a", "GIF"},
    Kind{4, "ftypavif", "AVIF"},
    Kind{4, "ftypavis", "AVIF"},
    Kind{4, "ftyphei", "HEIC"},
    Kind{4, "ftyphev", "HEIC"},
    Kind{4, "ftypmif1", "HEIC or AVIF"},
    Kind{4, "ftypmsf1", "HEIC or AVIF"},
};
constexpr std::array kOtherKinds{
    Kind{0, "BM", "BMP"},       Kind{0, "II*", "TIFF"},       Kind{0, {"MM\0*", 4}, "TIFF"}, Kind{0, "8BPS", "Photoshop"},
    Kind{0, "%PDF", "PDF"},     Kind{0, "<svg", "SVG"},       Kind{0, "<?xml", "SVG"},       Kind{0, {"\xFF\x0A", 2}, "JPEG XL"},
    Kind{4, "JXL ", "JPEG XL"}, Kind{4, "jP  ", "JPEG 2000"},
};

bool is_of(const Kind& kind, std::string_view bytes) { return bytes.size() >= kind.at && bytes.substr(kind.at).starts_with(kind.begins); }

}  // namespace

Error picture_error(Error error) {
  if (error.kind == ErrorKind::invalid) error.field = error.message.ends_with(audio::kOfferToFit) ? "fit" : "image";
  return error;
}

Result<CoverFit> cover_fit_of(std::string_view value) {
  if (value.empty()) return CoverFit::as_it_is;
  if (value == "crop") return CoverFit::cropped;
  return fail(ErrorKind::invalid, "“fit” must be “crop”, or left out.", "fit");
}

Result<> check_cover(std::string_view bytes, CoverFit fit) {
  Result<Facts> facts = refused("The image isn't a JPEG, PNG, WebP, GIF, AVIF or HEIC file.");
  if (bytes.starts_with("\x89PNG\r\n\x1a\n")) {
    facts = read_png(bytes);
  } else if (bytes.starts_with("\xFF\xD8")) {
    facts = read_jpeg(bytes);
  } else if (std::ranges::any_of(kDecodedKinds, [&](const Kind& kind) { return is_of(kind, bytes); })) {
    return {};
  } else if (const auto* kind = std::ranges::find_if(kOtherKinds, [&](const Kind& each) { return is_of(each, bytes); });
             kind != kOtherKinds.end()) {
    facts = refused("The image is a " + std::string(kind->name) + " file, which can't be a cover; save it as JPEG or PNG.");
  }
  if (!facts) return std::unexpected(facts.error());
  if (fit == CoverFit::cropped) return {};  // the decoder has limits of its own
  const auto size = std::to_string(facts->width) + " × " + std::to_string(facts->height) + " pixels";
  if (facts->width != facts->height)
    return std::unexpected(
        picture_error(refused("The image is " + size + "; a cover must be square." + std::string(audio::kOfferToFit)).error()));
  if (facts->width < kSmallestCover || facts->width > kLargestCover)
    return std::unexpected(picture_error(refused("The image is " + size + "; a cover must be " + std::to_string(kSmallestCover) + " to " +
                                                 std::to_string(kLargestCover) + " pixels on each side." + std::string(audio::kOfferToFit))
                                             .error()));
  return {};
}

}  // namespace carillon::podcast
