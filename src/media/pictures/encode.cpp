// libjpeg-turbo and libwebp, encoding.

#include "media/pictures/encode.hpp"

#include <fmt/format.h>
#include <webp/encode.h>

#include <algorithm>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>

extern "C" {
#include <jpeglib.h>
}

namespace carillon::media {
namespace {

constexpr int kFineQuality = 90, kQuality = 82;
constexpr float kWebpQuality = 80;
/// libwebp's effort, 0–6: of a large picture more costs seconds and saves little.
constexpr int kEffort = 4, kEffortOfLarge = 2;
constexpr int kLarge = 1000;  // pixels a side

struct Trouble {
  jpeg_error_mgr manager{};
  std::jmp_buf out{};
};

[[noreturn]] void on_error(j_common_ptr info) { std::longjmp(reinterpret_cast<Trouble*>(info->err)->out, 1); }

struct Free {
  void operator()(unsigned char* memory) const noexcept { std::free(memory); }
};

class Encoder {
 public:
  Encoder() {
    encoder_.err = jpeg_std_error(&trouble_.manager);
    trouble_.manager.error_exit = on_error;
  }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;
  ~Encoder() {
    if (created_) jpeg_destroy_compress(&encoder_);
    std::free(memory_);
  }

  bool run(const Pixels& pixels, bool fine) {
    if (setjmp(trouble_.out) != 0) return false;
    jpeg_create_compress(&encoder_);
    created_ = true;
    jpeg_mem_dest(&encoder_, &memory_, &length_);
    encoder_.image_width = static_cast<JDIMENSION>(pixels.width);
    encoder_.image_height = static_cast<JDIMENSION>(pixels.height);
    encoder_.input_components = 3;
    encoder_.in_color_space = JCS_RGB;
    jpeg_set_defaults(&encoder_);
    jpeg_set_quality(&encoder_, fine ? kFineQuality : kQuality, TRUE);
    if (fine) encoder_.comp_info[0].h_samp_factor = encoder_.comp_info[0].v_samp_factor = 1;
    jpeg_simple_progression(&encoder_);
    jpeg_start_compress(&encoder_, TRUE);
    const auto row = static_cast<std::size_t>(pixels.width) * 3;
    while (encoder_.next_scanline < encoder_.image_height) {
      auto* at = const_cast<JSAMPROW>(pixels.rgb.data() + encoder_.next_scanline * row);
      jpeg_write_scanlines(&encoder_, &at, 1);
    }
    jpeg_finish_compress(&encoder_);
    return true;
  }
  [[nodiscard]] std::span<const std::byte> bytes() const { return std::as_bytes(std::span{memory_, length_}); }

 private:
  Trouble trouble_;
  jpeg_compress_struct encoder_{};
  bool created_ = false;
  unsigned char* memory_ = nullptr;
  unsigned long length_ = 0;
};

}  // namespace

Result<Bytes> encode_jpeg(const Pixels& pixels, bool fine) {
  Encoder encoder;
  if (!encoder.run(pixels, fine)) return fail(ErrorKind::internal, "The image could not be encoded as JPEG.");
  const auto bytes = encoder.bytes();
  return Bytes{bytes.begin(), bytes.end()};
}

Result<Bytes> encode_webp(const Pixels& pixels) {
  struct Picture : WebPPicture {
    Picture() : WebPPicture{} {}
    Picture(const Picture&) = delete;
    Picture& operator=(const Picture&) = delete;
    ~Picture() { WebPPictureFree(this); }
  };
  struct Memory : WebPMemoryWriter {
    Memory() : WebPMemoryWriter{} { WebPMemoryWriterInit(this); }
    Memory(const Memory&) = delete;
    Memory& operator=(const Memory&) = delete;
    ~Memory() { WebPMemoryWriterClear(this); }
  };
  WebPConfig config;
  Picture picture;
  Memory memory;
  const auto failed = [&] {
    return fail(ErrorKind::internal,
                fmt::format("The image could not be encoded as WebP (error {}).", static_cast<int>(picture.error_code)));
  };
  if (WebPConfigPreset(&config, WEBP_PRESET_PICTURE, kWebpQuality) == 0 || WebPPictureInit(&picture) == 0) return failed();
  config.method = std::max(pixels.width, pixels.height) > kLarge ? kEffortOfLarge : kEffort;
  picture.width = pixels.width;
  picture.height = pixels.height;
  picture.writer = WebPMemoryWrite;
  picture.custom_ptr = static_cast<WebPMemoryWriter*>(&memory);
  if (WebPPictureImportRGB(&picture, pixels.rgb.data(), pixels.width * 3) == 0 || WebPEncode(&config, &picture) == 0) return failed();
  const auto bytes = std::as_bytes(std::span{memory.mem, memory.size});
  return Bytes{bytes.begin(), bytes.end()};
}

}  // namespace carillon::media
