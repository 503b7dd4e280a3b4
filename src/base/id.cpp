// See id.hpp.

#include "base/id.hpp"

#include <algorithm>
#include <array>

namespace carillon {
namespace {

constexpr std::string_view kAlphabet = "0123456789abcdefghjkmnpqrstvwxyz";
constexpr std::size_t kLength = 26;
constexpr std::size_t kTimeCharacters = 10;

}  // namespace

std::string new_id(const Clock& clock, Random& random) {
  std::array<std::byte, kLength - kTimeCharacters> noise;
  random.fill(noise);
  auto milliseconds = static_cast<std::uint64_t>(to_microseconds(clock.now()) / 1000);
  std::string id(kLength, '0');
  for (std::size_t i = kTimeCharacters; i-- > 0; milliseconds >>= 5) id[i] = kAlphabet[milliseconds & 31U];
  for (std::size_t i = 0; i < noise.size(); ++i) id[kTimeCharacters + i] = kAlphabet[static_cast<std::size_t>(noise[i]) & 31U];
  return id;
}

bool is_id(std::string_view text) noexcept {
  return text.size() == kLength && std::ranges::all_of(text, [](char c) { return kAlphabet.contains(c); });
}

}  // namespace carillon
