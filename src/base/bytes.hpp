#pragma once
// Byte counts as a type, and text as bytes.

#include <compare>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon {

/// A number of bytes: a length, an offset, a limit.
struct ByteCount {
  std::uint64_t value = 0;
  constexpr auto operator<=>(const ByteCount&) const = default;
  constexpr ByteCount& operator+=(ByteCount other) {
    value += other.value;
    return *this;
  }
  constexpr ByteCount& operator-=(ByteCount other) {
    value -= other.value;
    return *this;
  }
  friend constexpr ByteCount operator+(ByteCount a, ByteCount b) { return {a.value + b.value}; }
  friend constexpr ByteCount operator-(ByteCount a, ByteCount b) { return {a.value - b.value}; }
};

namespace literals {
constexpr ByteCount operator""_B(unsigned long long n) { return {n}; }
constexpr ByteCount operator""_KiB(unsigned long long n) { return {n << 10}; }
constexpr ByteCount operator""_MiB(unsigned long long n) { return {n << 20}; }
constexpr ByteCount operator""_GiB(unsigned long long n) { return {n << 30}; }
}  // namespace literals

using Bytes = std::vector<std::byte>;

[[nodiscard]] inline std::span<const std::byte> as_bytes(std::string_view text) noexcept {
  return {reinterpret_cast<const std::byte*>(text.data()), text.size()};
}
[[nodiscard]] inline std::string_view as_text(std::span<const std::byte> bytes) noexcept {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

/// "17.2 MB": for people.
[[nodiscard]] std::string to_human(ByteCount bytes);

}  // namespace carillon
