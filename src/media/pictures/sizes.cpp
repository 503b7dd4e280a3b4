// See sizes.hpp.

#include "media/pictures/sizes.hpp"

#include "base/file.hpp"
#include "media/pictures/color.hpp"
#include "media/pictures/decode.hpp"
#include "media/pictures/encode.hpp"
#include "media/pictures/resize.hpp"

#include <fmt/format.h>

#include <unistd.h>
#include <algorithm>
#include <cerrno>

namespace carillon::media {
namespace {

/// What of the work is decoding; the rest goes by files made.
constexpr double kDecoded = 0.3;

Result<Bytes> whole_file(int descriptor) {
  const off_t end = lseek(descriptor, 0, SEEK_END);
  if (end < 0) return fail_errno("read", "the image", errno);
  if (static_cast<std::uint64_t>(end) > protocol::kLargestPicture.value)
    return fail(ErrorKind::invalid,
                fmt::format("The image is {} bytes; a cover can be at most {} bytes.", end, protocol::kLargestPicture.value));
  Bytes bytes(static_cast<std::size_t>(end));
  std::size_t filled = 0;
  while (filled < bytes.size()) {
    const ssize_t got = pread(descriptor, bytes.data() + filled, bytes.size() - filled, static_cast<off_t>(filled));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("read", "the image", errno);
    if (got == 0) break;
    filled += static_cast<std::size_t>(got);
  }
  bytes.resize(filled);
  return bytes;
}

}  // namespace

Result<protocol::PictureDone> make_sizes(const protocol::PictureRequest& request, int source, int target,
                                         const std::function<Result<>(double, std::string_view)>& report) {
  auto file = whole_file(source);
  if (!file) return forward_error(file);
  return make_sizes(request, std::move(*file), target, report);
}

Result<protocol::PictureDone> make_sizes(const protocol::PictureRequest& request, Bytes picture, int target,
                                         const std::function<Result<>(double, std::string_view)>& report) {
  auto raster =
      decode_picture(picture, {.smallest = request.smallest, .largest = request.largest, .damaged = request.damaged, .fit = request.fit});
  if (!raster) return forward_error(raster);
  picture = {};
  auto pixels = to_pixels(std::move(*raster));
  if (request.fit) {
    pixels = cropped_to_square(std::move(pixels));
    const int side = std::clamp(pixels.width, request.smallest, request.largest);
    if (side != pixels.width) pixels = resized(pixels, side);
  }
  if (auto said = report(kDecoded, "Resizing the image"); !said) return forward_error(said);

  protocol::PictureDone done{.side = pixels.width, .files = {}};
  const auto add = [&](int side, protocol::PictureFormat format, const Result<Bytes>& made) -> Result<> {
    if (!made) return std::unexpected(made.error());
    if (auto written = write_all(target, *made); !written) return written;
    done.files.push_back({.side = side, .format = format, .length = ByteCount{made->size()}});
    return report(kDecoded + (1 - kDecoded) * static_cast<double>(done.files.size()) / static_cast<double>(protocol::kMaxPictureFiles),
                  "Resizing the image");
  };
  // The whole picture first, then from large to small, each of the one before.
  using enum protocol::PictureFormat;
  if (auto added = add(done.side, jpeg, encode_jpeg(pixels, true)); !added) return forward_error(added);
  for (auto side = std::ranges::rbegin(protocol::kPictureSides); side != std::ranges::rend(protocol::kPictureSides); ++side) {
    if (*side > done.side) continue;
    if (*side < pixels.width) pixels = resized(pixels, *side);
    if (*side < done.side) {
      if (auto added = add(*side, jpeg, encode_jpeg(pixels, false)); !added) return forward_error(added);
    }
    if (auto added = add(*side, webp, encode_webp(pixels)); !added) return forward_error(added);
  }
  return done;
}

}  // namespace carillon::media
