#pragma once
// podcast:guid: a UUIDv5 of the feed's URL, set once and never changed (Podcasting 2.0, podcast:guid).

#include <string>
#include <string_view>

namespace carillon::podcast {

/// `feed_address` with or without scheme and trailing slashes, which are ignored.
[[nodiscard]] std::string podcast_guid(std::string_view feed_address);

}  // namespace carillon::podcast
