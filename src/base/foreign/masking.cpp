// See masking.hpp.

#include "base/foreign/masking.hpp"

#include "base/bytes.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"
#include "base/utf8.hpp"

#include <array>
#include <charconv>
#include <optional>

namespace carillon {
namespace {

constexpr int kEscapedTimes = 3;
constexpr std::string_view kHidden = "[…]";

/// A text in which escapes are replaced by what they mean, and where each of its bytes came from.
struct Plain {
  std::string text;
  std::vector<std::size_t> begins, ends;
};

std::optional<std::uint32_t> number_in(std::string_view digits, int base) {
  std::uint32_t number = 0;
  const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), number, base);
  if (digits.empty() || wrong != std::errc{} || end != digits.data() + digits.size()) return {};
  return number;
}

struct Escape {
  std::uint32_t character = 0;
  std::size_t length = 0;
};

std::optional<Escape> hex_escape(std::string_view text, std::size_t prefix, std::size_t digits) {
  if (text.size() < prefix + digits) return {};
  const auto number = number_in(text.substr(prefix, digits), 16);
  if (!number) return {};
  return Escape{*number, prefix + digits};
}

/// &amp; &#47; &#x2f; (HTML)
std::optional<Escape> html_escape(std::string_view text) {
  constexpr std::size_t kLongest = 10;
  constexpr std::array<std::pair<std::string_view, char>, 6> kNames{
      {{"amp", '&'}, {"lt", '<'}, {"gt", '>'}, {"quot", '"'}, {"apos", '\''}, {"sol", '/'}}};
  const auto end = text.substr(0, kLongest).find(';');
  if (end == std::string_view::npos) return {};
  auto word = text.substr(1, end - 1);
  for (const auto& [name, meaning] : kNames) {
    if (word == name) return Escape{static_cast<unsigned char>(meaning), end + 1};
  }
  if (!word.starts_with('#')) return {};
  word.remove_prefix(1);
  const bool is_hex = word.starts_with('x') || word.starts_with('X');
  const auto number = is_hex ? number_in(word.substr(1), 16) : number_in(word, 10);
  if (!number) return {};
  return Escape{*number, end + 1};
}

/// The escape at the start of `text`; none if there is none.
std::optional<Escape> escape_at(std::string_view text) {
  if (text.size() < 2) return {};
  if (text.front() == '%') return hex_escape(text, 1, 2);
  if (text.front() == '&') return html_escape(text);
  if (text.front() != '\\') return {};
  if (text[1] == 'u') return hex_escape(text, 2, 4);
  if (text[1] == 'x') return hex_escape(text, 2, 2);
  if (std::string_view{"/\\\"'"}.contains(text[1])) return Escape{static_cast<unsigned char>(text[1]), 2};
  return {};
}

Plain plain(std::string_view text) {
  Plain result;
  result.text = text;
  for (std::size_t i = 0; i < text.size(); ++i) {
    result.begins.push_back(i);
    result.ends.push_back(i + 1);
  }
  return result;
}

/// Replaces one layer of escapes.
Plain unescaped(const Plain& given) {
  constexpr std::uint32_t kOneByte = 0x100;
  Plain result;
  const std::string_view text = given.text;
  for (std::size_t at = 0; at < text.size();) {
    const auto escape = escape_at(text.substr(at));
    const auto length = escape ? escape->length : 1;
    std::string meaning{text[at]};
    if (escape && text[at] == '%') {
      meaning[0] = static_cast<char>(escape->character);
    } else if (escape) {
      meaning.clear();
      const bool is_scalar = escape->character <= 0x10FFFF && (escape->character < 0xD800 || escape->character > 0xDFFF);
      if (is_scalar && escape->character < kOneByte / 2)
        meaning = static_cast<char>(escape->character);
      else if (is_scalar)
        append_utf8(meaning, escape->character);
      else
        meaning = "?";
    }
    for (const char c : meaning) {
      result.text += c;
      result.begins.push_back(given.begins[at]);
      result.ends.push_back(given.ends[at + length - 1]);
    }
    at += length;
  }
  return result;
}

/// What base64 of a text with `secret` in it contains, for each of the three places in a group where the secret can start, and whether it
/// ends there or not.
std::vector<std::string> base64_parts(std::string_view secret) {
  std::vector<std::string> parts;
  for (std::size_t shift = 0; shift < 3; ++shift) {
    const auto whole = std::string(shift, 'x') + std::string(secret);
    const auto begin = shift == 0 ? 0 : shift + 1;  // the characters before also depend on the bytes before
    const auto certain = whole.substr(0, whole.size() / 3 * 3);
    for (const auto& text : {whole, certain}) {
      if (text.size() <= shift) continue;
      parts.push_back(to_base64(as_bytes(text)).substr(begin));
      parts.push_back(to_base64url(as_bytes(text)).substr(begin));
    }
  }
  return parts;
}

}  // namespace

Mask::Mask(const std::vector<std::string>& secrets) {
  for (const auto& secret : secrets) {
    if (secret.size() < kShortestSecret) continue;
    auto now = plain(secret);
    for (int i = 0; i <= kEscapedTimes; ++i) {
      add(now.text);
      for (const auto& part : base64_parts(now.text)) {
        if (part.size() >= kMaskedRun) add(part);
      }
      add(to_hex(as_bytes(now.text)));
      auto next = unescaped(now);
      if (next.text == now.text) break;
      now = std::move(next);
    }
  }
}

void Mask::add(std::string_view secret) {
  const auto lower = lower_ascii(secret);
  if (lower.size() < kShortestSecret) return;
  const auto length = std::min(lower.size(), kMaskedRun);
  lengths_.insert(length);
  for (std::size_t at = 0; at + length <= lower.size(); ++at) runs_.insert(lower.substr(at, length));
}

std::string Mask::masked(std::string_view text) const {
  if (runs_.empty()) return std::string(text);
  std::vector<bool> hidden(text.size());
  auto now = plain(text);
  for (int i = 0; i <= kEscapedTimes; ++i) {
    const auto lower = lower_ascii(now.text);
    for (const auto length : lengths_) {
      for (std::size_t at = 0; at + length <= lower.size(); ++at) {
        if (!runs_.contains(std::string_view{lower}.substr(at, length))) continue;
        for (auto place = now.begins[at]; place < now.ends[at + length - 1]; ++place) hidden[place] = true;
      }
    }
    auto next = unescaped(now);
    if (next.text == now.text) break;
    now = std::move(next);
  }
  std::string result;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (!hidden[at])
      result += text[at];
    else if (at == 0 || !hidden[at - 1])
      result += kHidden;
  }
  return result;
}

std::vector<std::string> secrets_in_url(std::string_view url) {
  std::vector<std::string> secrets;
  const auto scheme = url.find("://");
  if (scheme == std::string_view::npos) return secrets;
  const auto rest = url.substr(scheme + 3);
  const auto path = rest.find_first_of("/?#");
  if (path != std::string_view::npos) secrets.emplace_back(rest.substr(path));
  const auto authority = rest.substr(0, path);
  const auto at = authority.rfind('@');
  if (at == std::string_view::npos) return secrets;
  const auto user = authority.substr(0, at);
  secrets.emplace_back(user);
  if (const auto colon = user.find(':'); colon != std::string_view::npos) secrets.emplace_back(user.substr(colon + 1));
  return secrets;
}

}  // namespace carillon
