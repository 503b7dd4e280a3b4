// See bytes.hpp.

#include "base/bytes.hpp"

#include <fmt/format.h>

#include <array>

namespace carillon {

std::string to_human(ByteCount bytes) {
  constexpr std::array kUnits{"kB", "MB", "GB", "TB"};
  if (bytes.value < 1000) return fmt::format("{} bytes", bytes.value);
  double amount = static_cast<double>(bytes.value) / 1000;
  std::size_t unit = 0;
  while (amount >= 999.95 && unit + 1 < kUnits.size()) amount /= 1000, ++unit;
  return fmt::format("{:.1f} {}", amount, kUnits[unit]);
}

}  // namespace carillon
