// Walking the chunks of a WAV file.

#include "audio/riff.hpp"

#include <unistd.h>
#include <algorithm>
#include <array>
#include <string_view>

namespace carillon::audio {
namespace {

/// A file with more chunks before its sound is made to keep us busy.
constexpr int kMaxChunks = 1000;
/// Programs that write into a pipe do not know the length and put about the largest number they can: 2^31 or 2^32, less a header.
constexpr bool is_unknown(std::uint64_t length) {
  constexpr std::uint64_t kHeaders = 0x1'0000, kSigned = 0x8000'0000, kUnsigned = 0xFFFF'FFFF;
  return length == 0 || (length >= kSigned - kHeaders && length <= kSigned) || (length > kUnsigned - kHeaders && length <= kUnsigned);
}
/// Behind the last chunk: what a name of a program, a tag of another format or padding takes. Longer, and it may be sound.
constexpr std::uint64_t kMaxTrailer = 4096;
constexpr std::uint32_t kExtensible = 0xFFFE;
/// "fmt " with the extension, whose first two bytes after the cb and the mask are the inner tag.
constexpr std::size_t kFormatSize = 16, kExtendedSize = 26, kInnerTag = 24;

/// How the numbers of a file are written: RIFX is the big-endian form of RIFF.
enum class Order { little, big };

std::uint64_t number_in(std::span<const std::byte> bytes, Order order) {
  std::uint64_t number = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i)
    number = number << 8 | std::to_integer<std::uint64_t>(bytes[order == Order::big ? i : bytes.size() - 1 - i]);
  return number;
}

bool read_at(int descriptor, std::uint64_t offset, std::span<std::byte> into) {
  return offset < (1ULL << 62) &&
         pread(descriptor, into.data(), into.size(), static_cast<off_t>(offset)) == static_cast<ssize_t>(into.size());
}

std::optional<WavFormat> read_format(int descriptor, std::uint64_t offset, std::uint64_t length, Order order) {
  std::array<std::byte, kExtendedSize> bytes{};
  const std::span all{bytes};
  if (length < kFormatSize || !read_at(descriptor, offset, all.first(length >= kExtendedSize ? kExtendedSize : kFormatSize))) return {};
  const auto number = [&](std::size_t at, std::size_t size) { return static_cast<std::uint32_t>(number_in(all.subspan(at, size), order)); };
  WavFormat format{.tag = static_cast<int>(number(0, 2)),
                   .channels = number(2, 2),
                   .sample_rate = number(4, 4),
                   .bits = number(14, 2),
                   .block_align = number(12, 2)};
  if (number(0, 2) == kExtensible && length >= kExtendedSize) format.tag = static_cast<int>(number(kInnerTag, 2));
  return format;
}

/// A chunk's name: four printable ASCII characters.
bool is_name(std::span<const std::byte> bytes) {
  return std::ranges::all_of(bytes.first(4), [](std::byte byte) { return byte >= std::byte{' '} && byte < std::byte{0x7F}; });
}

/// Whether the bytes from `offset` to `end` are chunks, and little else. What further "data" chunks promise is added to `sound`.
bool are_chunks(int descriptor, std::uint64_t offset, std::uint64_t end, Order order, std::uint64_t& sound) {
  std::array<std::byte, 8> head{};
  for (int chunk = 0; chunk < kMaxChunks; ++chunk) {
    if (offset >= end || end - offset <= kMaxTrailer) return true;
    if (!read_at(descriptor, offset, head) || !is_name(head)) return false;
    const std::uint64_t length = number_in(std::span{head}.last(4), order);
    if (length > end - offset - head.size()) return false;
    if (as_text(std::span{head}.first(4)) == "data") sound += length;
    offset += head.size() + length + (length & 1);
  }
  return false;
}

}  // namespace

std::optional<WavSound> read_wav(int descriptor) {
  std::array<std::byte, 12> beginning{};
  std::array<std::byte, 8> head{};
  std::array<std::byte, 16> sizes{};
  if (!read_at(descriptor, 0, beginning)) return std::nullopt;
  const auto form = as_text(std::span{beginning}.first(4));
  const bool is_large = form == "RF64" || form == "BW64";
  const Order order = form == "RIFX" ? Order::big : Order::little;
  if ((form != "RIFF" && form != "RIFX" && !is_large) || as_text(std::span{beginning}.last(4)) != "WAVE") return std::nullopt;
  std::optional<WavFormat> format;
  std::uint64_t large_length = 0;
  std::uint64_t offset = beginning.size();
  for (int chunk = 0; chunk < kMaxChunks && read_at(descriptor, offset, head); ++chunk) {
    const auto name = as_text(std::span{head}.first(4));
    const std::uint64_t length = number_in(std::span{head}.last(4), order);
    offset += head.size();
    if (name == "data") {
      if (!format) return std::nullopt;
      const std::uint64_t promised = is_large ? large_length : length;
      WavSound sound{.format = *format, .offset = {offset}};
      if (!is_large && is_unknown(promised)) return sound;
      sound.promised = ByteCount{promised};
      const off_t end = lseek(descriptor, 0, SEEK_END);
      if (end < 0 || promised >= static_cast<std::uint64_t>(end) - offset) return sound;
      // Chunks begin at even places, but not every program cares.
      std::uint64_t more = 0, more_unpadded = 0;
      const auto behind = offset + promised;
      if (are_chunks(descriptor, behind + (promised & 1), static_cast<std::uint64_t>(end), order, more))
        sound.promised = ByteCount{promised + more};
      else if ((promised & 1) != 0 && are_chunks(descriptor, behind, static_cast<std::uint64_t>(end), order, more_unpadded))
        sound.promised = ByteCount{promised + more_unpadded};
      else
        sound.ends_there = false;
      return sound;
    }
    if (name == "fmt " && !format) format = read_format(descriptor, offset, length, order);
    if (is_large && name == "ds64" && read_at(descriptor, offset, sizes)) large_length = number_in(std::span{sizes}.last(8), order);
    offset += length + (length & 1);  // chunks begin at even places
  }
  return std::nullopt;
}

}  // namespace carillon::audio
