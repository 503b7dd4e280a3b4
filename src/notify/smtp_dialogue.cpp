// See smtp_dialogue.hpp.

#include "notify/smtp_dialogue.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace carillon::notify {
namespace {

/// "250-" and "250 " start a line of a reply; 0 when this is none.
int code_of(std::string_view line) noexcept {
  if (line.size() < 3 || (line.size() > 3 && line[3] != ' ' && line[3] != '-')) return 0;
  const auto number = parse_number(line.substr(0, 3));
  return number && *number >= 200 && *number < 600 ? static_cast<int>(*number) : 0;
}

std::string printable(std::string_view line) {
  std::string text(line);
  std::ranges::replace_if(text, [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; }, ' ');
  // Broken bytes become three: the cut comes last.
  return std::string(cut_to(clean_for_xml(trimmed(cut_to(text, SmtpDialogue::kLongestWords))), SmtpDialogue::kLongestWords));
}

}  // namespace

void SmtpDialogue::sent(std::string_view command) {
  command = trimmed(command);
  if (command == "STARTTLS")
    phase_ = Phase::encryption;
  else if (command.starts_with("AUTH "))
    phase_ = Phase::login;
  else if (command.starts_with("MAIL FROM:"))
    phase_ = Phase::sender;
  else if (command.starts_with("RCPT TO:"))
    phase_ = Phase::recipient;
  else if (command == "DATA" && phase_ == Phase::recipient)
    phase_ = Phase::content;
  else if (command == "QUIT")
    leaving_ = true;
  // Everything else (EHLO again after STARTTLS, the answers of a login) belongs to the phase it comes in.
}

void SmtpDialogue::received(std::string_view line) {
  if (leaving_) return;  // a goodbye says nothing about the message
  while (line.ends_with('\n') || line.ends_with('\r')) line.remove_suffix(1);
  const int code = code_of(line);
  const bool continues = code != 0 && line.size() > 3 && line[3] == '-';
  auto words = printable(line);
  if (code != 0 && words.size() > 3) words[3] = ' ';
  // The reason of a refusal is often in its first line: the lines of a reply are kept as one, under the last one's code.
  if (continued_ && code != 0)
    words = words.substr(0, 3) + std::string(trimmed(words_.substr(std::min<std::size_t>(3, words_.size())))).insert(0, " ") +
            (words.size() > 3 ? words.substr(3) : std::string{});
  words_ = std::string(cut_to(words, kLongestWords));
  continued_ = continues;
  if (!continues) code_ = code;
}

Delivery judged(SmtpEnding ending, const SmtpDialogue& dialogue, std::string_view trouble) {
  const int code = dialogue.code();
  const bool refused = code >= 500, deferred = code >= 400 && code < 500;
  // A reply of success is not why it failed.
  std::string detail = refused || deferred || ending == SmtpEnding::complete ? dialogue.words() : std::string(trouble);
  switch (ending) {
    case SmtpEnding::complete:
      return {Outcome::delivered, std::move(detail)};
    case SmtpEnding::no_encryption:
    case SmtpEnding::no_login:
      // "454 4.7.0 Temporary authentication failure" is the server's trouble, not ours.
      return {deferred ? Outcome::later : Outcome::misconfigured, std::move(detail)};
    case SmtpEnding::not_trusted:
      return {Outcome::misconfigured, std::string(trouble)};
    case SmtpEnding::broken:
      break;
  }
  if (!refused) return {Outcome::later, std::move(detail)};
  const bool about_the_message = (dialogue.phase() == SmtpDialogue::Phase::recipient || dialogue.phase() == SmtpDialogue::Phase::content) &&
                                 code != 530 && code != 538;
  return {about_the_message ? Outcome::refused : Outcome::misconfigured, std::move(detail)};
}

}  // namespace carillon::notify
