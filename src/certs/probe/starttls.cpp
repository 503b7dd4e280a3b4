// See starttls.hpp.

#include "certs/probe/starttls.hpp"

#include "base/text.hpp"

#include <algorithm>

namespace carillon::certs {
namespace {

constexpr std::string_view kTag = "c1";

/// What a server said, fit for a message to a person.
std::string quoted(std::string_view line) { return "“" + clean_for_xml(cut_to(trimmed(line), 200)) + "”"; }

}  // namespace

std::string StartTlsDialogue::take(std::string_view bytes) {
  std::string answer;
  for (const char byte : bytes) {
    if (state_ != State::talking) break;
    if (++taken_ > kLongestDialogue || line_.size() > kLongestDialogueLine) {
      stop(State::foreign, "it keeps sending data before TLS starts");
      break;
    }
    if (byte != '\n') {
      line_ += byte;
      continue;
    }
    answer += take_line(std::exchange(line_, {}));
  }
  return answer;
}

std::string StartTlsDialogue::take_line(std::string_view line) {
  if (line.ends_with('\r')) line.remove_suffix(1);
  return kind_ == StartTls::imap ? take_imap(line) : take_smtp(line);
}

std::string StartTlsDialogue::take_smtp(std::string_view line) {
  const bool is_reply = line.size() >= 3 && parse_number(line.substr(0, 3)) && (line.size() == 3 || line[3] == ' ' || line[3] == '-');
  if (!is_reply) return stop(State::foreign, "it responds with " + quoted(line) + ", which isn't SMTP"), std::string{};
  const bool is_last = line.size() == 3 || line[3] == ' ';
  const char kind = line[0];
  if (awaiting_ == Awaiting::abilities && line.size() > 4 && equal_ignoring_case(trimmed(line.substr(4)), "STARTTLS")) offered_ = true;
  if (!is_last) return {};
  if (kind != '2') return stop(State::refused, "it responds with " + quoted(line)), std::string{};
  switch (awaiting_) {
    case Awaiting::greeting:
      awaiting_ = Awaiting::abilities;
      return "EHLO localhost\r\n";
    case Awaiting::abilities:
      if (!offered_) return stop(State::refused, "it doesn't offer STARTTLS"), std::string{};
      awaiting_ = Awaiting::go_ahead;
      return "STARTTLS\r\n";
    case Awaiting::go_ahead:
      state_ = State::ready;
      return {};
  }
  return {};
}

std::string StartTlsDialogue::take_imap(std::string_view line) {
  if (awaiting_ == Awaiting::greeting) {
    const auto greeting = lower_ascii(line.substr(0, 5));
    if (!greeting.starts_with("* ")) return stop(State::foreign, "it responds with " + quoted(line) + ", which isn't IMAP"), std::string{};
    if (!greeting.starts_with("* ok")) return stop(State::refused, "it responds with " + quoted(line)), std::string{};
    awaiting_ = Awaiting::go_ahead;
    return std::string(kTag) + " STARTTLS\r\n";
  }
  if (!line.starts_with(std::string(kTag) + " ")) return {};  // anything may be told in between
  const auto answer = lower_ascii(line.substr(kTag.size() + 1, 3));
  if (answer == "ok" || answer == "ok ") {
    state_ = State::ready;
  } else {
    stop(State::refused, "it responds with " + quoted(line));
  }
  return {};
}

void StartTlsDialogue::stop(State state, std::string_view why) {
  state_ = state;
  reason_ = why;
}

}  // namespace carillon::certs
