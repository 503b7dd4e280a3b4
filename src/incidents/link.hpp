#pragma once
// Acknowledge links: signed, bound to one message and so to one person and the incidents told in it. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::incidents {

/// What a link speaks of: line `line` of message `message`; 0 means all of them.
struct Link {
  std::string message;
  int line = 0;
  bool operator==(const Link&) const = default;
};

/// The last segment of a link's path: the message's id, the line, and 128 bits of HMAC-SHA256, in characters that need no escaping and that
/// no mail program breaks.
[[nodiscard]] std::string token_of(const Link& link, std::string_view key);

/// `refused` when it was not signed with `key`, or was changed or cut off. Compares in constant time.
[[nodiscard]] Result<Link> verified_link(std::string_view token, std::string_view key);

}  // namespace carillon::incidents
