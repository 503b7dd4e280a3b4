// libwebp, decoding; of an animation the first frame.

#include "media/pictures/decoders.hpp"
#include "media/pictures/exif.hpp"

#include <webp/decode.h>
#include <webp/demux.h>

#include <memory>

namespace carillon::media {
namespace {

using Demuxer = std::unique_ptr<WebPDemuxer, decltype(&WebPDemuxDelete)>;

std::span<const std::byte> chunk_in(const WebPDemuxer* demuxer, const char* name, WebPChunkIterator& iterator) {
  if (WebPDemuxGetChunk(demuxer, name, 1, &iterator) == 0) return {};
  return std::as_bytes(std::span{iterator.chunk.bytes, iterator.chunk.size});
}

Bytes profile_in(const WebPDemuxer* demuxer) {
  WebPChunkIterator iterator{};
  const auto chunk = chunk_in(demuxer, "ICCP", iterator);
  Bytes profile(chunk.begin(), chunk.end());
  WebPDemuxReleaseChunkIterator(&iterator);
  return profile;
}

int orientation_of(const WebPDemuxer* demuxer) {
  WebPChunkIterator iterator{};
  auto chunk = chunk_in(demuxer, "EXIF", iterator);
  constexpr std::string_view kExifName{"Exif\0\0", 6};  // some programs write it here, too
  if (as_text(chunk).starts_with(kExifName)) chunk = chunk.subspan(kExifName.size());
  const int orientation = orientation_in(chunk);
  WebPDemuxReleaseChunkIterator(&iterator);
  return orientation;
}

}  // namespace

Result<Raster> decode_webp(std::span<const std::byte> file, const DecodeLimits& limits) {
  const WebPData data{.bytes = reinterpret_cast<const std::uint8_t*>(file.data()), .size = file.size()};
  const Demuxer demuxer{WebPDemux(&data), &WebPDemuxDelete};
  if (!demuxer) return damaged_picture("WebP", "it ends early, or its parts don't fit together");
  const auto width = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_WIDTH), height = WebPDemuxGetI(demuxer.get(), WEBP_FF_CANVAS_HEIGHT);
  if (auto fits = check_sides(width, height, limits); !fits) return forward_error(fits);
  WebPIterator frame{};
  const std::unique_ptr<WebPIterator, decltype(&WebPDemuxReleaseIterator)> release{&frame, &WebPDemuxReleaseIterator};
  if (WebPDemuxGetFrame(demuxer.get(), 1, &frame) == 0 || frame.complete == 0) return damaged_picture("WebP", "it has no picture");
  const auto x = static_cast<std::uint32_t>(frame.x_offset), y = static_cast<std::uint32_t>(frame.y_offset);
  const auto frame_width = static_cast<std::uint32_t>(frame.width), frame_height = static_cast<std::uint32_t>(frame.height);
  if (x + frame_width > width || y + frame_height > height) return damaged_picture("WebP", "its first picture is larger than the whole");

  Raster raster{.width = static_cast<int>(width), .height = static_cast<int>(height), .channels = Channels::rgba};
  // What a first frame leaves free stays transparent.
  const auto row = std::size_t{width} * bytes_of(Channels::rgba);
  raster.samples.resize(row * height);
  WebPDecoderConfig config;
  if (WebPInitDecoderConfig(&config) == 0) return fail(ErrorKind::internal, "could not set up the WebP decoder");
  config.options.use_threads = 0;
  config.output.colorspace = MODE_RGBA;
  config.output.is_external_memory = 1;
  auto& output = config.output.u.RGBA;
  const auto offset = y * row + x * bytes_of(Channels::rgba);
  output.rgba = raster.samples.data() + offset;
  output.stride = static_cast<int>(row);
  output.size = raster.samples.size() - offset;
  const auto status = WebPDecode(frame.fragment.bytes, frame.fragment.size, &config);
  WebPFreeDecBuffer(&config.output);
  if (status != VP8_STATUS_OK) return damaged_picture("WebP", "its pixels can't be decoded");
  raster.profile = profile_in(demuxer.get());
  raster.orientation = orientation_of(demuxer.get());
  return raster;
}

}  // namespace carillon::media
