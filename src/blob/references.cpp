// See references.hpp.

#include "blob/references.hpp"

#include <algorithm>

namespace carillon::blob {

Result<std::vector<Digest>> referenced_media(db::Session& session, std::span<const References> parts) {
  std::vector<Digest> all;
  for (const auto& part : parts) {
    auto some = part(session);
    if (!some) return some;
    all.insert(all.end(), some->begin(), some->end());
  }
  std::ranges::sort(all);
  all.erase(std::ranges::unique(all).begin(), all.end());
  return all;
}

}  // namespace carillon::blob
