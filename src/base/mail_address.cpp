// See mail_address.hpp.

#include "base/mail_address.hpp"

#include "base/printable.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon {
namespace {

constexpr std::size_t kLongestLocalPart = 64;  // RFC 5321 §4.5.3.1.1
constexpr std::size_t kLongestLabel = 63;      // RFC 1035 §2.3.4

bool is_alphanumeric(char c) noexcept { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9'); }

bool is_ascii(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](char c) { return static_cast<unsigned char>(c) < 0x80U; });
}

bool is_host_name(std::string_view name) noexcept {
  while (true) {
    const auto dot = name.find('.');
    const auto label = name.substr(0, dot);
    if (label.empty() || label.size() > kLongestLabel || label.starts_with('-') || label.ends_with('-')) return false;
    if (!std::ranges::all_of(label, [](char c) { return is_alphanumeric(c) || c == '-'; })) return false;
    if (dot == std::string_view::npos) return true;
    name.remove_prefix(dot + 1);
  }
}

}  // namespace

bool is_mail_address(std::string_view text) noexcept {
  const auto at = text.find('@');
  if (text.size() > kMaxMailAddressBytes || at == std::string_view::npos || at == 0 || at > kLongestLocalPart) return false;
  const auto local = text.substr(0, at);
  const auto is_atom = [](char c) { return is_alphanumeric(c) || std::string_view("!#$%&'*+-/=?^_`{|}~.").contains(c); };
  if (!std::ranges::all_of(local, is_atom) || local.starts_with('.') || local.ends_with('.') || local.contains("..")) return false;
  return is_host_name(text.substr(at + 1));
}

Result<std::string> checked_mail_address(std::string_view text, std::string field) {
  text = trimmed(text);
  if (is_mail_address(text)) return lower_ascii(text);
  const auto shown = "“" + printable(cut_to(text, kMaxMailAddressBytes)) + "”";
  if (!is_ascii(text))
    return fail(ErrorKind::invalid,
                shown +
                    " isn't an address that this server can send email to: use ASCII letters, digits and common symbols, and "
                    "write international domains in their xn-- form.",
                std::move(field));
  return fail(ErrorKind::invalid, shown + " isn't a valid email address; it should look like ada@example.org.", std::move(field));
}

}  // namespace carillon
