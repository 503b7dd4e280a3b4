#pragma once
// Secrets at rest: sealed with a master key (libsodium's secretbox: XSalsa20 and Poly1305), so that a stolen database or backup doesn't
// reveal keys.

#include "base/random.hpp"
#include "base/result.hpp"

#include <array>
#include <filesystem>
#include <string>
#include <string_view>

namespace carillon::crypto {

/// Immutable; any thread.
class MasterKey {
 public:
  /// The file's 32 bytes, or 64 hexadecimal digits. Created (mode 0600) if missing and `make` is set.
  [[nodiscard]] static Result<MasterKey> open(const std::filesystem::path& file, Random& random, bool make);
  [[nodiscard]] static MasterKey of(const std::array<unsigned char, 32>& bytes) noexcept { return MasterKey{bytes}; }

  /// "v1:" and base64 of nonce and ciphertext. `purpose` is bound to it: a secret sealed for one purpose can't be opened for another.
  [[nodiscard]] std::string seal(std::string_view secret, std::string_view purpose, Random& random) const;
  /// `corrupt` if it was sealed with another key or for another purpose, or was changed.
  [[nodiscard]] Result<std::string> open_sealed(std::string_view sealed, std::string_view purpose) const;

 private:
  explicit MasterKey(const std::array<unsigned char, 32>& bytes) noexcept : bytes_{bytes} {}
  std::array<unsigned char, 32> bytes_;
};

}  // namespace carillon::crypto
