#pragma once
// Checksums with which a sender lets us verify its bytes.

#include "base/bytes.hpp"

#include <memory>
#include <optional>
#include <string_view>

struct evp_md_ctx_st;

namespace carillon::crypto {

/// SHA-1 only detects accidental errors: it isn't used for names or trust.
enum class ChecksumAlgorithm { sha1, sha256 };
[[nodiscard]] std::optional<ChecksumAlgorithm> checksum_algorithm_from(std::string_view name) noexcept;  ///< "sha1", "sha256"
[[nodiscard]] std::size_t length_of(ChecksumAlgorithm algorithm) noexcept;                               ///< bytes

/// One checksum being computed. One thread at a time.
class Checksum {
 public:
  explicit Checksum(ChecksumAlgorithm algorithm);
  void update(std::span<const std::byte> bytes);
  /// Finishes it; create a new one for the next.
  [[nodiscard]] Bytes finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

}  // namespace carillon::crypto
