// OpenSSL's error queue as one phrase.

#include "crypto/handles.hpp"

#include <openssl/err.h>

namespace carillon::crypto {

std::string openssl_reason() {
  // The oldest entry is the cause; what follows are the callers reporting it upwards.
  const auto code = ERR_get_error();
  ERR_clear_error();
  if (code == 0) return "unknown reason";
  if (const char* reason = ERR_reason_error_string(code)) return reason;
  char text[256];
  ERR_error_string_n(code, text, sizeof text);
  return text;
}

}  // namespace carillon::crypto
