#pragma once
// What the protocols before TLS have in common. Each family of protocols has its own file: starttls_lines.cpp, starttls_xmpp.cpp,
// starttls_ldap.cpp, starttls_databases.cpp. Pure.

#include "certs/probe/starttls.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace carillon::certs {

/// The client's side of one protocol. It gets single bytes, so how the network splits them can't matter.
class StartTlsProtocol {
 public:
  using State = StartTlsDialogue::State;

  virtual ~StartTlsProtocol() = default;
  /// What to send before the server sends anything; "" if the server speaks first.
  virtual std::string opening() { return {}; }
  /// Takes the next byte while `state` is talking; returns what to send.
  virtual std::string take(char byte) = 0;

  [[nodiscard]] State state() const noexcept { return state_; }
  [[nodiscard]] const std::string& reason() const noexcept { return reason_; }

 protected:
  /// TLS starts once the returned data has been sent.
  std::string ready(std::string last_words = {});
  std::string refused(std::string why);
  std::string foreign(std::string why);

 private:
  State state_ = State::talking;
  std::string reason_;
};

/// A server's words, as part of a message to a person.
[[nodiscard]] std::string quoted_words(std::string_view words);
/// "it responds with “…”".
[[nodiscard]] std::string responds_with(std::string_view words);
inline constexpr std::string_view kNotOffered = "it doesn't offer STARTTLS";

[[nodiscard]] std::unique_ptr<StartTlsProtocol> line_protocol(StartTls kind);
/// `name` is the domain that is requested (RFC 6120 §4.7.2).
[[nodiscard]] std::unique_ptr<StartTlsProtocol> xmpp_protocol(StartTls kind, std::string_view name);
[[nodiscard]] std::unique_ptr<StartTlsProtocol> ldap_protocol();
[[nodiscard]] std::unique_ptr<StartTlsProtocol> postgres_protocol();
[[nodiscard]] std::unique_ptr<StartTlsProtocol> mysql_protocol();

}  // namespace carillon::certs
