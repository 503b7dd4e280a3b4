// Whatever a mail server says, in whatever pieces: its words stay one short line of valid UTF-8, and only a complete ending is a delivery.

#include "notify/smtp_dialogue.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using carillon::notify::SmtpDialogue;
  using carillon::notify::SmtpEnding;
  SmtpDialogue dialogue;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  // A line that begins with '>' is ours.
  for (const auto line : carillon::split(text, '\n')) {
    if (line.starts_with('>'))
      dialogue.sent(line.substr(1));
    else
      dialogue.received(line);
    const auto& words = dialogue.words();
    if (words.size() > SmtpDialogue::kLongestWords || !carillon::is_utf8(words)) std::abort();
    if (std::ranges::any_of(words, [](char c) { return static_cast<unsigned char>(c) < 0x20; })) std::abort();
  }
  for (const auto ending : {SmtpEnding::broken, SmtpEnding::no_login, SmtpEnding::no_encryption, SmtpEnding::not_trusted}) {
    if (judged(ending, dialogue, "trouble").outcome == carillon::notify::Outcome::delivered) std::abort();
  }
  if (judged(SmtpEnding::complete, dialogue, "").outcome != carillon::notify::Outcome::delivered) std::abort();
  return 0;
}
