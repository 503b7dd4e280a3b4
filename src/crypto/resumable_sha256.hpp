#pragma once
// A SHA-256 (FIPS 180-4) that another process can go on with: what is written over days and restarts is named without being read again.

#include "base/digest.hpp"

#include <array>
#include <cstdint>

namespace carillon::crypto {

/// One digest being computed; copies go on apart. One thread at a time. libsodium's code: its state is a plain structure, OpenSSL's is not.
class ResumableSha256 {
 public:
  ResumableSha256();
  void update(std::span<const std::byte> bytes);
  [[nodiscard]] Digest digest() const;              ///< of what came so far; more may follow
  [[nodiscard]] ByteCount length() const noexcept;  ///< of what came so far
  [[nodiscard]] std::string state() const;          ///< as text, at most kLongestState bytes, for from_state()
  /// `corrupt` when the text is no such state.
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
