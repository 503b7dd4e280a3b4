#pragma once
// Time-based one-time passwords (RFC 6238: HMAC-SHA-1, 30 s, six digits: what authenticator apps know).

#include "base/random.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::crypto {

/// 160 random bits in base32 (RFC 4648 §6), as apps take them.
[[nodiscard]] std::string new_totp_secret(Random& random);
/// "otpauth://totp/…", for a QR code.
[[nodiscard]] std::string totp_address(std::string_view secret, std::string_view issuer, std::string_view account);
/// The code of the 30 s that `step` counts from 1970. `secret` must be base32.
[[nodiscard]] std::string totp_code(std::string_view secret, std::int64_t step);
/// The step whose code this is: the present one or one beside it (clocks differ, RFC 6238 §5.2), but later than `last`: a code works once.
/// A `last` in the future, from a clock that was ahead, counts as none.
[[nodiscard]] std::optional<std::int64_t> accepted_totp_step(std::string_view secret, std::string_view code, Time now, std::int64_t last);

}  // namespace carillon::crypto
