#pragma once
// The dialogue before TLS starts on a mail port: SMTP (RFC 3207) and IMAP (RFC 9051 §6.2.1). Pure: bytes in, bytes out.

#include "certs/probe/probe.hpp"

#include <string>
#include <string_view>

namespace carillon::certs {

/// The most data accepted before TLS starts.
inline constexpr std::size_t kLongestDialogue = 32'768;
inline constexpr std::size_t kLongestDialogueLine = 2'048;

/// The client's side of one conversation.
class StartTlsDialogue {
 public:
  explicit StartTlsDialogue(StartTls kind) noexcept : kind_{kind} {}

  enum class State {
    talking,  ///< not done yet
    ready,    ///< TLS starts with the next byte; data after the last line is dropped, because it wasn't protected (RFC 3207 §6)
    refused,  ///< STARTTLS isn't available; `reason` says why
    foreign,  ///< a different protocol
  };
  /// Takes data from the server; returns what to send, "" for nothing yet.
  std::string take(std::string_view bytes);
  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 private:
  enum class Awaiting { greeting, abilities, go_ahead };
  std::string take_line(std::string_view line);
  std::string take_smtp(std::string_view line);
  std::string take_imap(std::string_view line);
  void stop(State state, std::string_view why);

  StartTls kind_;
  State state_ = State::talking;
  Awaiting awaiting_ = Awaiting::greeting;
  bool offered_ = false;
  std::size_t taken_ = 0;
  std::string line_, reason_;
};

}  // namespace carillon::certs
