#pragma once
// What is said before TLS begins on a port for mail: SMTP (RFC 3207) and IMAP (RFC 9051 §6.2.1). Pure: bytes in, bytes out.

#include "certs/probe/probe.hpp"

#include <string>
#include <string_view>

namespace carillon::certs {

/// More than this before TLS begins is nobody's greeting.
inline constexpr std::size_t kLongestDialogue = 32'768;
inline constexpr std::size_t kLongestDialogueLine = 2'048;

/// The client's side of one conversation.
class StartTlsDialogue {
 public:
  explicit StartTlsDialogue(StartTls kind) noexcept : kind_{kind} {}

  enum class State {
    talking,  ///< more is to come
    ready,    ///< the next byte is TLS's; what came behind the last line is dropped, for it was not protected (RFC 3207 §6)
    refused,  ///< no STARTTLS is to be had; `reason` says why
    foreign,  ///< this is another protocol
  };
  /// Takes what the server said; answers what to say to it, "" for nothing yet.
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
