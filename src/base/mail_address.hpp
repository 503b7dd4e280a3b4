#pragma once
// Email addresses that this server can send to. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// RFC 5321 §4.5.3.1.3, less the brackets.
inline constexpr std::size_t kMaxMailAddressBytes = 254;

/// An address that every mail server understands: ASCII, one '@', no quoting, no comments, a host name after it (RFC 1123 §2.1).
[[nodiscard]] bool is_mail_address(std::string_view text) noexcept;

/// `text` in lower case, without surrounding spaces. `invalid` with the reason and `field` if email can't be sent to it. All email
/// addresses that people enter must pass this.
[[nodiscard]] Result<std::string> checked_mail_address(std::string_view text, std::string field);

}  // namespace carillon
