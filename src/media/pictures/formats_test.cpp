// WebP, GIF, AVIF and HEIC: made by their libraries, decoded right or refused; and pictures that are cropped and scaled.

#include "base/file.hpp"
#include "media/pictures/color.hpp"
#include "media/pictures/decode.hpp"
#include "media/pictures/encode.hpp"
#include "media/pictures/resize.hpp"
#include "media/pictures/sizes.hpp"

#include <avif/avif.h>
#include <gif_lib.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libheif/heif.h>
#include <webp/encode.h>
#include <webp/mux.h>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>
#include <array>
#include <functional>

/// The encoder that makes the tests' HEIC files loses some memory of its own; the decoder doesn't use it.
extern "C" const char* __lsan_default_suppressions();
extern "C" const char* __lsan_default_suppressions() { return "leak:x265_malloc\n"; }

namespace carillon::media {
namespace {

using ::testing::HasSubstr;

using Color = std::array<int, 3>;
constexpr Color kRed{220, 30, 30}, kGreen{30, 200, 30}, kBlue{30, 30, 220}, kWhite{255, 255, 255}, kBlack{0, 0, 0};
constexpr DecodeLimits kLimits{.smallest = 16, .largest = 128};
constexpr DecodeLimits kFit{.smallest = 16, .largest = 128, .damaged = false, .fit = true};

/// Red top left, green top right, blue bottom left; `last` bottom right, in RGBA.
struct Picture {
  int width = 64, height = 64;
  std::array<int, 4> last{255, 255, 255, 255};
  [[nodiscard]] std::vector<std::uint8_t> rgba() const {
    std::vector<std::uint8_t> samples;
    for (int y = 0; y < height; ++y) {
      for (int x = 0; x < width; ++x) {
        const bool right = x >= width / 2, bottom = y >= height / 2;
        const auto& color = bottom ? kBlue : right ? kGreen : kRed;
        for (std::size_t i = 0; i < 4; ++i)
          samples.push_back(static_cast<std::uint8_t>(right && bottom ? last.at(i) : i == 3 ? 255 : color.at(i)));
      }
    }
    return samples;
  }
};

std::string text_of(const std::uint8_t* bytes, std::size_t size) { return {reinterpret_cast<const char*>(bytes), size}; }

std::string webp(const Picture& picture = {}, bool lossless = true) {
  const auto rgba = picture.rgba();
  std::uint8_t* bytes = nullptr;
  const auto size = lossless ? WebPEncodeLosslessRGBA(rgba.data(), picture.width, picture.height, picture.width * 4, &bytes)
                             : WebPEncodeRGBA(rgba.data(), picture.width, picture.height, picture.width * 4, 95, &bytes);
  auto file = text_of(bytes, size);
  WebPFree(bytes);
  return file;
}

/// An animation: `picture` at (16, 16) of an empty canvas, then another one.
std::string animated_webp(const Picture& picture, int side) {
  auto* mux = WebPMuxNew();
  WebPMuxSetCanvasSize(mux, side, side);
  const WebPMuxAnimParams repeats{.bgcolor = 0, .loop_count = 0};
  WebPMuxSetAnimationParams(mux, &repeats);
  for (const auto& each : {picture, Picture{side, side, {9, 9, 9, 255}}}) {
    const auto file = webp(each);
    WebPMuxFrameInfo frame{};
    frame.id = WEBP_CHUNK_ANMF;
    frame.duration = 100;
    frame.x_offset = frame.y_offset = each.width == side ? 0 : 16;
    frame.bitstream = {reinterpret_cast<const std::uint8_t*>(file.data()), file.size()};
    EXPECT_EQ(WebPMuxPushFrame(mux, &frame, 1), WEBP_MUX_OK);
  }
  WebPData data{};
  EXPECT_EQ(WebPMuxAssemble(mux, &data), WEBP_MUX_OK);
  auto file = text_of(data.bytes, data.size);
  WebPDataClear(&data);
  WebPMuxDelete(mux);
  return file;
}

/// Colors 0 to 3; the frame is `frame` pixels wide at (`left`, `left`), its last color transparent if wanted.
std::string gif(int side, bool interlaced = false, bool transparent = false, int left = 0, int frame = 0) {
  std::string file;
  int error = 0;
  auto* writer = EGifOpen(
      &file,
      [](GifFileType* gif, const GifByteType* bytes, int count) {
        static_cast<std::string*>(gif->UserData)->append(reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(count));
        return count;
      },
      &error);
  std::array<GifColorType, 4> colors{GifColorType{220, 30, 30}, {30, 200, 30}, {30, 30, 220}, {10, 20, 30}};
  auto* map = GifMakeMapObject(4, colors.data());
  EGifSetGifVersion(writer, true);
  EXPECT_EQ(EGifPutScreenDesc(writer, side, side, 8, 0, map), GIF_OK);
  const int size = frame == 0 ? side : frame;
  for (int repeat = 0; repeat < 2; ++repeat) {  // a second frame, all of it color 3
    if (transparent) {
      const GraphicsControlBlock control{.DisposalMode = 0, .UserInputFlag = false, .DelayTime = 10, .TransparentColor = 3};
      std::array<GifByteType, 4> block{};
      EGifGCBToExtension(&control, block.data());
      EGifPutExtension(writer, GRAPHICS_EXT_FUNC_CODE, 4, block.data());
    }
    EXPECT_EQ(EGifPutImageDesc(writer, left, left, size, size, interlaced, nullptr), GIF_OK);
    std::vector<GifPixelType> line(static_cast<std::size_t>(size));
    const auto put = [&](int y) {
      for (int x = 0; x < size; ++x) {
        const bool right = x >= size / 2, bottom = y >= size / 2;
        line[static_cast<std::size_t>(x)] = static_cast<GifPixelType>(repeat == 1 ? 3 : (bottom ? 2 : 0) + (right ? 1 : 0));
      }
      EXPECT_EQ(EGifPutLine(writer, line.data(), size), GIF_OK);
    };
    if (interlaced) {
      for (int y = 0; y < size; y += 8) put(y);
      for (int y = 4; y < size; y += 8) put(y);
      for (int y = 2; y < size; y += 4) put(y);
      for (int y = 1; y < size; y += 2) put(y);
    } else {
      for (int y = 0; y < size; ++y) put(y);
    }
  }
  EXPECT_EQ(EGifCloseFile(writer, &error), GIF_OK);
  GifFreeMapObject(map);
  return file;
}

std::string avif(const Picture& picture = {}, const std::function<void(avifImage&)>& more = {}, int depth = 8) {
  auto* image = avifImageCreate(static_cast<std::uint32_t>(picture.width), static_cast<std::uint32_t>(picture.height),
                                static_cast<std::uint32_t>(depth), AVIF_PIXEL_FORMAT_YUV444);
  image->colorPrimaries = AVIF_COLOR_PRIMARIES_BT709;
  image->transferCharacteristics = AVIF_TRANSFER_CHARACTERISTICS_SRGB;
  avifRGBImage rgb;
  avifRGBImageSetDefaults(&rgb, image);
  auto samples = picture.rgba();
  rgb.depth = 8;
  rgb.pixels = samples.data();
  rgb.rowBytes = static_cast<std::uint32_t>(picture.width) * 4;
  EXPECT_EQ(avifImageRGBToYUV(image, &rgb), AVIF_RESULT_OK);
  if (more) more(*image);
  auto* encoder = avifEncoderCreate();
  encoder->speed = AVIF_SPEED_FASTEST;
  encoder->minQuantizer = 0;
  encoder->maxQuantizer = 10;
  avifRWData data{};
  EXPECT_EQ(avifEncoderWrite(encoder, image, &data), AVIF_RESULT_OK);
  auto file = text_of(data.data, data.size);
  avifRWDataFree(&data);
  avifEncoderDestroy(encoder);
  avifImageDestroy(image);
  return file;
}

/// "" if libheif has no encoder for HEVC on this machine.
std::string heic(const Picture& picture = {}) {
  heif_image* image = nullptr;
  EXPECT_EQ(heif_image_create(picture.width, picture.height, heif_colorspace_RGB, heif_chroma_interleaved_RGBA, &image).code,
            heif_error_Ok);
  EXPECT_EQ(heif_image_add_plane(image, heif_channel_interleaved, picture.width, picture.height, 8).code, heif_error_Ok);
  int stride = 0;
  auto* rows = heif_image_get_plane(image, heif_channel_interleaved, &stride);
  const auto samples = picture.rgba();
  for (int y = 0; y < picture.height; ++y)
    std::copy_n(samples.data() + static_cast<std::ptrdiff_t>(y) * picture.width * 4, picture.width * 4,
                rows + static_cast<std::ptrdiff_t>(y) * stride);
  auto* context = heif_context_alloc();
  heif_encoder* encoder = nullptr;
  std::string file;
  if (heif_context_get_encoder_for_format(context, heif_compression_HEVC, &encoder).code == heif_error_Ok) {
    heif_encoder_set_lossy_quality(encoder, 95);
    EXPECT_EQ(heif_context_encode_image(context, image, encoder, nullptr, nullptr).code, heif_error_Ok);
    heif_writer writer{.writer_api_version = 1, .write = [](heif_context*, const void* data, std::size_t size, void* target) {
                         static_cast<std::string*>(target)->append(static_cast<const char*>(data), size);
                         return heif_error{heif_error_Ok, heif_suberror_Unspecified, ""};
                       }};
    EXPECT_EQ(heif_context_write(context, &writer, &file).code, heif_error_Ok);
    heif_encoder_release(encoder);
  }
  heif_context_free(context);
  heif_image_release(image);
  return file;
}

Pixels decoded(std::string_view file, const DecodeLimits& limits = kLimits) {
  auto raster = decode_picture(as_bytes(file), limits);
  EXPECT_TRUE(raster) << raster.error().message;
  return raster ? to_pixels(std::move(*raster)) : Pixels{.width = 1, .height = 1, .rgb = {0, 0, 0}};
}
std::string refusal_of(std::string_view file, const DecodeLimits& limits = kLimits) {
  const auto raster = decode_picture(as_bytes(file), limits);
  EXPECT_FALSE(raster);
  if (raster) return {};
  EXPECT_EQ(raster.error().kind, ErrorKind::invalid);
  return raster.error().message;
}

/// Of the middle of a quadrant.
Color color_at(const Pixels& pixels, bool right, bool bottom) {
  const auto x = static_cast<std::size_t>(pixels.width * (right ? 3 : 1) / 4),
             y = static_cast<std::size_t>(pixels.height * (bottom ? 3 : 1) / 4);
  const auto* at = pixels.rgb.data() + (y * static_cast<std::size_t>(pixels.width) + x) * 3;
  return {at[0], at[1], at[2]};
}
void expect_color(const Color& is, const Color& wanted, int tolerance = 8) {
  for (std::size_t i = 0; i < 3; ++i) EXPECT_NEAR(is.at(i), wanted.at(i), tolerance) << "channel " << i;
}
void expect_quadrants(const Pixels& pixels, const Color& last = kWhite, int tolerance = 8) {
  expect_color(color_at(pixels, false, false), kRed, tolerance);
  expect_color(color_at(pixels, true, false), kGreen, tolerance);
  expect_color(color_at(pixels, false, true), kBlue, tolerance);
  expect_color(color_at(pixels, true, true), last, tolerance);
}

TEST(WebP, IsDecoded) {
  expect_quadrants(decoded(webp()), kWhite, 0);
  expect_quadrants(decoded(webp({}, false)), kWhite, 12);
  expect_quadrants(decoded(webp({64, 64, {0, 0, 0, 0}})), kWhite, 0);
  expect_quadrants(decoded(webp({64, 64, {255, 0, 0, 128}})), {255, 127, 127}, 1);
}

TEST(WebP, OfAnAnimationIsTheFirstFrame) {
  const auto pixels = decoded(animated_webp({32, 32, {7, 7, 7, 255}}, 64));
  EXPECT_EQ(pixels.width, 64);
  expect_color({pixels.rgb[0], pixels.rgb[1], pixels.rgb[2]}, kWhite, 0);
  const auto* middle = pixels.rgb.data() + (20UL * 64 + 20) * 3;
  expect_color({middle[0], middle[1], middle[2]}, kRed, 0);
}

TEST(Gif, IsDecoded) {
  expect_quadrants(decoded(gif(64)), {10, 20, 30}, 0);
  expect_quadrants(decoded(gif(64, true)), {10, 20, 30}, 0);
  expect_quadrants(decoded(gif(64, false, true)), kWhite, 0);
  const auto pixels = decoded(gif(64, false, false, 16, 32));
  expect_color({pixels.rgb[0], pixels.rgb[1], pixels.rgb[2]}, kWhite, 0);
  const auto* middle = pixels.rgb.data() + (20UL * 64 + 20) * 3;
  expect_color({middle[0], middle[1], middle[2]}, kRed, 0);
}

TEST(Avif, IsDecoded) {
  expect_quadrants(decoded(avif()));
  expect_quadrants(decoded(avif({64, 64, {0, 0, 0, 0}})));
  expect_quadrants(decoded(avif({}, {}, 10)));
  expect_quadrants(decoded(avif({64, 64, {0, 0, 0, 255}})), kBlack);
}

TEST(Avif, IsTurnedAndMirrored) {
  struct Case {
    int turns, mirror;  ///< anti-clockwise; −1: not mirrored, 0: upside down, 1: left and right exchanged
    std::array<Color, 3> corners;
  };
  for (const auto& [turns, mirror, corners] :
       {Case{1, -1, {kGreen, kWhite, kRed}}, Case{2, -1, {kWhite, kBlue, kGreen}}, Case{3, -1, {kBlue, kRed, kWhite}},
        Case{0, 0, {kBlue, kWhite, kRed}}, Case{0, 1, {kGreen, kRed, kWhite}}, Case{1, 0, {kRed, kBlue, kGreen}},
        Case{1, 1, {kWhite, kGreen, kBlue}}, Case{3, 0, {kWhite, kGreen, kBlue}}, Case{3, 1, {kRed, kBlue, kGreen}},
        Case{2, 0, {kGreen, kRed, kWhite}}, Case{2, 1, {kBlue, kWhite, kRed}}}) {
    SCOPED_TRACE(std::to_string(turns) + " " + std::to_string(mirror));
    const auto pixels = decoded(avif({}, [&](avifImage& image) {
      if (turns != 0) image.transformFlags |= AVIF_TRANSFORM_IROT;
      image.irot.angle = static_cast<std::uint8_t>(turns);
      if (mirror >= 0) image.transformFlags |= AVIF_TRANSFORM_IMIR;
      image.imir.mode = static_cast<std::uint8_t>(std::max(0, mirror));
    }));
    expect_color(color_at(pixels, false, false), corners[0]);
    expect_color(color_at(pixels, true, false), corners[1]);
    expect_color(color_at(pixels, false, true), corners[2]);
  }
}

TEST(Avif, OfOtherColorsIsConverted) {
  const auto p3 = decoded(avif({64, 64, {0, 255, 0, 255}}, [](avifImage& image) { image.colorPrimaries = AVIF_COLOR_PRIMARIES_SMPTE432; }));
  EXPECT_LT(color_at(p3, false, false)[1], 25) << "a red of Display P3 is a stronger one of sRGB";
  EXPECT_THAT(refusal_of(avif(
                  {}, [](avifImage& image) { image.transferCharacteristics = AVIF_TRANSFER_CHARACTERISTICS_SMPTE2084; }, 10)),
              HasSubstr("(HDR)"));
}

TEST(Heic, IsDecoded) {
  const auto file = heic();
  if (file.empty()) GTEST_SKIP() << "libheif has no encoder for HEVC here";
  expect_quadrants(decoded(file), kWhite, 14);
  expect_quadrants(decoded(heic({64, 64, {0, 0, 0, 0}})), kWhite, 14);
  EXPECT_THAT(refusal_of(heic({200, 200, {0, 0, 0, 255}})), HasSubstr("200 × 200 pixels"));
  for (std::size_t length = 16; length < file.size(); length += 1 + file.size() / 29)
    EXPECT_THAT(refusal_of(std::string_view{file}.substr(0, length)), HasSubstr("damaged")) << length << " of " << file.size();
}

/// What the sandbox does: a process that starts a thread ends.
bool forbid_threads() {
  std::array filter{
      sock_filter BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone, 2, 0),
      sock_filter BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_clone3, 1, 0),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      sock_filter BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const sock_fprog program{static_cast<unsigned short>(filter.size()), filter.data()};
  return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0;
}

TEST(Formats, AreDecodedWithoutThreads) {
  const Picture large{1600, 1600};  // of a size at which decoders divide the work
  for (const auto& file : {webp(large), gif(512), avif(large), heic(large)}) {
    if (file.empty()) continue;
    const auto child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      if (!forbid_threads()) _exit(2);
      _exit(decode_picture(as_bytes(file), {.smallest = 16, .largest = 3000}) ? 0 : 1);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << file.substr(0, 16) << " ended with " << status;
  }
}

TEST(Formats, ThatAreCutAreRefused) {
  for (const auto& file : {webp(), webp({}, false), gif(64), avif()}) {
    // Up to the end of the first frame; the GIF has a second one.
    const auto end = file.starts_with("GIF") ? file.size() / 2 - 8 : file.size() - 1;
    for (std::size_t length = 16; length < end; length += 1 + end / 61)
      EXPECT_THAT(refusal_of(std::string_view{file}.substr(0, length)), HasSubstr("damaged")) << length << " of " << file.size();
  }
}

TEST(Formats, OfTheWrongSizeAreRefusedBeforeTheyAreDecoded) {
  const Picture large{200, 200};
  for (const auto& file : {webp(large), gif(200), avif(large)})
    EXPECT_THAT(refusal_of(file), HasSubstr("200 × 200 pixels; a cover must be 16 to 128 pixels on each side. Carillon can crop"));
  for (const auto& file : {webp({64, 32}), avif({64, 32})})
    EXPECT_THAT(refusal_of(file), HasSubstr("64 × 32 pixels; a cover must be square."));
  // Bombs: a small file that claims 65,535 pixels on each side.
  auto bomb = gif(64);
  bomb.replace(6, 4, "\xFF\xFF\xFF\xFF");
  EXPECT_THAT(refusal_of(bomb), HasSubstr("65535 × 65535"));
  EXPECT_THAT(refusal_of(bomb, kFit), HasSubstr("50 megapixels"));
  // A frame outside of its canvas.
  auto outside = gif(64);
  const auto frame = outside.find(std::string{",\0\0\0\0", 5});
  ASSERT_NE(frame, std::string::npos);
  outside[frame + 1] = 40;
  EXPECT_THAT(refusal_of(outside), HasSubstr("larger than the whole"));
}

Pixels made_of(std::string_view file, int smallest, int largest) {
  const FileDescriptor source{memfd_create("source", MFD_CLOEXEC)}, target{memfd_create("target", MFD_CLOEXEC)};
  EXPECT_TRUE(write_all(source.get(), as_bytes(file)));
  const auto done = make_sizes({.smallest = smallest, .largest = largest, .damaged = false, .fit = true}, source.get(), target.get(),
                               [](double, std::string_view) { return Result<>{}; });
  EXPECT_TRUE(done) << done.error().message;
  if (!done) return {};
  std::string all(done->files.front().length.value, '\0');
  EXPECT_EQ(pread(target.get(), all.data(), all.size(), 0), static_cast<ssize_t>(all.size()));
  return decoded(all, {.smallest = 1, .largest = 3000});
}

TEST(Fitting, CropsToTheMiddleAndScales) {
  // The middle third of the wide picture has the border between red and green in its middle.
  for (const auto& picture : {Picture{960, 320}, Picture{320, 960}}) {
    const auto pixels = made_of(webp(picture), 400, 3000);
    EXPECT_EQ(pixels.width, 400) << "scaled up";
    expect_quadrants(pixels);
  }
  EXPECT_EQ(made_of(webp({700, 900}), 400, 600).width, 600) << "scaled down";
  EXPECT_EQ(made_of(webp({500, 512}), 400, 600).width, 500);
  EXPECT_THAT(refusal_of(webp({900, 200}), kFit), HasSubstr("at least 300 pixels"));
}

TEST(Fitting, KeepsTheRowsInPlace) {
  for (const auto& picture : {Picture{7, 3}, Picture{3, 7}, Picture{5, 5}}) {
    Pixels pixels{.width = picture.width, .height = picture.height, .rgb = {}};
    for (int i = 0; i < picture.width * picture.height; ++i) pixels.rgb.insert(pixels.rgb.end(), 3, static_cast<std::uint8_t>(i));
    const auto cropped = cropped_to_square(pixels);
    const int side = std::min(picture.width, picture.height), left = (picture.width - side) / 2, top = (picture.height - side) / 2;
    ASSERT_EQ(cropped.rgb.size(), static_cast<std::size_t>(side * side * 3));
    for (int y = 0; y < side; ++y)
      for (int x = 0; x < side; ++x)
        EXPECT_EQ(cropped.rgb[static_cast<std::size_t>((y * side + x) * 3)], (top + y) * picture.width + left + x);
  }
}

}  // namespace
}  // namespace carillon::media
