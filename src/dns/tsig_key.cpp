// See tsig_key.hpp.

#include "dns/tsig_key.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

#include <algorithm>
#include <array>
#include <vector>

namespace carillon::dns {
namespace {

constexpr std::array<std::string_view, 5> kAlgorithms{"hmac-sha256", "hmac-sha512", "hmac-sha384", "hmac-sha224", "hmac-sha1"};
/// RFC 8945 §6 recommends a secret as long as the digest; one shorter than this can be guessed.
constexpr std::size_t kShortestSecret = 8;
constexpr std::size_t kLongestName = 253;

std::unexpected<Error> wrong(const std::string& why) { return fail(ErrorKind::invalid, "The TSIG key can't be used: " + why); }

/// The words of the text. Braces, semicolons, quotes, white space and a colon followed by white space end them. Comments begin with '#', or
/// with '//' at the start of a line, since base64 may contain '//' elsewhere.
std::vector<std::string> words_of(std::string_view text) {
  std::vector<std::string> words;
  for (auto line : split(text, '\n')) {
    line = line.substr(0, line.find('#'));
    if (trimmed(line).starts_with("//")) continue;
    std::string word;
    const auto end_word = [&] {
      if (word.ends_with(':')) word.pop_back();
      if (!word.empty() && word != "-") words.push_back(std::move(word));
      word.clear();
    };
    for (const char c : line) {
      if (std::string_view{"{};\"' \t\r"}.contains(c))
        end_word();
      else
        word += c;
    }
    end_word();
  }
  return words;
}

bool is_key_name(std::string_view name) {
  return !name.empty() && name.size() <= kLongestName &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-_.") == std::string_view::npos && !name.starts_with('.') &&
         !name.contains("..");
}

Result<TsigKey> checked(std::string_view name, std::string_view algorithm, std::string_view secret) {
  TsigKey key{.name = lower_ascii(name), .algorithm = lower_ascii(algorithm), .secret = std::string(secret)};
  if (key.name.ends_with('.')) key.name.pop_back();
  if (key.algorithm.ends_with('.')) key.algorithm.pop_back();
  if (!is_key_name(key.name)) return wrong("it has no valid name.");
  if (std::ranges::find(kAlgorithms, std::string_view{key.algorithm}) == kAlgorithms.end())
    return wrong("its algorithm isn't supported; use hmac-sha256.");
  const auto bytes = from_base64(key.secret);
  if (!bytes) return wrong("its secret isn't valid base64.");
  if (bytes->size() < kShortestSecret) return wrong("its secret is too short; create a key with `tsig-keygen` or `keymgr -t`.");
  return key;
}

}  // namespace

Result<TsigKey> parse_tsig_key(std::string_view text) {
  if (text.size() > kMaxTsigKeyFile) return wrong("the file is too large for one key.");
  const auto words = words_of(text);
  if (words.size() == 1) {
    const auto parts = split(words.front(), ':');
    if (parts.size() == 2) return checked(parts[0], kAlgorithms.front(), parts[1]);
    if (parts.size() == 3) return checked(parts[1], parts[0], parts[2]);
  }
  std::string name, algorithm{kAlgorithms.front()}, secret;
  int keys = 0;
  for (std::size_t i = 0; i + 1 < words.size(); ++i) {
    // `key NAME {` of BIND, and `key:` with `id: NAME` below it of Knot.
    if (words[i] == "id" || (words[i] == "key" && words[i + 1] != "id")) {
      name = words[++i];
      ++keys;
    } else if (words[i] == "algorithm") {
      algorithm = words[++i];
    } else if (words[i] == "secret") {
      secret = words[++i];
    }
  }
  if (keys > 1) return wrong("the file contains more than one key; leave only the key to use.");
  if (keys == 0 || secret.empty())
    return wrong("write it as `tsig-keygen` or `keymgr -t` does, or as ALGORITHM:NAME:SECRET, e.g. hmac-sha256:carillon:c2VjcmV0….");
  return checked(name, algorithm, secret);
}

}  // namespace carillon::dns
