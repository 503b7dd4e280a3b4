#pragma once
// How much work a file may require before its passphrase is known to be right. The file's author chose its iteration counts.

#include "base/result.hpp"

#include <openssl/x509.h>

#include <cstdint>

namespace carillon::crypto {

/// One file's allowance. One thread.
class DerivationBudget {
 public:
  explicit DerivationBudget(std::uint64_t rounds) noexcept : left_{rounds} {}
  /// Call it before a key is derived with `rounds` iterations; `invalid` if that is more than is left.
  [[nodiscard]] Result<> spend(std::int64_t rounds);
  /// The same, according to an encrypted part's parameters (RFC 8018: PBES1, PBES2 with PBKDF2; RFC 7914: scrypt).
  [[nodiscard]] Result<> spend(const X509_ALGOR& algorithm);

 private:
  std::uint64_t left_;
};

}  // namespace carillon::crypto
