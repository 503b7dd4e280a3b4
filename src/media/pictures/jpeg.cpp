// libjpeg-turbo, decoding. Its errors end in longjmp, so what runs between setjmp and the library owns nothing that needs a destructor.

#include "media/pictures/decoders.hpp"
#include "media/pictures/exif.hpp"

#include <fmt/format.h>

#include <csetjmp>
#include <cstdio>
#include <cstring>

extern "C" {
#include <jerror.h>
#include <jpeglib.h>
}

namespace carillon::media {
namespace {

/// Progressive files have ten scans or so; one with thousands is made to keep us busy.
constexpr int kMaxScans = 100;
/// An ICC profile is split over several markers, each with its number and their count (ICC.1 annex B.4).
constexpr std::string_view kProfileName{"ICC_PROFILE\0", 12};
constexpr std::string_view kExifName{"Exif\0\0", 6};
constexpr int kProfileMarker = JPEG_APP0 + 2, kExifMarker = JPEG_APP0 + 1;
constexpr unsigned kWholeMarker = 0xFFFF;

struct Trouble {
  jpeg_error_mgr manager{};
  std::jmp_buf out{};
  bool damaged = false;   ///< something of the picture is missing or wrong
  bool too_slow = false;  ///< more scans than any picture needs
  int code = 0;
  char text[JMSG_LENGTH_MAX] = {};
};

Trouble& trouble_of(j_common_ptr info) { return *reinterpret_cast<Trouble*>(info->err); }

[[noreturn]] void on_error(j_common_ptr info) {
  auto& trouble = trouble_of(info);
  trouble.code = info->err->msg_code;
  info->err->format_message(info, trouble.text);
  std::longjmp(trouble.out, 1);
}

/// Level −1 is a warning: the data is damaged, and the library goes on as well as it can.
void on_message(j_common_ptr info, int level) {
  if (level >= 0) return;
  auto& trouble = trouble_of(info);
  const int code = info->err->msg_code;
  // Stray bytes between segments, and odd headers, cost no pixel.
  if (code == JWRN_EXTRANEOUS_DATA || code == JWRN_JFIF_MAJOR || code == JWRN_ADOBE_XFORM) return;
  if (!trouble.damaged) {
    trouble.code = code;
    info->err->format_message(info, trouble.text);
  }
  trouble.damaged = true;
}

void on_output(j_common_ptr) {}

void on_progress(j_common_ptr info) {
  auto* decoder = reinterpret_cast<j_decompress_ptr>(info);
  if (decoder->input_scan_number <= kMaxScans) return;
  auto& trouble = trouble_of(info);
  trouble.too_slow = true;
  std::longjmp(trouble.out, 1);
}

std::span<const std::byte> bytes_of(const jpeg_marker_struct& marker) { return std::as_bytes(std::span{marker.data, marker.data_length}); }

Bytes profile_in(const jpeg_decompress_struct& decoder) {
  Bytes profile;
  unsigned next = 1;
  // The pieces come in order; a profile with a gap is as good as none.
  for (const auto* marker = decoder.marker_list; marker != nullptr; marker = marker->next) {
    const auto bytes = bytes_of(*marker);
    if (marker->marker != kProfileMarker || bytes.size() < kProfileName.size() + 2 || !as_text(bytes).starts_with(kProfileName)) continue;
    if (std::to_integer<unsigned>(bytes[kProfileName.size()]) != next++) return {};
    const auto piece = bytes.subspan(kProfileName.size() + 2);
    profile.insert(profile.end(), piece.begin(), piece.end());
  }
  return profile;
}

int orientation_of(const jpeg_decompress_struct& decoder) {
  for (const auto* marker = decoder.marker_list; marker != nullptr; marker = marker->next) {
    const auto bytes = bytes_of(*marker);
    if (marker->marker == kExifMarker && as_text(bytes).starts_with(kExifName)) return orientation_in(bytes.subspan(kExifName.size()));
  }
  return 1;
}

class Decoder {
 public:
  Decoder() {
    decoder_.err = jpeg_std_error(&trouble_.manager);
    trouble_.manager.error_exit = on_error;
    trouble_.manager.emit_message = on_message;
    trouble_.manager.output_message = on_output;
    progress_.progress_monitor = on_progress;
  }
  Decoder(const Decoder&) = delete;
  Decoder& operator=(const Decoder&) = delete;
  ~Decoder() {
    if (created_) jpeg_destroy_decompress(&decoder_);
  }

  bool read_header(std::span<const std::byte> file) {
    if (setjmp(trouble_.out) != 0) return false;
    jpeg_create_decompress(&decoder_);
    created_ = true;
    decoder_.progress = &progress_;
    jpeg_save_markers(&decoder_, kExifMarker, kWholeMarker);
    jpeg_save_markers(&decoder_, kProfileMarker, kWholeMarker);
    jpeg_mem_src(&decoder_, reinterpret_cast<const unsigned char*>(file.data()), file.size());
    return jpeg_read_header(&decoder_, TRUE) == JPEG_HEADER_OK;
  }

  /// Into `samples`, which has room for all.
  bool read_pixels(std::uint8_t* samples, std::size_t row) {
    if (setjmp(trouble_.out) != 0) return false;
    jpeg_start_decompress(&decoder_);
    while (decoder_.output_scanline < decoder_.output_height) {
      JSAMPROW at = samples + decoder_.output_scanline * row;
      jpeg_read_scanlines(&decoder_, &at, 1);
      any_ = true;
    }
    jpeg_finish_decompress(&decoder_);
    return true;
  }

  jpeg_decompress_struct& get() noexcept { return decoder_; }
  [[nodiscard]] const Trouble& trouble() const noexcept { return trouble_; }
  [[nodiscard]] bool any() const noexcept { return any_; }

 private:
  Trouble trouble_;
  jpeg_progress_mgr progress_{};
  jpeg_decompress_struct decoder_{};
  bool created_ = false;
  bool any_ = false;
};

std::unexpected<Error> refused(const Trouble& trouble) {
  if (trouble.too_slow) return damaged_picture("JPEG", fmt::format("it has more than {} scans", kMaxScans));
  switch (trouble.code) {
    case JERR_SOF_UNSUPPORTED:
    case JERR_BAD_PRECISION:
    case JERR_CONVERSION_NOTIMPL:
    case JERR_ARITH_NOTIMPL:
      return fail(ErrorKind::invalid,
                  "The JPEG image has a format that apps can't show; save it as baseline or progressive with 8 bits per color.");
    case JWRN_JPEG_EOF:
    case JWRN_HIT_MARKER:
    case JERR_INPUT_EOF:
      return damaged_picture("JPEG", "it ends before its last pixel");
    default:
      return damaged_picture("JPEG", fmt::format("it can't be decoded ({})", trouble.text));
  }
}

}  // namespace

Result<Raster> decode_jpeg(std::span<const std::byte> file, const DecodeLimits& limits) {
  Decoder decoder;
  if (!decoder.read_header(file)) return refused(decoder.trouble());
  auto& info = decoder.get();
  if (auto fits = check_sides(info.image_width, info.image_height, limits); !fits) return forward_error(fits);
  Raster raster{.width = static_cast<int>(info.image_width), .height = static_cast<int>(info.image_height)};
  switch (info.jpeg_color_space) {
    case JCS_GRAYSCALE:
      info.out_color_space = JCS_GRAYSCALE;
      raster.channels = Channels::grey;
      break;
    case JCS_CMYK:
    case JCS_YCCK:
      info.out_color_space = JCS_CMYK;
      raster.channels = Channels::cmyk;
      break;
    case JCS_RGB:
    case JCS_YCbCr:
      info.out_color_space = JCS_RGB;
      raster.channels = Channels::rgb;
      break;
    default:
      return damaged_picture("JPEG", fmt::format("it has {} color channels", info.num_components));
  }
  raster.profile = profile_in(info);
  raster.orientation = orientation_of(info);
  const bool inverted = info.saw_Adobe_marker != 0;
  const auto row = static_cast<std::size_t>(raster.width) * bytes_of(raster.channels);
  raster.samples.resize(row * static_cast<std::size_t>(raster.height));
  const bool whole = decoder.read_pixels(raster.samples.data(), row);
  if (!whole && !(limits.damaged && decoder.any())) return refused(decoder.trouble());
  if (decoder.trouble().damaged && !limits.damaged) return refused(decoder.trouble());
  if (raster.channels == Channels::cmyk && !inverted) {
    for (auto& sample : raster.samples) sample = static_cast<std::uint8_t>(255 - sample);
  }
  return raster;
}

}  // namespace carillon::media
