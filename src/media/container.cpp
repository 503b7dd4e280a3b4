// See container.hpp.

#include "media/container.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <cstdint>
#include <span>

namespace carillon::media {
namespace {

/// A file with more chunks before its sound is made to keep us busy.
constexpr int kMaxChunks = 1000;
/// Of a file, read at once.
constexpr std::size_t kPiece = 256 * 1024;

bool read_at(int descriptor, std::uint64_t offset, std::span<std::byte> into) {
  return offset < (1ULL << 62) &&
         pread(descriptor, into.data(), into.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(into.size());
}

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return number;
}
std::uint64_t big_endian(std::span<const std::byte> bytes) {
  std::uint64_t number = 0;
  for (const auto byte : bytes) number = number << 8 | std::to_integer<std::uint64_t>(byte);
  return number;
}

Container share(std::uint64_t there, std::uint64_t stated) {
  if (stated == 0 || there >= stated) return {};
  return {.present = static_cast<double>(there) / static_cast<double>(stated)};
}

/// Apple Core Audio Format 1.0: eight bytes, then chunks of a type, a signed size and that many bytes. −1 in "data": until the end.
Container walk_caf(int descriptor, std::uint64_t length) {
  constexpr std::uint64_t kFileHeader = 8, kChunkHeader = 12;
  std::array<std::byte, kChunkHeader> head{};
  std::uint64_t at = kFileHeader;
  for (int chunk = 0; chunk < kMaxChunks && at < length && read_at(descriptor, at, head); ++chunk) {
    const auto size = big_endian(std::span{head}.last(8));
    at += kChunkHeader;
    if (as_text(std::span{head}.first(4)) == "data") return size > INT64_MAX ? Container{} : share(length - std::min(at, length), size);
    if (size > length) return {};
    at += size;
  }
  return {};
}

/// Sony Wave64: chunks of a GUID and a size that includes both, at multiples of eight; the file's own has four bytes more of a GUID.
Container walk_w64(int descriptor, std::uint64_t length) {
  constexpr std::uint64_t kFileHeader = 40, kChunkHeader = 24;
  std::array<std::byte, kChunkHeader> head{};
  std::uint64_t at = kFileHeader;
  for (int chunk = 0; chunk < kMaxChunks && at < length && read_at(descriptor, at, head); ++chunk) {
    const auto size = little_endian(std::span{head}.last(8));
    if (size < kChunkHeader) return {};
    if (as_text(std::span{head}.first(4)) == "data") return share(length - at, size);
    if (size > length) return {};
    at += (size + 7) / 8 * 8;
  }
  return {};
}

/// Advanced Systems Format §3.1, §3.2: the File Properties Object in the header states the size of the file, unless it was broadcast.
Container walk_asf(int descriptor, std::uint64_t length) {
  constexpr std::uint64_t kFileHeader = 30, kObjectHeader = 24, kProperties = 104;
  constexpr std::string_view kGuid{"\xA1\xDC\xAB\x8C\x47\xA9\xCF\x11\x8E\xE4\x00\xC0\x0C\x20\x53\x65", 16};
  std::array<std::byte, kProperties> object{};
  std::uint64_t at = kFileHeader;
  for (int count = 0; count < kMaxChunks && read_at(descriptor, at, std::span{object}.first(kObjectHeader)); ++count) {
    const auto size = little_endian(std::span{object}.subspan(16, 8));
    if (size < kObjectHeader || size > length) return {};
    if (as_text(std::span{object}.first(16)) == kGuid) {
      if (!read_at(descriptor, at, object)) return {};
      const bool is_broadcast = (std::to_integer<int>(object[88]) & 1) != 0;
      return is_broadcast ? Container{} : share(length, little_endian(std::span{object}.subspan(40, 8)));
    }
    at += size;
  }
  return {};
}

/// RFC 3533 §6: pages of a header with the lengths of their segments.
Container walk_ogg(int descriptor, std::uint64_t length) {
  constexpr std::size_t kHeader = 27, kLargestPage = kHeader + 255 + 255 * 255;
  static_assert(kPiece > 2 * kLargestPage);
  Bytes buffer(kPiece);
  std::uint64_t offset = 0, pages = 0, foreign = 0;
  while (offset < length) {
    const auto filled = static_cast<std::size_t>(std::min<std::uint64_t>(kPiece, length - offset));
    if (!read_at(descriptor, offset, std::span{buffer}.first(filled))) break;
    const bool is_last = offset + filled == length;
    std::size_t at = 0;
    while (at < filled && (is_last || filled - at >= kLargestPage)) {
      const auto rest = std::span{buffer}.subspan(at, filled - at);
      if (!as_text(rest).starts_with("OggS")) {
        ++foreign;
        ++at;
        continue;
      }
      std::size_t size = kHeader;
      if (rest.size() >= kHeader) {
        const auto segments = std::to_integer<std::size_t>(rest[kHeader - 1]);
        size += segments;
        for (std::size_t i = 0; i < segments && kHeader + i < rest.size(); ++i) size += std::to_integer<std::size_t>(rest[kHeader + i]);
      }
      if (size > rest.size())
        return {.foreign = pages > 0 ? static_cast<double>(foreign) / static_cast<double>(pages) : 0, .ends_within = true};
      pages += size;
      at += size;
    }
    if (at == 0) break;
    offset += at;
  }
  return {.foreign = pages > 0 ? static_cast<double>(foreign) / static_cast<double>(pages) : 0};
}

}  // namespace

std::optional<Container> walk_container(int descriptor, ByteCount length, std::string_view kind) {
  if (kind == "caf") return walk_caf(descriptor, length.value);
  if (kind == "w64") return walk_w64(descriptor, length.value);
  if (kind == "asf") return walk_asf(descriptor, length.value);
  if (kind == "ogg") return walk_ogg(descriptor, length.value);
  return std::nullopt;
}

}  // namespace carillon::media
