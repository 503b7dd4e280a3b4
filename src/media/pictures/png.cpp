// libpng, decoding. Its errors end in longjmp, so what runs between setjmp and the library owns nothing that needs a destructor.

#include "media/pictures/decoders.hpp"
#include "media/pictures/exif.hpp"

#include <fmt/format.h>
#include <png.h>

#include <csetjmp>
#include <cstring>
#include <string>

namespace carillon::media {
namespace {

/// Texts and the like, which may be compressed: as many, and as long each, as are read before the rest is passed over.
constexpr png_uint_32 kMaxChunks = 100;
constexpr png_alloc_size_t kLongestChunk = 8 << 20;
constexpr double kStandardGamma = 1 / 0.45455;
/// Below this difference nobody sees one.
constexpr double kSameGamma = 0.05;

struct Source {
  std::span<const std::byte> left;
  bool ended = false;
  char text[200] = {};
};

void read_from(png_structp png, png_bytep into, std::size_t count) {
  auto& source = *static_cast<Source*>(png_get_io_ptr(png));
  if (count > source.left.size()) {
    source.ended = true;
    png_error(png, "the file ends");
  }
  std::memcpy(into, source.left.data(), count);
  source.left = source.left.subspan(count);
}

[[noreturn]] void on_error(png_structp png, png_const_charp text) {
  auto& source = *static_cast<Source*>(png_get_error_ptr(png));
  std::strncpy(source.text, text, sizeof source.text - 1);
  png_longjmp(png, 1);
}

void on_warning(png_structp, png_const_charp) {}

class Decoder {
 public:
  explicit Decoder(std::span<const std::byte> file) : source_{file} {
    png_ = png_create_read_struct(PNG_LIBPNG_VER_STRING, &source_, on_error, on_warning);
    if (png_ != nullptr) info_ = png_create_info_struct(png_);
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() { png_destroy_read_struct(&png_, &info_, nullptr); }

  bool read_header() {
    if (png_ == nullptr || info_ == nullptr || setjmp(png_jmpbuf(png_)) != 0) return false;
    png_set_read_fn(png_, &source_, read_from);
    // The caller says what is too large; libpng only has to let it look.
    png_set_user_limits(png_, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
    png_set_chunk_cache_max(png_, kMaxChunks);
    png_set_chunk_malloc_max(png_, kLongestChunk);
    png_read_info(png_, info_);
    return true;
  }

  /// Eight bits a channel, no palette: grey or RGB, with alpha where there is transparency. The bytes of a row.
  std::size_t prepare() {
    if (setjmp(png_jmpbuf(png_)) != 0) return 0;
    png_set_scale_16(png_);
    png_set_expand(png_);
    passes_ = png_set_interlace_handling(png_);
    png_read_update_info(png_, info_);
    return png_get_rowbytes(png_, info_);
  }

  bool read_pixels(std::uint8_t* samples, std::size_t row, png_uint_32 height) {
    if (setjmp(png_jmpbuf(png_)) != 0) return false;
    for (int pass = 0; pass < passes_; ++pass) {
      for (png_uint_32 y = 0; y < height; ++y) {
        png_read_row(png_, samples + y * row, nullptr);
        any_ = true;
      }
    }
    png_read_end(png_, info_);
    return true;
  }

  png_structp png() noexcept { return png_; }
  png_infop info() noexcept { return info_; }
  [[nodiscard]] bool any() const noexcept { return any_; }

  [[nodiscard]] std::unexpected<Error> refused() const {
    if (source_.ended) return damaged_picture("PNG", "it ends before its last pixel");
    return damaged_picture("PNG", fmt::format("it can't be decoded ({})", source_.text[0] != 0 ? source_.text : "no memory"));
  }

 private:
  Source source_;
  png_structp png_ = nullptr;
  png_infop info_ = nullptr;
  int passes_ = 1;
  bool any_ = false;
};

std::optional<Channels> channels_of(int color) {
  switch (color) {
    case PNG_COLOR_TYPE_GRAY:
      return Channels::grey;
    case PNG_COLOR_TYPE_GRAY_ALPHA:
      return Channels::grey_alpha;
    case PNG_COLOR_TYPE_RGB:
      return Channels::rgb;
    case PNG_COLOR_TYPE_RGB_ALPHA:
      return Channels::rgba;
    default:
      return {};
  }
}

/// sRGB says all; then a profile; then gamma and primaries (PNG, §12.4).
void read_colors(png_structp png, png_infop info, Raster& raster) {
  int intent = 0;
  if (png_get_sRGB(png, info, &intent) != 0) return;
  png_charp name = nullptr;
  png_bytep profile = nullptr;
  png_uint_32 length = 0;
  int compression = 0;
  if (png_get_iCCP(png, info, &name, &compression, &profile, &length) != 0) {
    const auto bytes = std::as_bytes(std::span{profile, length});
    raster.profile.assign(bytes.begin(), bytes.end());
    return;
  }
  double gamma = 0;
  if (png_get_gAMA(png, info, &gamma) == 0 || gamma <= 0.05 || gamma > 5) return;
  Calibration calibration{.gamma = 1 / gamma, .primaries = {}};
  auto& at = calibration.primaries;
  const bool has_primaries =
      png_get_cHRM(png, info, &at.white_x, &at.white_y, &at.red_x, &at.red_y, &at.green_x, &at.green_y, &at.blue_x, &at.blue_y) != 0;
  const double difference = calibration.gamma - kStandardGamma;
  if (!has_primaries && difference > -kSameGamma && difference < kSameGamma) return;
  raster.calibration = calibration;
}

int orientation_of(png_structp png, png_infop info) {
  png_uint_32 length = 0;
  png_bytep exif = nullptr;
  if (png_get_eXIf_1(png, info, &length, &exif) == 0) return 1;
  return orientation_in(std::as_bytes(std::span{exif, length}));
}

}  // namespace

Result<Raster> decode_png(std::span<const std::byte> file, const DecodeLimits& limits) {
  Decoder decoder{file};
  if (!decoder.read_header()) return decoder.refused();
  const auto width = png_get_image_width(decoder.png(), decoder.info()), height = png_get_image_height(decoder.png(), decoder.info());
  if (auto fits = check_sides(width, height, limits); !fits) return forward_error(fits);
  const auto row = decoder.prepare();
  const auto channels = row == 0 ? std::nullopt : channels_of(png_get_color_type(decoder.png(), decoder.info()));
  if (!channels || row != width * bytes_of(*channels)) return decoder.refused();
  Raster raster{.width = static_cast<int>(width), .height = static_cast<int>(height), .channels = *channels};
  raster.samples.resize(row * height);
  if (!decoder.read_pixels(raster.samples.data(), row, height) && !(limits.damaged && decoder.any())) return decoder.refused();
  read_colors(decoder.png(), decoder.info(), raster);
  raster.orientation = orientation_of(decoder.png(), decoder.info());
  return raster;
}

}  // namespace carillon::media
