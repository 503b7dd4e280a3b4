#pragma once
// Time-based one-time passwords (RFC 6238: HMAC-SHA-1, 30 s, six digits, as in authenticator apps).

#include "base/random.hpp"
#include "base/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace carillon::crypto {

/// 160 random bits in base32 (RFC 4648 §6), the format of authenticator apps.
[[nodiscard]] std::string new_totp_secret(Random& random);
/// "otpauth://totp/…", for a QR code.
[[nodiscard]] std::string totp_address(std::string_view secret, std::string_view issuer, std::string_view account);
/// The code of time step `step`, in units of 30 s since 1970. `secret` must be base32.
[[nodiscard]] std::string totp_code(std::string_view secret, std::int64_t step);
/// The time step of this code: the current one or an adjacent one (clocks differ, RFC 6238 §5.2), but later than `last`, because a code
/// works only once. A `last` in the future, from a clock that was ahead, counts as none.
[[nodiscard]] std::optional<std::int64_t> accepted_totp_step(std::string_view secret, std::string_view code, Time now, std::int64_t last);

}  // namespace carillon::crypto
