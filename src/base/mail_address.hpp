#pragma once
// E-mail addresses as this server can send to them. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon {

/// RFC 5321 §4.5.3.1.3, less the brackets.
inline constexpr std::size_t kMaxMailAddressBytes = 254;

/// An address that every mail server understands: ASCII, one '@', no quoting, no comments, a host name behind it (RFC 1123 §2.1).
[[nodiscard]] bool is_mail_address(std::string_view text) noexcept;

/// `text` in small letters, without spaces around it. `invalid` with what is wrong, naming `field`, where no mail could reach it: the one
/// rule for whoever gives us an address of somebody.
[[nodiscard]] Result<std::string> checked_mail_address(std::string_view text, std::string field);

}  // namespace carillon
