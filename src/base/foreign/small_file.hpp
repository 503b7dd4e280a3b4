#pragma once
// Files that people name: certificates, tokens, passphrases, the configuration.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <filesystem>
#include <string>

namespace carillon {

/// A file with a token, key or other secret is never larger.
inline constexpr ByteCount kLargestSecretFile{64ULL << 10};
inline constexpr std::size_t kLongestPassphrase = 4096;

/// The whole content of a regular file. `too_large` if it has more than `most` bytes; `invalid` for pipes, devices and sockets, which may
/// never end. Blocks.
[[nodiscard]] Result<std::string> read_small_file(const std::filesystem::path& path, ByteCount most);

/// The passphrase in a text: its first line, without the line end and a byte order mark; spaces belong to it. `invalid` if it's longer than
/// kLongestPassphrase; `where` is for the message.
[[nodiscard]] Result<std::string> passphrase_in(std::string_view text, const std::string& where);
/// The same for a file. Blocks.
[[nodiscard]] Result<std::string> read_passphrase_file(const std::filesystem::path& path);

}  // namespace carillon
