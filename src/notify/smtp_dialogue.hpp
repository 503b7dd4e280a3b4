#pragma once
// The dialogue with a mail server, and its result for the message (RFC 5321 §4.2). Pure; the server's lines are untrusted.

#include "notify/channel.hpp"

#include <string>
#include <string_view>

namespace carillon::notify {

/// The dialogue of one delivery, line by line. One thread.
class SmtpDialogue {
 public:
  /// The phase of the last reply.
  enum class Phase { greeting, encryption, login, sender, recipient, content };

  void sent(std::string_view command);   ///< a command that we sent; only its name is stored, because the rest may be a password
  void received(std::string_view line);  ///< a line from the server; a reply may have several, of which the last one counts
  [[nodiscard]] Phase phase() const noexcept { return phase_; }
  [[nodiscard]] int code() const noexcept { return code_; }  ///< of the last complete reply; 0 if there was none, or it can't be parsed
  /// The server's reply, "550 5.1.1 no such user": one line of at most kLongestWords bytes, safe to print.
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
  broken,         ///< no connection, no response in time, cut off, or a reply that ends the dialogue
  no_login,       ///< user or password rejected, or no common login method
  no_encryption,  ///< STARTTLS isn't offered or failed
  not_trusted,    ///< its certificate isn't valid
};

/// What became of the message. Delivered is only what the server took over with its final 250. A 4xx, and trouble with the connection, is
/// `later`; a 5xx for the recipient or the content is `refused`; a 5xx before (greeting, STARTTLS, AUTH, MAIL), and 530 or 538 wherever it
/// comes, speaks about how the channel is set up: `misconfigured`. `trouble` are the words for an ending to which the server said nothing.
[[nodiscard]] Delivery judged(SmtpEnding ending, const SmtpDialogue& dialogue, std::string_view trouble);

}  // namespace carillon::notify
