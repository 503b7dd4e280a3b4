// See request_parts.hpp.

#include "http/server/request_parts.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>

namespace carillon::http {

bool is_token(std::string_view text) noexcept {
  return !text.empty() && std::ranges::all_of(text, [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
           std::string_view("!#$%&'*+-.^_`|~").contains(static_cast<char>(c));
  });
}

bool is_field_value(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](unsigned char c) { return c == '\t' || (c >= 0x20 && c != 0x7F); });
}

std::string_view without_blanks(std::string_view text) noexcept {
  while (!text.empty() && (text.front() == ' ' || text.front() == '\t')) text.remove_prefix(1);
  while (!text.empty() && (text.back() == ' ' || text.back() == '\t')) text.remove_suffix(1);
  return text;
}

std::optional<std::string> host_of(std::string_view authority) {
  std::string_view host = authority;
  std::string_view port;
  if (authority.starts_with('[')) {
    const auto end = authority.find(']');
    if (end == std::string_view::npos) return {};
    host = authority.substr(1, end - 1);
    if (host.empty() || host.find_first_not_of("0123456789abcdefABCDEF:.") != std::string_view::npos) return {};
    port = authority.substr(end + 1);
    if (!port.empty() && port.front() != ':') return {};
  } else {
    const auto colon = authority.find(':');
    host = authority.substr(0, colon);
    port = colon == std::string_view::npos ? std::string_view{} : authority.substr(colon);
    const bool plain = std::ranges::all_of(host, [](unsigned char c) {
      return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
             std::string_view("-._~!$&'()*+,;=%").contains(static_cast<char>(c));
    });
    if (!plain || host.empty()) return {};
  }
  if (!port.empty() && port.substr(1).find_first_not_of("0123456789") != std::string_view::npos) return {};
  return lower_ascii(host);
}

std::expected<PathAndQuery, Refusal> path_of(std::string_view origin_form) {
  const auto refuse = [](std::string sentence) { return std::unexpected(Refusal{400, std::move(sentence)}); };
  PathAndQuery found;
  const auto question = origin_form.find('?');
  const auto raw = origin_form.substr(0, question);
  if (question != std::string_view::npos) found.query = origin_form.substr(question + 1);
  // An encoded slash would be a slash to some and a letter to others.
  for (std::size_t at = raw.find('%'); at != std::string_view::npos; at = raw.find('%', at + 1)) {
    if (equal_ignoring_case(raw.substr(at, 3), "%2f")) return refuse("The URL contains an encoded slash.");
  }
  auto path = percent_decoded(raw);
  if (!path || path->contains('\0') || !is_utf8(*path)) return refuse("The URL isn't encoded correctly.");
  for (const auto segment : split(*path, '/')) {
    if (segment == "." || segment == "..") return refuse("The URL contains “.” or “..” in its path.");
  }
  found.path = std::move(*path);
  return found;
}

bool is_target(std::string_view text) noexcept {
  return std::ranges::all_of(text, [](unsigned char c) { return c > 0x20 && c < 0x7F; }) && !text.contains('#');
}

}  // namespace carillon::http
