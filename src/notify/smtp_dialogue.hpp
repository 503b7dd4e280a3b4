#pragma once
// What was said between us and a mail server, and what it means for the message (RFC 5321 §4.2). Pure; the server's lines are foreign
// bytes.

#include "notify/channel.hpp"

#include <string>
#include <string_view>

namespace carillon::notify {

/// The dialogue of one delivery, heard line by line. One thread.
class SmtpDialogue {
 public:
  /// How far we had come when the last reply came.
  enum class Phase { greeting, encryption, login, sender, recipient, content };

  void sent(std::string_view command);   ///< a command of ours; what it holds beside its name is not kept (it may be a password)
  void received(std::string_view line);  ///< a line of the server's; several make one reply, the last one counts
  [[nodiscard]] Phase phase() const noexcept { return phase_; }
  [[nodiscard]] int code() const noexcept { return code_; }  ///< of the last whole reply; 0 when there was none, or none that can be read
  /// The server's words, "550 5.1.1 no such user": one line of at most kLongestWords bytes, safe to print.
  [[nodiscard]] const std::string& words() const noexcept { return words_; }

  static constexpr std::size_t kLongestWords = 300;

 private:
  Phase phase_ = Phase::greeting;
  int code_ = 0;
  std::string words_;
  bool continued_ = false;
  bool leaving_ = false;
};

/// How the connection ended.
enum class SmtpEnding {
  complete,       ///< the final 250 after the content was read
  broken,         ///< no connection, no answer in time, cut off, or a reply that ends the dialogue
  no_login,       ///< user or password refused, or no way to log in that both sides know
  no_encryption,  ///< STARTTLS is not offered or failed
  not_trusted,    ///< its certificate does not verify
};

/// What became of the message. Delivered is only what the server took over with its final 250. A 4xx, and trouble with the connection, is
/// `later`; a 5xx for the recipient or the content is `refused`; a 5xx before (greeting, STARTTLS, AUTH, MAIL), and 530 or 538 wherever it
/// comes, speaks about how the channel is set up: `misconfigured`. `trouble` are the words for an ending to which the server said nothing.
[[nodiscard]] Delivery judged(SmtpEnding ending, const SmtpDialogue& dialogue, std::string_view trouble);

}  // namespace carillon::notify
