// Walking the chunks of a WAV file.

#include "media/riff.hpp"

#include <unistd.h>
#include <array>
#include <string_view>

namespace carillon::media {
namespace {

/// A file with more chunks before its sound is made to keep us busy.
constexpr int kMostChunks = 1000;
/// Programs that write into a pipe do not know the length and put about the largest number they can: 2^31 or 2^32, less a header.
constexpr std::uint64_t kUnknown = 0x7FFF'0000;

std::uint64_t little_endian(std::span<const std::byte> bytes) {
  std::uint64_t number = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) number = number << 8 | std::to_integer<std::uint64_t>(bytes[i]);
  return number;
}

template <std::size_t size>
bool read_at(int descriptor, std::uint64_t offset, std::array<std::byte, size>& into) {
  return pread(descriptor, into.data(), size, static_cast<off_t>(offset)) == static_cast<ssize_t>(size);
}

}  // namespace

std::optional<PromisedSound> promised_sound(int descriptor) {
  std::array<std::byte, 8> head{};
  std::array<std::byte, 16> sizes{};
  if (!read_at(descriptor, 0, head)) return std::nullopt;
  const auto form = as_text(std::span{head}.first(4));
  const bool is_large = form == "RF64";
  if (form != "RIFF" && !is_large) return std::nullopt;
  std::uint64_t large_length = 0;
  std::uint64_t offset = 12;
  for (int chunk = 0; chunk < kMostChunks && read_at(descriptor, offset, head); ++chunk) {
    const auto name = as_text(std::span{head}.first(4));
    const std::uint64_t length = little_endian(std::span{head}.last(4));
    offset += head.size();
    if (name == "data") {
      const std::uint64_t promised = is_large ? large_length : length;
      if (promised == 0 || (!is_large && promised >= kUnknown)) return std::nullopt;
      return PromisedSound{{offset}, {promised}};
    }
    if (is_large && name == "ds64" && read_at(descriptor, offset, sizes)) large_length = little_endian(std::span{sizes}.last(8));
    offset += length + (length & 1);  // chunks begin at even places
  }
  return std::nullopt;
}

}  // namespace carillon::media
