// See starttls.hpp.

#include "certs/probe/starttls.hpp"

#include "base/text.hpp"
#include "certs/probe/starttls_impl.hpp"

namespace carillon::certs {
namespace {

constexpr std::size_t kMaxQuoted = 200;  ///< of what a server says, in a message

std::unique_ptr<StartTlsProtocol> protocol_of(StartTls kind, std::string_view server_name) {
  switch (kind) {
    case StartTls::xmpp:
    case StartTls::xmpp_server:
      return xmpp_protocol(kind, server_name);
    case StartTls::ldap:
      return ldap_protocol();
    case StartTls::postgres:
      return postgres_protocol();
    case StartTls::mysql:
      return mysql_protocol();
    default:
      return line_protocol(kind);
  }
}

}  // namespace

std::string StartTlsProtocol::ready(std::string last_words) {
  state_ = State::ready;
  return last_words;
}

std::string StartTlsProtocol::refused(std::string why) {
  state_ = State::refused;
  reason_ = std::move(why);
  return {};
}

std::string StartTlsProtocol::foreign(std::string why) {
  state_ = State::foreign;
  reason_ = std::move(why);
  return {};
}

std::string quoted_words(std::string_view words) { return "“" + clean_for_xml(cut_to(trimmed(words), kMaxQuoted)) + "”"; }

std::string responds_with(std::string_view words) { return "it responds with " + quoted_words(words); }

StartTlsDialogue::StartTlsDialogue(StartTls kind, std::string_view server_name) : protocol_{protocol_of(kind, server_name)} {}
StartTlsDialogue::~StartTlsDialogue() = default;
StartTlsDialogue::StartTlsDialogue(StartTlsDialogue&&) noexcept = default;
StartTlsDialogue& StartTlsDialogue::operator=(StartTlsDialogue&&) noexcept = default;

std::string StartTlsDialogue::opening() { return protocol_->opening(); }

std::string StartTlsDialogue::take(std::string_view bytes) {
  std::string answer;
  for (const char byte : bytes) {
    if (state_ != State::talking) break;
    if (++taken_ > kLongestDialogue) {
      state_ = State::foreign;
      reason_ = "it keeps sending data before TLS starts";
      break;
    }
    answer += protocol_->take(byte);
    state_ = protocol_->state();
    reason_ = protocol_->reason();
  }
  return answer;
}

}  // namespace carillon::certs
