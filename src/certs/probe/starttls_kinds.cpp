// The protocols in which TLS starts on request: their names and usual ports. See probe.hpp.

#include "base/text.hpp"
#include "certs/probe/probe.hpp"

#include <algorithm>
#include <array>

namespace carillon::certs {
namespace {

constexpr std::size_t kMaxShown = 40;
constexpr std::string_view kNone = "none";

struct Kind {
  StartTls kind;
  std::string_view name;                 ///< as in `openssl s_client -starttls`
  std::array<std::uint16_t, 2> ports{};  ///< where clients start without TLS; 0: none
};
constexpr std::array kKinds{
    Kind{StartTls::smtp, "smtp", {25, 587}},
    Kind{StartTls::lmtp, "lmtp", {24}},
    Kind{StartTls::imap, "imap", {143}},
    Kind{StartTls::pop3, "pop3", {110}},
    Kind{StartTls::sieve, "sieve", {4190}},
    Kind{StartTls::ftp, "ftp", {21}},
    Kind{StartTls::nntp, "nntp", {119}},
    Kind{StartTls::xmpp, "xmpp", {5222}},
    Kind{StartTls::xmpp_server, "xmpp-server", {5269}},
    Kind{StartTls::ldap, "ldap", {389, 3268}},
    Kind{StartTls::postgres, "postgres", {5432}},
    Kind{StartTls::mysql, "mysql", {3306}},
};

}  // namespace

std::string_view name_of(StartTls starttls) noexcept {
  const auto found = std::ranges::find(kKinds, starttls, &Kind::kind);
  return found == kKinds.end() ? "" : found->name;
}

Result<StartTls> starttls_named(std::string_view word) {
  if (word.empty()) return StartTls::none;
  if (const auto found = std::ranges::find(kKinds, word, &Kind::name); found != kKinds.end()) return found->kind;
  std::string names;
  for (const auto& kind : kKinds) names.append(names.empty() ? "" : ", ").append(kind.name);
  return fail(
      ErrorKind::invalid,
      "“" + clean_for_xml(cut_to(word, kMaxShown)) + "” isn't supported for STARTTLS; use " + names + " or " + std::string(kNone) + ".",
      "starttls");
}

Result<StartTls> starttls_chosen(std::string_view word, std::uint16_t port) {
  if (word.empty()) return starttls_at(port);
  if (word == kNone) return StartTls::none;
  return starttls_named(word);
}

std::vector<std::string> starttls_words() {
  std::vector<std::string> words;
  words.reserve(kKinds.size() + 1);
  for (const auto& kind : kKinds) words.emplace_back(kind.name);
  words.emplace_back(kNone);
  return words;
}

StartTls starttls_at(std::uint16_t port) noexcept {
  const auto found =
      std::ranges::find_if(kKinds, [&](const Kind& kind) { return port != 0 && std::ranges::find(kind.ports, port) != kind.ports.end(); });
  return found == kKinds.end() ? StartTls::none : found->kind;
}

}  // namespace carillon::certs
