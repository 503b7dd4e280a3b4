#pragma once
// SHA-256 (FIPS 180-4), the name of media.

#include "base/digest.hpp"

#include <memory>

struct evp_md_ctx_st;

namespace carillon::crypto {

/// One digest being computed. One thread at a time.
class Sha256 {
 public:
  Sha256();
  void update(std::span<const std::byte> bytes);
  /// Finishes it; create a new one for the next.
  [[nodiscard]] Digest finish();

 private:
  struct Free {
    void operator()(evp_md_ctx_st* context) const noexcept;
  };
  std::unique_ptr<evp_md_ctx_st, Free> context_;
};

[[nodiscard]] Digest sha256(std::span<const std::byte> bytes);

}  // namespace carillon::crypto
