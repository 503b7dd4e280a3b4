#pragma once
// Acknowledge links: signed, bound to one message and thus to one person and its incidents. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::incidents {

/// The target of a link: line `line` of message `message`; 0 means all lines.
struct Link {
  std::string message;
  int line = 0;
  bool operator==(const Link&) const = default;
};

/// The last segment of a link's path: the message's id, the line, and 128 bits of HMAC-SHA256, in characters that need no escaping and that
/// mail programs don't break.
[[nodiscard]] std::string token_of(const Link& link, std::string_view key);

/// `refused` if it wasn't signed with `key`, or was changed or truncated. Compares in constant time.
[[nodiscard]] Result<Link> verified_link(std::string_view token, std::string_view key);

}  // namespace carillon::incidents
