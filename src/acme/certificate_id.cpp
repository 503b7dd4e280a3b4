// certificate_id(): see client.hpp.

#include "acme/client.hpp"
#include "base/encoding.hpp"
#include "crypto/certificate.hpp"

namespace carillon::acme {

std::string certificate_id(std::string_view certificate_der) {
  const auto certificate = crypto::Certificate::from_der(certificate_der);
  if (!certificate) return {};
  const auto* authority = X509_get0_authority_key_id(certificate->native());
  if (authority == nullptr || ASN1_STRING_length(authority) <= 0) return {};
  // The serial as its DER content: a leading zero byte of a positive number belongs to it.
  const auto* serial = X509_get0_serialNumber(certificate->native());
  unsigned char* encoded = nullptr;
  const int length = i2d_ASN1_INTEGER(serial, &encoded);
  constexpr int kTagAndLength =
      2;  // serials have at most 20 bytes (RFC 5280 §4.1.2.2), so the length is one byte; longer ones are nobody's
  std::string id;
  if (length > kTagAndLength && encoded[1] < 0x80) {
    const std::string_view key{reinterpret_cast<const char*>(ASN1_STRING_get0_data(authority)),
                               static_cast<std::size_t>(ASN1_STRING_length(authority))};
    const std::string_view number{reinterpret_cast<const char*>(encoded) + kTagAndLength, static_cast<std::size_t>(length - kTagAndLength)};
    id = to_base64url(as_bytes(key)) + "." + to_base64url(as_bytes(number));
  }
  OPENSSL_free(encoded);
  return id;
}

}  // namespace carillon::acme
