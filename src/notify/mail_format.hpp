#pragma once
// Messages as email: RFC 5322 and MIME (RFC 2045–2047). Pure. Prevents header injection through subjects and addresses.

#include "base/mail_address.hpp"
#include "base/result.hpp"
#include "notify/channel.hpp"

#include <string>
#include <string_view>

namespace carillon::notify {

/// The sender of an email.
struct Mailbox {
  std::string name;     ///< shown to people; may be ""
  std::string address;  ///< "carillon@example.org"
};

/// "carillon@example.org" or "Carillon at Example <carillon@example.org>". `invalid` if it contains no address.
[[nodiscard]] Result<Mailbox> parse_mailbox(std::string_view text);

/// The email with CRLF line ends, ready for DATA except for dot-stuffing (RFC 5321 §4.5.2). Message-ID and References consist of the
/// message's ID and the sender's domain, so that a retry has the same. `Auto-Submitted: auto-generated` (RFC 3834) prevents out-of-office
/// replies. `invalid` if `to` isn't an address.
[[nodiscard]] Result<std::string> mail_of(const Message& message, const Mailbox& from);

/// The value of a header for people, `column` bytes after the start of its line: unchanged if it is short ASCII, else as encoded words (RFC
/// 2047) on folded lines of at most 76 bytes. Control characters become spaces, invalid UTF-8 becomes U+FFFD.
[[nodiscard]] std::string header_text(std::string_view text, std::size_t column);

/// Quoted-printable (RFC 2045 §6.7): CRLF line ends, lines of at most 76 bytes.
[[nodiscard]] std::string quoted_printable(std::string_view text);

}  // namespace carillon::notify
