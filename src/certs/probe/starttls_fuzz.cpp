// What a foreign server says before TLS: however it is cut, it ends in the same state with the same answers.

#include "certs/probe/starttls.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace carillon::certs;

constexpr std::array kKinds{StartTls::smtp, StartTls::imap, StartTls::lmtp, StartTls::pop3,        StartTls::sieve,    StartTls::ftp,
                            StartTls::nntp, StartTls::xmpp, StartTls::ldap, StartTls::xmpp_server, StartTls::postgres, StartTls::mysql};

void require(bool holds) {
  if (!holds) std::abort();
}

struct Ended {
  StartTlsDialogue::State state;
  std::string said, reason;
  bool operator==(const Ended&) const = default;
};

Ended converse(StartTls kind, std::string_view bytes, std::size_t piece) {
  StartTlsDialogue dialogue{kind, "a.example"};
  std::string said = dialogue.opening();
  while (!bytes.empty()) {
    said += dialogue.take(bytes.substr(0, piece));
    bytes.remove_prefix(std::min(piece, bytes.size()));
  }
  return {dialogue.state(), said, dialogue.reason()};
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto kind = kKinds[data[0] % kKinds.size()];
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto whole = converse(kind, bytes, bytes.size());
  require(whole == converse(kind, bytes, 1) && whole == converse(kind, bytes, 7));
  const bool is_bad = whole.state == StartTlsDialogue::State::refused || whole.state == StartTlsDialogue::State::foreign;
  require(is_bad == !whole.reason.empty());
  require(whole.state != StartTlsDialogue::State::ready || !whole.said.empty());
  constexpr std::size_t kMaxReason = 1'000;
  require(whole.reason.size() < kMaxReason);
  return 0;
}
