// See digest.hpp.

#include "base/digest.hpp"

#include "base/encoding.hpp"

#include <algorithm>
#include <cstring>

namespace carillon {

std::string Digest::hex() const { return to_hex(bytes); }

Result<Digest> Digest::from_hex(std::string_view text) {
  const auto decoded = carillon::from_hex(text);
  Digest digest;
  if (!decoded || decoded->size() != digest.bytes.size())
    return fail(ErrorKind::invalid, "“" + std::string(text) + "” isn't a hexadecimal SHA-256");
  std::ranges::copy(*decoded, digest.bytes.begin());
  return digest;
}

}  // namespace carillon

std::size_t std::hash<carillon::Digest>::operator()(const carillon::Digest& digest) const noexcept {
  std::size_t value = 0;
  std::memcpy(&value, digest.bytes.data(), sizeof value);
  return value;
}
