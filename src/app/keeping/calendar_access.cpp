// See calendar_access.hpp.

#include "app/keeping/calendar_access.hpp"

#include "accounts/store/contacts.hpp"
#include "crypto/hmac.hpp"

#include <openssl/crypto.h>

namespace carillon::app {
namespace {

constexpr std::size_t kTokenDigits = 32;  // hexadecimal: 128 bits

}  // namespace

std::string CalendarAccess::token_of(const std::string& person_id) const {
  const auto purpose = person_id.empty() ? std::string{"calendar of the machine"} : "calendar of " + person_id;
  const auto mac = crypto::hmac_sha256(as_bytes(key_), as_bytes(purpose)).hex().substr(0, kTokenDigits);
  return person_id.empty() ? mac : person_id + "-" + mac;
}

bool CalendarAccess::opens(const std::string& token) const {
  const auto dash = token.find('-');
  const auto person_id = dash == std::string::npos ? std::string{} : token.substr(0, dash);
  const auto wanted = token_of(person_id);
  if (token.size() != wanted.size() || CRYPTO_memcmp(token.data(), wanted.data(), wanted.size()) != 0) return false;
  return person_id.empty() || (accounts_ && accounts::is_operator_now(*accounts_, person_id).value_or(false));
}

}  // namespace carillon::app
