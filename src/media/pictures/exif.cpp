// See exif.hpp.

#include "media/pictures/exif.hpp"

#include <cstdint>
#include <optional>

namespace carillon::media {
namespace {

constexpr std::uint32_t kOrientation = 0x0112, kShort = 3;
constexpr std::size_t kEntry = 12;

struct Reader {
  std::span<const std::byte> bytes;
  bool little = false;
  [[nodiscard]] std::optional<std::uint32_t> number(std::size_t at, std::size_t size) const noexcept {
    if (at > bytes.size() || size > bytes.size() - at) return {};
    std::uint32_t value = 0;
    for (std::size_t i = 0; i < size; ++i) value = value << 8 | std::to_integer<std::uint32_t>(bytes[little ? at + size - 1 - i : at + i]);
    return value;
  }
};

}  // namespace

int orientation_in(std::span<const std::byte> tiff) noexcept {
  Reader reader{tiff};
  const auto order = reader.number(0, 2);
  if (order == 0x4949)
    reader.little = true;
  else if (order != 0x4D4D)
    return 1;
  const auto directory = reader.number(4, 4);
  const auto count = directory ? reader.number(*directory, 2) : std::nullopt;
  if (!count) return 1;
  for (std::size_t i = 0; i < *count; ++i) {
    const auto at = *directory + 2 + i * kEntry;
    const auto tag = reader.number(at, 2);
    if (!tag) return 1;
    if (*tag != kOrientation) continue;
    const auto value = reader.number(at + 2, 2) == kShort ? reader.number(at + 8, 2) : std::nullopt;
    return value && *value >= 1 && *value <= 8 ? static_cast<int>(*value) : 1;
  }
  return 1;
}

}  // namespace carillon::media
