// giflib, decoding the first frame of an animation.

#include "media/pictures/decoders.hpp"

#include <gif_lib.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <memory>

namespace carillon::media {
namespace {

struct Source {
  std::span<const std::byte> left;
};

int read_from(GifFileType* gif, GifByteType* into, int count) {
  auto& source = *static_cast<Source*>(gif->UserData);
  const auto length = std::min(source.left.size(), static_cast<std::size_t>(std::max(0, count)));
  if (length > 0) std::memcpy(into, source.left.data(), length);
  source.left = source.left.subspan(length);
  return static_cast<int>(length);
}

struct Close {
  void operator()(GifFileType* gif) const noexcept { DGifCloseFile(gif, nullptr); }
};

/// Skips an extension; the transparent color if it says one, otherwise `transparent`.
std::optional<int> read_extension(GifFileType* gif, int transparent) {
  int code = 0;
  GifByteType* block = nullptr;
  if (DGifGetExtension(gif, &code, &block) == GIF_ERROR) return {};
  while (block != nullptr) {
    GraphicsControlBlock control{};
    if (code == GRAPHICS_EXT_FUNC_CODE && block[0] == 4 && DGifExtensionToGCB(block[0], block + 1, &control) == GIF_OK)
      transparent = control.TransparentColor;
    if (DGifGetExtensionNext(gif, &block) == GIF_ERROR) return {};
  }
  return transparent;
}

/// The rows of a frame as they come: interlaced ones in four passes (GIF89a, appendix E).
std::vector<int> order_of_rows(int height, bool interlaced) {
  std::vector<int> rows;
  constexpr std::array<std::pair<int, int>, 4> kPasses{{{0, 8}, {4, 8}, {2, 4}, {1, 2}}};
  if (interlaced) {
    for (const auto& [first, step] : kPasses)
      for (int y = first; y < height; y += step) rows.push_back(y);
  } else {
    for (int y = 0; y < height; ++y) rows.push_back(y);
  }
  return rows;
}

Result<> read_frame(GifFileType* gif, int transparent, Raster& raster, bool damaged) {
  if (DGifGetImageDesc(gif) == GIF_ERROR) return damaged_picture("GIF", "it ends before its first picture");
  const auto& frame = gif->Image;
  if (frame.Left < 0 || frame.Top < 0 || frame.Width <= 0 || frame.Height <= 0 || frame.Left + frame.Width > raster.width ||
      frame.Top + frame.Height > raster.height)
    return damaged_picture("GIF", "its first picture is larger than the whole");
  const auto* colors = frame.ColorMap != nullptr ? frame.ColorMap : gif->SColorMap;
  if (colors == nullptr) return damaged_picture("GIF", "it has no colors");
  std::vector<GifPixelType> line(static_cast<std::size_t>(frame.Width));
  for (const int y : order_of_rows(frame.Height, frame.Interlace)) {
    if (DGifGetLine(gif, line.data(), frame.Width) == GIF_ERROR) {
      if (damaged) return {};
      return damaged_picture("GIF", "it ends before its last pixel");
    }
    const auto at = static_cast<std::size_t>(frame.Top + y) * static_cast<std::size_t>(raster.width) + static_cast<std::size_t>(frame.Left);
    auto* to = raster.samples.data() + at * bytes_of(Channels::rgba);
    for (const auto index : line) {
      if (index != transparent && index < colors->ColorCount) {
        const auto& color = colors->Colors[index];
        to[0] = color.Red, to[1] = color.Green, to[2] = color.Blue, to[3] = 255;
      }
      to += bytes_of(Channels::rgba);
    }
  }
  return {};
}

}  // namespace

Result<Raster> decode_gif(std::span<const std::byte> file, const DecodeLimits& limits) {
  Source source{file};
  int error = 0;
  const std::unique_ptr<GifFileType, Close> gif{DGifOpen(&source, read_from, &error)};
  if (!gif) return damaged_picture("GIF", "it has no header");
  if (auto fits =
          check_sides(static_cast<std::uint64_t>(std::max(0, gif->SWidth)), static_cast<std::uint64_t>(std::max(0, gif->SHeight)), limits);
      !fits)
    return forward_error(fits);
  Raster raster{.width = gif->SWidth, .height = gif->SHeight, .channels = Channels::rgba};
  raster.samples.resize(static_cast<std::size_t>(raster.width) * static_cast<std::size_t>(raster.height) * bytes_of(Channels::rgba));
  int transparent = NO_TRANSPARENT_COLOR;
  for (;;) {
    GifRecordType type = UNDEFINED_RECORD_TYPE;
    if (DGifGetRecordType(gif.get(), &type) == GIF_ERROR) return damaged_picture("GIF", "it ends before its first picture");
    if (type == IMAGE_DESC_RECORD_TYPE) break;
    if (type != EXTENSION_RECORD_TYPE) return damaged_picture("GIF", "it has no picture");
    const auto known = read_extension(gif.get(), transparent);
    if (!known) return damaged_picture("GIF", "it ends before its first picture");
    transparent = *known;
  }
  if (auto read = read_frame(gif.get(), transparent, raster, limits.damaged); !read) return forward_error(read);
  return raster;
}

}  // namespace carillon::media
