#pragma once
// A message as mail: RFC 5322 and MIME (RFC 2045–2047). Pure. Whatever a subject or an address holds, it cannot become a header of its own.

#include "base/mail_address.hpp"
#include "base/result.hpp"
#include "notify/channel.hpp"

#include <string>
#include <string_view>

namespace carillon::notify {

/// Who a mail comes from.
struct Mailbox {
  std::string name;     ///< shown to people; may be ""
  std::string address;  ///< "carillon@example.org"
};

/// "carillon@example.org" or "Carillon at Example <carillon@example.org>". `invalid` when there is no address in it.
[[nodiscard]] Result<Mailbox> parse_mailbox(std::string_view text);

/// The mail with CRLF line ends, ready for DATA but for the dots (RFC 5321 §4.5.2). Message-ID and References are made of the message's id
/// and the sender's domain, so a retry carries the same. `Auto-Submitted: auto-generated` (RFC 3834) keeps out-of-office answers away.
/// `invalid` when `to` is no address.
[[nodiscard]] Result<std::string> mail_of(const Message& message, const Mailbox& from);

/// The value of a header for people, `column` bytes after the start of its line: as it is where it is short ASCII, else as encoded words
/// (RFC 2047) on folded lines of at most 76 bytes. Control characters become spaces, broken UTF-8 becomes U+FFFD.
[[nodiscard]] std::string header_text(std::string_view text, std::size_t column);

/// Quoted-printable (RFC 2045 §6.7): CRLF line ends, lines of at most 76 bytes.
[[nodiscard]] std::string quoted_printable(std::string_view text);

}  // namespace carillon::notify
