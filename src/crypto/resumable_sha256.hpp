#pragma once
// A SHA-256 (FIPS 180-4) that another process can continue, so that files written over days and restarts needn't be read again.

#include "base/digest.hpp"

#include <array>
#include <cstdint>

namespace carillon::crypto {

/// One digest being computed; copies are independent. One thread at a time. Uses libsodium because its state is a plain structure, unlike
/// OpenSSL's.
class ResumableSha256 {
 public:
  ResumableSha256();
  void update(std::span<const std::byte> bytes);
  [[nodiscard]] Digest digest() const;              ///< of the data so far; more may follow
  [[nodiscard]] ByteCount length() const noexcept;  ///< of the data so far
  [[nodiscard]] std::string state() const;          ///< as text, at most kLongestState bytes, for from_state()
  /// `corrupt` if the text isn't such a state.
  [[nodiscard]] static Result<ResumableSha256> from_state(std::string_view text);

  static constexpr std::size_t kLongestState = 160;

 private:
  static constexpr std::size_t kBlock = 64;
  /// Laid out as libsodium's crypto_hash_sha256_state.
  struct State {
    std::array<std::uint32_t, 8> chain;
    std::uint64_t bits;
    std::array<std::uint8_t, kBlock> block;
  };
  State state_;
};

}  // namespace carillon::crypto
