// See mail_format.hpp.

#include "notify/mail_format.hpp"

#include "base/printable.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::notify {
namespace {

constexpr std::size_t kLongestSubject = 300;
constexpr std::size_t kLineLimit = 76;  // RFC 2045 §6.7, RFC 2047 §2
constexpr std::string_view kWordStart = "=?utf-8?Q?";
constexpr std::string_view kWordEnd = "?=";

bool is_alphanumeric(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

/// "=C3": a byte in both encodings' spelling.
void append_escaped(std::string& into, char c) {
  constexpr std::string_view kDigits = "0123456789ABCDEF";
  const auto byte = static_cast<unsigned char>(c);
  into += {'=', kDigits[byte >> 4], kDigits[byte & 15U]};
}

/// One line without anything a header could be ended with.
std::string one_line(std::string_view text) { return std::string(trimmed(printable(text))); }

/// ASCII with words short enough to fold between them.
bool folds(std::string_view line) {
  if (line.contains("=?")) return false;  // would be taken for an encoded word
  if (!std::ranges::all_of(line, [](char c) { return c >= ' ' && c <= '~'; })) return false;
  return std::ranges::all_of(split(line, ' '), [](std::string_view word) { return word.size() <= kLineLimit / 2; });
}

std::string folded(std::string_view line, std::size_t column) {
  std::string result;
  for (const auto word : split(line, ' ')) {
    if (!result.empty()) {
      // An empty word is one of several spaces in a row: a line of spaces alone must not arise.
      const bool fits = column + 1 + word.size() <= kLineLimit || word.empty();
      result += fits ? " " : "\r\n ";
      column = fits ? column + 1 : 1;
    }
    result += word;
    column += word.size();
  }
  return result;
}

std::string encoded_words(std::string_view line, std::size_t column) {
  std::string result{kWordStart};
  column += kWordStart.size();
  while (!line.empty()) {
    std::size_t length = 1;  // whole characters only: a program may decode each word for itself
    while (length < line.size() && (static_cast<unsigned char>(line[length]) & 0xC0U) == 0x80U) ++length;
    std::string character;
    for (const char c : line.substr(0, length)) {
      if (is_alphanumeric(c))
        character += c;
      else if (c == ' ')
        character += '_';
      else
        append_escaped(character, c);
    }
    if (column + character.size() + kWordEnd.size() > kLineLimit) {
      result.append(kWordEnd).append("\r\n ").append(kWordStart);
      column = 1 + kWordStart.size();
    }
    result += character;
    column += character.size();
    line.remove_prefix(length);
  }
  return result.append(kWordEnd);
}

/// Ids are ours, but nothing that is not of an id's alphabet gets into a header.
std::string message_id(std::string_view id, std::string_view domain) {
  std::string safe(id);
  std::ranges::replace_if(safe, [](char c) { return !is_alphanumeric(c) && c != '-' && c != '_'; }, '-');
  return "<" + safe + "@" + std::string(domain) + ">";
}

void append_part(std::string& mail, std::string_view type, std::string_view content) {
  mail.append("Content-Type: ").append(type).append("; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n");
  mail += quoted_printable(clean_for_xml(content)) + "\r\n";  // in a multipart this one belongs to the boundary that follows
}

}  // namespace

Result<Mailbox> parse_mailbox(std::string_view text) {
  text = trimmed(text);
  Mailbox mailbox;
  if (const auto open = text.find('<'); open != std::string_view::npos && text.ends_with('>')) {
    auto name = trimmed(text.substr(0, open));
    if (name.size() >= 2 && name.starts_with('"') && name.ends_with('"')) name = name.substr(1, name.size() - 2);
    mailbox = {std::string(name), std::string(text.substr(open + 1, text.size() - open - 2))};
  } else {
    mailbox.address = text;
  }
  if (!is_mail_address(mailbox.address))
    return fail(ErrorKind::invalid,
                "“" + one_line(text) + "” isn't an email address; write carillon@example.org or Carillon <carillon@example.org>.");
  return mailbox;
}

std::string header_text(std::string_view text, std::size_t column) {
  const auto line = one_line(text);
  return folds(line) ? folded(line, column) : encoded_words(line, column);
}

std::string quoted_printable(std::string_view text) {
  std::string result;
  std::size_t column = 0;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\r' || c == '\n') {
      if (c == '\r' && i + 1 < text.size() && text[i + 1] == '\n') ++i;
      result += "\r\n";
      column = 0;
      continue;
    }
    const bool ends_line = i + 1 == text.size() || text[i + 1] == '\r' || text[i + 1] == '\n';
    const bool plain = (c > ' ' && c <= '~' && c != '=') || ((c == ' ' || c == '\t') && !ends_line);
    std::string spelled;
    if (plain)
      spelled = c;
    else
      append_escaped(spelled, c);
    // The last column is for the '=' of a soft break, where one has to follow.
    if (column + spelled.size() > kLineLimit - (ends_line ? 0 : 1)) {
      result += "=\r\n";
      column = 0;
    }
    result += spelled;
    column += spelled.size();
  }
  return result;
}

Result<std::string> mail_of(const Message& message, const Mailbox& from) {
  if (!is_mail_address(message.to)) return fail(ErrorKind::invalid, "“" + one_line(message.to) + "” isn't an email address.");
  const auto domain = std::string_view(from.address).substr(from.address.find('@') + 1);
  std::string mail = "Date: " + to_rfc2822(message.at) + "\r\nFrom: ";
  if (from.name.empty()) {
    mail += from.address;
  } else {
    // A display name is a phrase: what is not plain words is encoded, which needs no quoting.
    const auto name = one_line(from.name);
    const bool plain = std::ranges::all_of(name, [](char c) { return is_alphanumeric(c) || c == ' '; });
    mail += plain ? folded(name, 6) : encoded_words(name, 6);
    mail.append("\r\n <").append(from.address).append(">");
  }
  mail.append("\r\nTo: ").append(message.to).append("\r\nSubject: ");
  mail += header_text(cut_to(message.subject, kLongestSubject), std::string_view("Subject: ").size());
  mail += "\r\nMessage-ID: " + message_id(message.id, domain) + "\r\n";
  if (!message.in_reply_to.empty() && message.in_reply_to != message.id) {
    const auto first = message_id(message.in_reply_to, domain);
    mail += "In-Reply-To: " + first + "\r\nReferences: " + first + "\r\n";
  }
  if (const auto url = one_line(message.unsubscribe); !url.empty() && url.find_first_of(" <>,") == std::string::npos)
    mail += "List-Unsubscribe: <" + url + ">\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n";
  mail += "Auto-Submitted: auto-generated\r\nX-Auto-Response-Suppress: All\r\n";
  if (message.urgent) mail += "X-Priority: 1 (Highest)\r\nImportance: high\r\n";
  mail += "MIME-Version: 1.0\r\n";
  if (message.html.empty()) {
    append_part(mail, "text/plain", message.text);
    return mail;
  }
  // Quoted-printable never holds "=_", so no text can end its part.
  const auto boundary = "=_" + message_id(message.id, "x").substr(1, message.id.size());
  mail += "Content-Type: multipart/alternative; boundary=\"" + boundary + "\"\r\n\r\n--" + boundary + "\r\n";
  append_part(mail, "text/plain", message.text);
  mail += "--" + boundary + "\r\n";
  append_part(mail, "text/html", message.html);
  return mail + "--" + boundary + "--\r\n";
}

}  // namespace carillon::notify
