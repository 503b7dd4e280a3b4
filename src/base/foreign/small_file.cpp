// See small_file.hpp. Reading is file.cpp's.

#include "base/foreign/small_file.hpp"

namespace carillon {

Result<std::string> passphrase_in(std::string_view text, const std::string& where) {
  constexpr std::string_view kByteOrderMark = "\xef\xbb\xbf";
  if (text.starts_with(kByteOrderMark)) text.remove_prefix(kByteOrderMark.size());
  text = text.substr(0, text.find('\n'));
  if (text.ends_with('\r')) text.remove_suffix(1);
  if (text.size() > kLongestPassphrase) return fail(ErrorKind::invalid, "The first line of " + where + " is too long for a passphrase.");
  return std::string(text);
}

Result<std::string> read_passphrase_file(const std::filesystem::path& path) {
  const auto content = read_small_file(path, kLargestSecretFile);
  if (!content) return std::unexpected(content.error());
  return passphrase_in(*content, path.string());
}

}  // namespace carillon
