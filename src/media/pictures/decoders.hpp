#pragma once
// The individual decoders, only for decode.cpp.

#include "media/pictures/decode.hpp"

namespace carillon::media {

[[nodiscard]] Result<Raster> decode_jpeg(std::span<const std::byte> file, const DecodeLimits& limits);
[[nodiscard]] Result<Raster> decode_png(std::span<const std::byte> file, const DecodeLimits& limits);
[[nodiscard]] Result<Raster> decode_webp(std::span<const std::byte> file, const DecodeLimits& limits);
[[nodiscard]] Result<Raster> decode_gif(std::span<const std::byte> file, const DecodeLimits& limits);
[[nodiscard]] Result<Raster> decode_avif(std::span<const std::byte> file, const DecodeLimits& limits);
[[nodiscard]] Result<Raster> decode_heic(std::span<const std::byte> file, const DecodeLimits& limits);

/// Checks the dimensions before allocating memory.
[[nodiscard]] Result<> check_sides(std::uint64_t width, std::uint64_t height, const DecodeLimits& limits);
[[nodiscard]] std::unexpected<Error> damaged_picture(std::string_view kind, std::string_view how);

}  // namespace carillon::media
