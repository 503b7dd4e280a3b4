#pragma once
// The name of a media file: its SHA-256. For computing one, see crypto/sha256.hpp.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <array>
#include <string>
#include <string_view>

namespace carillon {

struct Digest {
  std::array<std::byte, 32> bytes{};
  auto operator<=>(const Digest&) const = default;
  [[nodiscard]] std::string hex() const;
  [[nodiscard]] static Result<Digest> from_hex(std::string_view text);
};

}  // namespace carillon

template <>
struct std::hash<carillon::Digest> {
  std::size_t operator()(const carillon::Digest& digest) const noexcept;
};
