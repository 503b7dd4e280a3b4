// See password_policy.hpp.

#include "crypto/password_policy.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace carillon::crypto {
namespace embedded {
extern const std::string_view common_passwords_txt;
}
namespace {

/// A common password stays one with so many bytes of digits and punctuation around it: "password2026!!!".
constexpr std::size_t kMaxPadding = 8;
/// "abcabcabcabc": what is repeated may be this long whatever it is.
constexpr std::size_t kMaxRepeatedUnit = 4;
/// Shorter words of a name or an address are part of too many innocent sentences.
constexpr std::size_t kMinKnownWord = 4;
/// Letters and digits that have to be left once what everybody knows of the owner is taken out.
constexpr std::size_t kMinUnknownCharacters = 8;

constexpr std::string_view kProduct = "carillon";

/// What fingers find by themselves; read from right to left, too.
constexpr std::array<std::string_view, 6> kRuns{"012345678901234567890123456789012345678901234567890",
                                                "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
                                                "qwertyuiopasdfghjklzxcvbnm",
                                                "qwertzuiopasdfghjklyxcvbnm",
                                                "azertyuiopqsdfghjklmwxcvbn",
                                                "1234567890qwertyuiopasdfghjklzxcvbnm"};

bool is_letter(char c) { return (c >= 'a' && c <= 'z') || static_cast<unsigned char>(c) >= 0x80; }
bool is_letter_or_digit(char c) { return is_letter(c) || (c >= '0' && c <= '9'); }

std::size_t characters_of(std::string_view text) {
  return static_cast<std::size_t>(std::ranges::count_if(text, [](char c) { return (static_cast<unsigned char>(c) & 0xC0) != 0x80; }));
}

/// A search by halves through the lines of the sorted list.
bool is_listed(std::string_view word) {
  auto list = embedded::common_passwords_txt;
  while (!list.empty()) {
    const auto middle = list.rfind('\n', list.size() / 2);
    const auto begin = middle == std::string_view::npos ? 0 : middle + 1;
    const auto end = list.find('\n', begin);
    const auto line = list.substr(begin, end - begin);
    if (line == word) return true;
    list = word < line ? list.substr(0, begin) : list.substr(end + 1);
  }
  return false;
}

std::string_view without_padding(std::string_view text) {
  while (!text.empty() && !is_letter(text.front())) text.remove_prefix(1);
  while (!text.empty() && !is_letter(text.back())) text.remove_suffix(1);
  return text;
}

bool repeats(std::string_view text) {
  for (std::size_t unit = 1; unit * 2 <= text.size(); ++unit) {
    // The same as itself, moved by one unit; what is cut off at the end counts, too.
    if (text.substr(unit) != text.substr(0, text.size() - unit)) continue;
    return unit <= kMaxRepeatedUnit || is_listed(text.substr(0, unit));
  }
  return false;
}

bool is_run(std::string_view text) {
  const std::string backwards{text.rbegin(), text.rend()};
  return std::ranges::any_of(kRuns, [&](std::string_view run) { return run.contains(text) || run.contains(backwards); });
}

bool is_common(std::string_view folded) {
  if (is_listed(folded) || repeats(folded) || is_run(folded)) return true;
  const auto core = without_padding(folded);
  if (core.empty() || core.size() == folded.size() || folded.size() - core.size() > kMaxPadding) return false;
  return is_listed(core) || repeats(core) || is_run(core);
}

/// The whole text, then its words.
void add_words(std::vector<std::string>& words, std::string_view text) {
  words.emplace_back(text);
  std::string word, letters;
  for (const char c : text) {
    if (is_letter_or_digit(c)) {
      word += c;
      letters += c;
      continue;
    }
    words.push_back(std::move(word));
    word.clear();
  }
  words.push_back(std::move(word));
  words.push_back(std::move(letters));
}

bool is_about_its_owner(std::string folded, const PasswordOwner& owner) {
  const auto email = lower_ascii(owner.email), name = lower_ascii(owner.name);
  std::vector<std::string> words{std::string(kProduct), email};
  add_words(words, email.substr(0, email.find('@')));
  add_words(words, name);
  std::erase_if(words, [](const std::string& word) { return word.size() < kMinKnownWord; });
  std::ranges::sort(words, std::ranges::greater{}, &std::string::size);
  bool found = false;
  for (const auto& word : words) {
    for (auto at = folded.find(word); at != std::string::npos; at = folded.find(word, at)) {
      folded.erase(at, word.size());
      found = true;
    }
  }
  std::erase_if(folded, [](char c) { return !is_letter_or_digit(c); });
  return found && characters_of(folded) < kMinUnknownCharacters;
}

}  // namespace

Result<> check_new_password(std::string_view password, const PasswordOwner& owner) {
  // First, so that what follows has no more to look at.
  if (password.size() > kMaxPasswordCharacters * 4 || (is_utf8(password) && characters_of(password) > kMaxPasswordCharacters))
    return fail(ErrorKind::invalid, "A password can have at most " + std::to_string(kMaxPasswordCharacters) + " characters.", "password");
  if (!is_utf8(password)) return fail(ErrorKind::invalid, "The password isn't valid UTF-8 text.", "password");
  if (characters_of(password) < kMinPasswordCharacters)
    return fail(ErrorKind::invalid,
                "A password needs at least " + std::to_string(kMinPasswordCharacters) + " characters; a short sentence works well.",
                "password");
  const auto folded = lower_ascii(password);
  if (is_common(folded))
    return fail(ErrorKind::invalid, "This password is one of the first that attackers try; choose a different one.", "password");
  if (is_about_its_owner(folded, owner))
    return fail(
        ErrorKind::invalid,
        "This password is little more than your name, your email address or “carillon”; choose one that can't be guessed from these.",
        "password");
  return {};
}

}  // namespace carillon::crypto
