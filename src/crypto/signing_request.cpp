// See signing_request.hpp.

#include "crypto/signing_request.hpp"

#include "base/text.hpp"
#include "crypto/certificate.hpp"
#include "crypto/memory_bio.hpp"

#include <arpa/inet.h>
#include <openssl/pem.h>

#include <array>
#include <span>

namespace carillon::crypto {
namespace {

/// RFC 1035 §2.3.4, without the dot of the root.
constexpr std::size_t kLongestName = 253;
constexpr std::string_view kNameCharacters = "abcdefghijklmnopqrstuvwxyz0123456789-._";

using RequestHandle = std::unique_ptr<X509_REQ, FreeWith<X509_REQ_free>>;
using NameHandle = std::unique_ptr<GENERAL_NAME, FreeWith<GENERAL_NAME_free>>;
inline void free_extensions(STACK_OF(X509_EXTENSION) * stack) noexcept { sk_X509_EXTENSION_pop_free(stack, X509_EXTENSION_free); }
using ExtensionsHandle = std::unique_ptr<STACK_OF(X509_EXTENSION), FreeWith<free_extensions>>;

std::unexpected<Error> could_not() {
  return fail(ErrorKind::internal, "A signing request could not be created: " + openssl_reason() + ".");
}

bool is_dns_name(std::string_view name) {
  if (name.starts_with("*.")) name.remove_prefix(2);
  if (name.empty() || name.size() > kLongestName || name.find_first_not_of(kNameCharacters) != std::string_view::npos) return false;
  for (const auto label : split(name, '.'))
    if (label.empty() || label.size() > 63) return false;
  return true;
}

/// The bytes of an IP address: 4 or 16; none for what is no address.
std::string address_bytes(const std::string& text) {
  std::array<char, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), 16};
  return {};
}

/// One entry of subjectAltName (RFC 5280 §4.2.1.6); null when OpenSSL has no memory.
NameHandle entry_for(int type, const std::string& content) {
  NameHandle entry{GENERAL_NAME_new()};
  ASN1_STRING* value = ASN1_STRING_type_new(type == GEN_DNS ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
  if (!entry || value == nullptr || ASN1_STRING_set(value, content.data(), static_cast<int>(content.size())) != 1) {
    ASN1_STRING_free(value);
    return {};
  }
  GENERAL_NAME_set0_value(entry.get(), type, value);
  return entry;
}

}  // namespace

Result<std::string> make_signing_request(std::span<const std::string> names, const PrivateKey& key) {
  if (names.empty()) return fail(ErrorKind::invalid, "A signing request needs at least one name.", "names");
  NamesHandle alternatives{GENERAL_NAMES_new()};
  if (!alternatives) return could_not();
  for (const auto& given : names) {
    const auto name = lower_ascii(given);
    const auto address = address_bytes(name);
    if (address.empty() && !is_dns_name(name))
      return fail(ErrorKind::invalid, "“" + given + "” isn't a name that a certificate can contain.", "names");
    auto entry = address.empty() ? entry_for(GEN_DNS, name) : entry_for(GEN_IPADD, address);
    if (!entry || sk_GENERAL_NAME_push(alternatives.get(), entry.get()) <= 0) return could_not();
    [[maybe_unused]] const auto* owned_by_the_stack = entry.release();
  }
  const RequestHandle request{X509_REQ_new()};
  if (!request || X509_REQ_set_version(request.get(), X509_REQ_VERSION_1) != 1 || X509_REQ_set_pubkey(request.get(), key.native()) != 1)
    return could_not();
  // The subject stays empty, so the names must be critical (RFC 5280 §4.2.1.6).
  ExtensionsHandle extensions{sk_X509_EXTENSION_new_null()};
  ExtensionHandle extension{X509V3_EXT_i2d(NID_subject_alt_name, 1, alternatives.get())};
  if (!extensions || !extension || sk_X509_EXTENSION_push(extensions.get(), extension.get()) <= 0) return could_not();
  [[maybe_unused]] const auto* owned_by_the_stack = extension.release();
  if (X509_REQ_add_extensions(request.get(), extensions.get()) != 1 || X509_REQ_sign(request.get(), key.native(), EVP_sha256()) <= 0)
    return could_not();
  const auto sink = memory_bio();
  if (!sink || i2d_X509_REQ_bio(sink.get(), request.get()) != 1) return could_not();
  return content_of(sink.get());
}

Result<std::string> signing_request_pem(std::string_view der) {
  auto cursor = reinterpret_cast<const unsigned char*>(der.data());
  const RequestHandle request{d2i_X509_REQ(nullptr, &cursor, static_cast<long>(der.size()))};
  if (!request || cursor != reinterpret_cast<const unsigned char*>(der.data()) + der.size())
    return fail(ErrorKind::invalid, "The signing request isn't DER-encoded PKCS#10: " + openssl_reason() + ".");
  const auto sink = memory_bio();
  if (!sink || PEM_write_bio_X509_REQ(sink.get(), request.get()) != 1) return could_not();
  return content_of(sink.get());
}

}  // namespace carillon::crypto
