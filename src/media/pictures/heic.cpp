// libheif for the container of HEIC files. Its own decoder for HEVC starts a thread, which the sandbox doesn't allow, so libde265 is used
// here without one.

#include "media/pictures/decoders.hpp"

#include <fmt/format.h>
#include <libde265/de265.h>
#include <libheif/heif.h>
#include <libheif/heif_plugin.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace carillon::media {
namespace {

constexpr heif_error kNoError{heif_error_Ok, heif_suberror_Unspecified, "Success"};
constexpr heif_error kDamaged{heif_error_Decoder_plugin_error, heif_suberror_End_of_data, "damaged data"};
constexpr heif_error kNoMemory{heif_error_Memory_allocation_error, heif_suberror_Unspecified, "no memory"};

const char* plugin_name() { return "libde265 without threads"; }

int supports(heif_compression_format format) {
  constexpr int kBeforeTheOthers = 200;
  return format == heif_compression_HEVC ? kBeforeTheOthers : 0;
}

heif_error create_decoder(void** decoder) {
  *decoder = de265_new_decoder();
  return *decoder == nullptr ? kNoMemory : kNoError;
}

void free_decoder(void* decoder) { de265_free_decoder(decoder); }

/// Units, each with its length in four bytes before it (ISO/IEC 14496-15 §8.2).
heif_error push_data(void* decoder, const void* data, std::size_t size) {
  std::span<const std::uint8_t> left{static_cast<const std::uint8_t*>(data), size};
  while (!left.empty()) {
    if (left.size() < 4) return kDamaged;
    const auto length = std::size_t{left[0]} << 24 | std::size_t{left[1]} << 16 | std::size_t{left[2]} << 8 | std::size_t{left[3]};
    left = left.subspan(4);
    if (length > left.size()) return kDamaged;
    if (de265_push_NAL(decoder, left.data(), static_cast<int>(length), 0, nullptr) != DE265_OK) return kDamaged;
    left = left.subspan(length);
  }
  return kNoError;
}

heif_chroma chroma_of(de265_chroma chroma) {
  switch (chroma) {
    case de265_chroma_mono:
      return heif_chroma_monochrome;
    case de265_chroma_420:
      return heif_chroma_420;
    case de265_chroma_422:
      return heif_chroma_422;
    case de265_chroma_444:
      return heif_chroma_444;
  }
  return heif_chroma_undefined;
}

heif_error copy_planes(const de265_image* from, heif_image** to) {
  const bool grey = de265_get_chroma_format(from) == de265_chroma_mono;
  heif_image* image = nullptr;
  if (const auto made =
          heif_image_create(de265_get_image_width(from, 0), de265_get_image_height(from, 0),
                            grey ? heif_colorspace_monochrome : heif_colorspace_YCbCr, chroma_of(de265_get_chroma_format(from)), &image);
      made.code != heif_error_Ok)
    return made;
  constexpr heif_channel kChannels[] = {heif_channel_Y, heif_channel_Cb, heif_channel_Cr};
  for (int i = 0; i < (grey ? 1 : 3); ++i) {
    const int width = de265_get_image_width(from, i), height = de265_get_image_height(from, i), bits = de265_get_bits_per_pixel(from, i);
    int from_row = 0, to_row = 0;
    const auto* source = de265_get_image_plane(from, i, &from_row);
    if (source == nullptr || heif_image_add_plane(image, kChannels[i], width, height, bits).code != heif_error_Ok) {
      heif_image_release(image);
      return kNoMemory;
    }
    auto* target = heif_image_get_plane(image, kChannels[i], &to_row);
    const auto length = static_cast<std::size_t>(width) * (bits > 8 ? 2 : 1);
    for (int y = 0; y < height; ++y)
      std::memcpy(target + static_cast<std::ptrdiff_t>(y) * to_row, source + static_cast<std::ptrdiff_t>(y) * from_row, length);
  }
  *to = image;
  return kNoError;
}

heif_error decode(void* decoder, heif_image** image) {
  *image = nullptr;
  if (de265_flush_data(decoder) != DE265_OK) return kDamaged;
  int more = 1;
  while (more != 0) {
    more = 0;
    if (de265_decode(decoder, &more) != DE265_OK) return kDamaged;
    if (const auto* picture = de265_get_next_picture(decoder)) {
      const auto copied = copy_planes(picture, image);
      de265_release_next_picture(decoder);
      return copied;
    }
  }
  return kDamaged;
}

void set_strict(void*, int) {}

/// Once in a process.
bool has_decoder() {
  static const bool registered = [] {
    static heif_decoder_plugin plugin{};
    constexpr int kPluginVersion = 2;
    plugin.plugin_api_version = kPluginVersion;
    plugin.get_plugin_name = plugin_name;
    plugin.does_support_format = supports;
    plugin.new_decoder = create_decoder;
    plugin.free_decoder = free_decoder;
    plugin.push_data = push_data;
    plugin.decode_image = decode;
    plugin.set_strict_decoding = set_strict;
    return heif_register_decoder_plugin(&plugin).code == heif_error_Ok;
  }();
  return registered;
}

using Context = std::unique_ptr<heif_context, decltype(&heif_context_free)>;
using Handle = std::unique_ptr<const heif_image_handle, decltype(&heif_image_handle_release)>;
using Image = std::unique_ptr<heif_image, decltype(&heif_image_release)>;

}  // namespace

Result<Raster> decode_heic(std::span<const std::byte> file, const DecodeLimits& limits) {
  if (!has_decoder()) return fail(ErrorKind::internal, "could not set up the HEIC decoder");
  const auto damaged = [](const heif_error& error) {
    return damaged_picture("HEIC", fmt::format("it can't be decoded ({})", error.message == nullptr ? "unknown" : error.message));
  };
  const Context context{heif_context_alloc(), &heif_context_free};
  if (!context) return fail(ErrorKind::internal, "could not set up the HEIC decoder");
  heif_context_set_max_decoding_threads(context.get(), 0);
  heif_context_set_maximum_image_size_limit(context.get(), kMaxDecodedSide);
  if (const auto read = heif_context_read_from_memory_without_copy(context.get(), file.data(), file.size(), nullptr);
      read.code != heif_error_Ok)
    return damaged(read);
  heif_image_handle* primary = nullptr;
  if (const auto found = heif_context_get_primary_image_handle(context.get(), &primary); found.code != heif_error_Ok) return damaged(found);
  const Handle handle{primary, &heif_image_handle_release};
  if (auto fits = check_sides(static_cast<std::uint64_t>(std::max(0, heif_image_handle_get_width(handle.get()))),
                              static_cast<std::uint64_t>(std::max(0, heif_image_handle_get_height(handle.get()))), limits);
      !fits)
    return forward_error(fits);
  heif_image* pixels = nullptr;
  if (const auto decoded = heif_decode_image(handle.get(), &pixels, heif_colorspace_RGB, heif_chroma_interleaved_RGBA, nullptr);
      decoded.code != heif_error_Ok)
    return damaged(decoded);
  const Image image{pixels, &heif_image_release};
  const int width = heif_image_get_width(image.get(), heif_channel_interleaved),
            height = heif_image_get_height(image.get(), heif_channel_interleaved);
  if (auto fits = check_sides(static_cast<std::uint64_t>(std::max(0, width)), static_cast<std::uint64_t>(std::max(0, height)), limits);
      !fits)
    return forward_error(fits);
  int stride = 0;
  const auto* rows = heif_image_get_plane_readonly(image.get(), heif_channel_interleaved, &stride);
  if (rows == nullptr) return damaged(kDamaged);
  // libheif has turned it already.
  Raster raster{.width = width, .height = height, .channels = Channels::rgba};
  const auto row = static_cast<std::size_t>(width) * bytes_of(raster.channels);
  raster.samples.resize(row * static_cast<std::size_t>(height));
  for (int y = 0; y < height; ++y)
    std::memcpy(raster.samples.data() + static_cast<std::size_t>(y) * row, rows + static_cast<std::ptrdiff_t>(y) * stride, row);
  if (const auto length = heif_image_handle_get_raw_color_profile_size(handle.get()); length > 0 && length <= file.size()) {
    raster.profile.resize(length);
    if (heif_image_handle_get_raw_color_profile(handle.get(), raster.profile.data()).code != heif_error_Ok) raster.profile.clear();
  }
  return raster;
}

}  // namespace carillon::media
