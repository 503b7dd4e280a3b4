#pragma once
// The dialogue before TLS starts on ports where clients request it: mail (SMTP, LMTP, IMAP, POP3, ManageSieve), FTP, NNTP, XMPP, LDAP,
// PostgreSQL and MySQL. Pure: bytes in, bytes out.

#include "certs/probe/probe.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace carillon::certs {

/// The most data accepted before TLS starts, and the longest line, element or message in it.
inline constexpr std::size_t kLongestDialogue = 32'768;
inline constexpr std::size_t kLongestDialogueLine = 2'048;

class StartTlsProtocol;

/// The client's side of one conversation.
class StartTlsDialogue {
 public:
  /// `server_name` is the name that the client requests, for protocols that send it before TLS (XMPP). `kind` isn't `none`.
  explicit StartTlsDialogue(StartTls kind, std::string_view server_name = "localhost");
  ~StartTlsDialogue();
  StartTlsDialogue(StartTlsDialogue&&) noexcept;
  StartTlsDialogue& operator=(StartTlsDialogue&&) noexcept;

  enum class State {
    talking,  ///< not done yet
    /// TLS starts with the next byte, after everything to send has been sent. Data after the server's go-ahead is dropped, because it
    /// wasn't protected (RFC 3207 §6).
    ready,
    refused,  ///< STARTTLS isn't available; `reason` says why
    foreign,  ///< a different protocol
  };
  /// What to send first; "" if the server speaks first. Call it once.
  std::string opening();
  /// Takes data from the server; returns what to send, "" for nothing yet.
  std::string take(std::string_view bytes);
  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  std::unique_ptr<StartTlsProtocol> protocol_;
  State state_ = State::talking;
  std::size_t taken_ = 0;
  std::string reason_;
};

}  // namespace carillon::certs
