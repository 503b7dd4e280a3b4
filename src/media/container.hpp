#pragma once
// How much of a recording's container is there, by the sizes that it states itself. libav reads what is there and says nothing.

#include "base/bytes.hpp"

#include <optional>
#include <string_view>

namespace carillon::media {

/// What a walk through a container found.
struct Container {
  double present = 1;        ///< bytes of sound that are there, as a part of those that the container states; at most 1
  double foreign = 0;        ///< bytes that belong to nothing, as a part of those that do
  bool ends_within = false;  ///< the file ends in the middle of something, and how much is missing isn't known
};

/// Walks the file behind `descriptor` (pread(2)). None if it isn't of one of the kinds whose sizes aren't checked elsewhere: "caf", "w64",
/// "asf", "ogg" (libav's names).
[[nodiscard]] std::optional<Container> walk_container(int descriptor, ByteCount length, std::string_view kind);

}  // namespace carillon::media
