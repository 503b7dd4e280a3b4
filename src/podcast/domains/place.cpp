// See place.hpp.

#include "podcast/domains/place.hpp"

#include "base/text.hpp"
#include "crypto/hmac.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

constexpr std::size_t kPlaceLength = 32;  // hexadecimal digits

std::string without_stop(std::string text) {
  if (text.ends_with('.')) text.pop_back();
  return text;
}

}  // namespace

std::string Place::answer_at(const std::string& place) const {
  return crypto::hmac_sha256(as_bytes(key_), as_bytes("domain " + place)).hex();
}

std::optional<std::string> Place::answer_to(std::string_view path) const {
  if (!path.starts_with(kPlacePath)) return {};
  const auto place = path.substr(kPlacePath.size());
  const bool is_place =
      place.size() == kPlaceLength && std::ranges::all_of(place, [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); });
  if (!is_place) return {};
  return answer_at(std::string(place));
}

std::string Place::misplaced(const std::string& name, const std::string& address) const {
  const auto place = crypto::hmac_sha256(as_bytes(key_), as_bytes("place " + name)).hex().substr(0, kPlaceLength);
  const auto answer = fetch_(name, address, std::string(kPlacePath) + place);
  if (!answer) return "this server could not reach itself through the domain (" + without_stop(answer.error().message) + ")";
  return trimmed(*answer) == answer_at(place) ? std::string{} : "another server responds there";
}

}  // namespace carillon::podcast
