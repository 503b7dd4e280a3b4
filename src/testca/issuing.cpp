// See issuing.hpp.

#include "testca/issuing.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "testca/der.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace carillon::testca {
namespace {

using NameHandle = std::unique_ptr<X509_NAME, crypto::FreeWith<X509_NAME_free>>;
using KeyIdentifierHandle = std::unique_ptr<AUTHORITY_KEYID, crypto::FreeWith<AUTHORITY_KEYID_free>>;

constexpr std::size_t kSerialBytes = 16;
constexpr std::size_t kPemLine = 64;
constexpr std::size_t kLongestCommonName = 64;  // RFC 5280, ub-common-name
/// Roots and intermediates outlive every simulation, the longest of which takes a century.
constexpr auto kAuthorityLifetime = std::chrono::years{120};
constexpr auto kAuthorityAge = std::chrono::years{1};
constexpr std::chrono::hours kListLife{1};

/// PKCS#8 of a P-256 key up to its 32 secret bytes (RFC 5958, RFC 5915); OpenSSL computes the public half.
constexpr std::array<unsigned char, 35> kPrivateKeyHead{0x30, 0x41, 0x02, 0x01, 0x00, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
                                                        0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03,
                                                        0x01, 0x07, 0x04, 0x27, 0x30, 0x25, 0x02, 0x01, 0x01, 0x04, 0x20};

std::unexpected<Error> could_not(std::string_view what) {
  return fail(ErrorKind::internal,
              "The test CA could not create a certificate (" + std::string(what) + "): " + crypto::openssl_reason() + ".");
}

Result<crypto::PrivateKey> key_from(Random& random) {
  std::array<std::byte, 32> secret;
  random.fill(secret);
  // Below the order of the curve, and not zero.
  secret[0] = (secret[0] & std::byte{0x3f}) | std::byte{0x40};
  std::string der{reinterpret_cast<const char*>(kPrivateKeyHead.data()), kPrivateKeyHead.size()};
  der += as_text(secret);
  return crypto::PrivateKey::from_der(der);
}

NameHandle name_with(const std::string& common_name) {
  NameHandle name{X509_NAME_new()};
  if (!name ||
      X509_NAME_add_entry_by_NID(name.get(), NID_commonName, MBSTRING_UTF8, reinterpret_cast<const unsigned char*>(common_name.data()),
                                 static_cast<int>(common_name.size()), -1, 0) != 1)
    name.reset();
  return name;
}

/// Positive, never zero, and always of the same length (RFC 5280 §4.1.2.2).
std::array<std::byte, kSerialBytes> new_serial(Random& random) {
  std::array<std::byte, kSerialBytes> serial;
  random.fill(serial);
  serial[0] = (serial[0] & std::byte{0x3f}) | std::byte{0x40};
  return serial;
}

/// A certificate with everything but extensions and signature.
crypto::X509Handle blank(const std::string& common_name, const X509_NAME* issuer, EVP_PKEY* key, Time not_before, Time not_after,
                         Random& random) {
  crypto::X509Handle certificate{X509_new()};
  const auto serial = new_serial(random);
  const auto seconds = [](Time time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); };
  const auto subject = common_name.size() <= kLongestCommonName ? name_with(common_name) : NameHandle{X509_NAME_new()};
  auto* x509 = certificate.get();
  if (x509 == nullptr || !subject || X509_set_version(x509, X509_VERSION_3) != 1 ||
      ASN1_STRING_set(X509_get_serialNumber(x509), serial.data(), static_cast<int>(serial.size())) != 1 ||
      ASN1_TIME_set(X509_getm_notBefore(x509), seconds(not_before)) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(x509), seconds(not_after)) == nullptr || X509_set_subject_name(x509, subject.get()) != 1 ||
      X509_set_issuer_name(x509, issuer != nullptr ? issuer : subject.get()) != 1 || X509_set_pubkey(x509, key) != 1)
    return {};
  return certificate;
}

bool add_extension(X509* certificate, X509* issuer, int kind, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const crypto::ExtensionHandle extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

/// A root when `issuer` is null, else an intermediate.
crypto::X509Handle make_authority(const std::string& name, EVP_PKEY* key, X509* issuer, EVP_PKEY* issuer_key, Time now, Random& random) {
  auto certificate =
      blank(name, issuer != nullptr ? X509_get_subject_name(issuer) : nullptr, key, now - kAuthorityAge, now + kAuthorityLifetime, random);
  auto* x509 = certificate.get();
  if (x509 == nullptr ||
      !add_extension(x509, x509, NID_basic_constraints, issuer != nullptr ? "critical,CA:TRUE,pathlen:0" : "critical,CA:TRUE") ||
      !add_extension(x509, x509, NID_key_usage, "critical,digitalSignature,keyCertSign,cRLSign") ||
      !add_extension(x509, x509, NID_subject_key_identifier, "hash"))
    return {};
  if (issuer != nullptr && !add_extension(x509, issuer, NID_authority_key_identifier, "keyid")) return {};
  if (X509_sign(x509, issuer_key, EVP_sha256()) == 0) return {};
  return certificate;
}

/// subjectAltName (RFC 5280 §4.2.1.6) as an extension.
std::string names_extension(const std::vector<std::string>& names) {
  std::string list;
  for (const auto& name : names) {
    std::array<char, 16> address;
    if (::inet_pton(AF_INET, name.c_str(), address.data()) == 1) {
      list += der::element(der::primitive(7), {address.data(), 4});
    } else if (::inet_pton(AF_INET6, name.c_str(), address.data()) == 1) {
      list += der::element(der::primitive(7), {address.data(), 16});
    } else {
      list += der::element(der::primitive(2), name);
    }
  }
  return der::element(der::kSequence, der::element(der::kObjectIdentifier, "\x55\x1d\x11") +
                                          der::element(der::kOctetString, der::element(der::kSequence, list)));
}

/// cRLDistributionPoints (RFC 5280 §4.2.1.13); "" without a URL.
std::string list_extension(const std::string& url) {
  if (url.empty()) return {};
  const auto full_name = der::element(der::constructed(0), der::element(der::primitive(6), url));
  const auto point = der::element(der::kSequence, der::element(der::constructed(0), full_name));
  return der::element(der::kSequence, der::element(der::kObjectIdentifier, "\x55\x1d\x1f") +
                                          der::element(der::kOctetString, der::element(der::kSequence, point)));
}

/// A name with nothing but a common name, or with nothing where that would be too long.
std::string subject_of(const std::string& common_name) {
  if (common_name.size() > kLongestCommonName) return der::element(der::kSequence, "");
  const auto attribute = der::element(der::kObjectIdentifier, "\x55\x04\x03") + der::element(der::kUtf8String, common_name);
  return der::element(der::kSequence, der::element(der::kSet, der::element(der::kSequence, attribute)));
}

/// ecdsa-with-SHA256 (RFC 5758 §3.2).
std::string signature_algorithm() {
  return der::element(der::kSequence, der::element(der::kObjectIdentifier, "\x2a\x86\x48\xce\x3d\x04\x03\x02"));
}

std::string signature_over(const std::string& bytes, EVP_PKEY* key) {
  const std::unique_ptr<EVP_MD_CTX, crypto::FreeWith<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  std::array<unsigned char, 128> signature;
  std::size_t length = signature.size();
  if (!context || EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key) != 1 ||
      EVP_DigestSign(context.get(), signature.data(), &length, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()) != 1)
    return {};
  return {reinterpret_cast<const char*>(signature.data()), length};
}

/// What one of OpenSSL's i2d functions writes.
template <auto encode, class Object>
std::string encoded(const Object* object) {
  unsigned char* bytes = nullptr;
  const int length = encode(object, &bytes);
  if (length <= 0) return {};
  std::string der{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length)};
  OPENSSL_free(bytes);
  return der;
}
std::string der_of(const X509* certificate) { return encoded<i2d_X509>(certificate); }

std::string_view bytes_of(const ASN1_STRING* string) {
  return {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)), static_cast<std::size_t>(ASN1_STRING_length(string))};
}

bool is_strong(EVP_PKEY* key) {
  const int bits = EVP_PKEY_get_bits(key);
  return EVP_PKEY_get_base_id(key) == EVP_PKEY_EC ? bits >= 256 : EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA && bits >= 2048;
}

std::vector<std::string> names_in(X509_REQ* request) {
  std::vector<std::string> names;
  auto* extensions = X509_REQ_get_extensions(request);
  const crypto::NamesHandle alternatives{static_cast<GENERAL_NAMES*>(X509V3_get_d2i(extensions, NID_subject_alt_name, nullptr, nullptr))};
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  for (int i = 0; alternatives && i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    int type = 0;
    const auto* value = static_cast<const ASN1_STRING*>(GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(alternatives.get(), i), &type));
    if (type == GEN_DNS) names.push_back(lower_ascii(bytes_of(value)));
    if (type != GEN_IPADD) continue;
    const std::string_view raw = bytes_of(value);
    std::array<char, 64> address{};
    if (::inet_ntop(raw.size() == 4 ? AF_INET : AF_INET6, raw.data(), address.data(), address.size()) != nullptr)
      names.emplace_back(address.data());
  }
  return names;
}

}  // namespace

Result<SigningRequest> read_signing_request(std::string_view der, bool verify) {
  const auto* cursor = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = cursor + der.size();
  const std::unique_ptr<X509_REQ, crypto::FreeWith<X509_REQ_free>> request{d2i_X509_REQ(nullptr, &cursor, static_cast<long>(der.size()))};
  if (!request || cursor != end) return fail(ErrorKind::invalid, "The signing request isn't PKCS#10: " + crypto::openssl_reason() + ".");
  SigningRequest result{.names = names_in(request.get()),
                        .key = crypto::KeyHandle{X509_REQ_get_pubkey(request.get())},
                        .public_key_der = encoded<i2d_X509_PUBKEY>(X509_REQ_get_X509_PUBKEY(request.get()))};
  if (!result.key || !is_strong(result.key.get())) return fail(ErrorKind::invalid, "The signing request's key is unusable or weak.");
  if (verify && X509_REQ_verify(request.get(), result.key.get()) != 1)
    return fail(ErrorKind::invalid, "The signing request's signature is invalid: " + crypto::openssl_reason() + ".");
  // A common name has to stand among the alternative names too (CA/B BR §7.1.4.3).
  const auto* subject = X509_REQ_get_subject_name(request.get());
  if (const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1); at >= 0) {
    const auto name = lower_ascii(bytes_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
    if (std::ranges::find(result.names, name) == result.names.end())
      return fail(ErrorKind::invalid, "The signing request's common name \"" + name + "\" isn't one of its alternative names.");
  }
  if (result.names.empty()) return fail(ErrorKind::invalid, "The signing request has no names.");
  std::ranges::sort(result.names);
  result.names.erase(std::ranges::unique(result.names).begin(), result.names.end());
  return result;
}

std::string certificate_identifier(const X509* certificate) {
  const KeyIdentifierHandle authority{
      static_cast<AUTHORITY_KEYID*>(X509_get_ext_d2i(certificate, NID_authority_key_identifier, nullptr, nullptr))};
  if (!authority || authority->keyid == nullptr) return {};
  // The serial as it is encoded, with the sign's zero byte where there is one.
  std::string serial{bytes_of(X509_get0_serialNumber(certificate))};
  if (!serial.empty() && (static_cast<unsigned char>(serial[0]) & 0x80U) != 0) serial.insert(0, 1, '\0');
  return to_base64url(as_bytes(bytes_of(authority->keyid))) + "." + to_base64url(as_bytes(serial));
}

Result<Issuing> Issuing::create(Random& random, Time now) {
  std::vector<crypto::PrivateKey> keys;
  for (int i = 0; i < 5; ++i) {
    auto key = key_from(random);
    if (!key) return forward_error(key);
    keys.push_back(std::move(*key));
  }
  Issuing issuing{std::move(keys[0])};
  auto* key = issuing.key_.native();
  issuing.foreign_key_der_ = encoded<i2d_PUBKEY>(keys[1].native());
  for (std::size_t chain = 0; chain < kChains; ++chain) {
    auto* root_key = keys[2 + chain].native();
    const auto root = make_authority(chain == 0 ? "Test Root X1" : "Test Root X2", root_key, nullptr, root_key, now, random);
    auto intermediate = root ? make_authority("Test Intermediate", key, root.get(), root_key, now, random) : crypto::X509Handle{};
    if (!intermediate) return could_not("authority");
    issuing.root_pem_[chain] = certificate_pem(der_of(root.get()));
    issuing.intermediate_pem_[chain] = certificate_pem(der_of(intermediate.get()));
    if (chain > 0) continue;
    const auto wrong = make_authority("Test Intermediate", keys[4].native(), root.get(), root_key, now, random);
    if (!wrong) return could_not("authority");
    issuing.wrong_intermediate_pem_ = certificate_pem(der_of(wrong.get()));
    issuing.issuer_name_ = encoded<i2d_X509_NAME>(X509_get_subject_name(intermediate.get()));
    issuing.key_identifier_ = to_base64url(as_bytes(bytes_of(X509_get0_subject_key_id(intermediate.get()))));
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509V3_set_ctx(&context, intermediate.get(), nullptr, nullptr, nullptr, 0);
    for (const auto& [kind, value] : {std::pair{NID_basic_constraints, "critical,CA:FALSE"},
                                      {NID_key_usage, "critical,digitalSignature"},
                                      {NID_ext_key_usage, "serverAuth"},
                                      {NID_authority_key_identifier, "keyid"}}) {
      const crypto::ExtensionHandle extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value)};
      if (!extension) return could_not(value);
      issuing.same_in_every_leaf_ += encoded<i2d_X509_EXTENSION>(extension.get());
    }
  }
  return issuing;
}

Result<IssuedCertificate> Issuing::issue(const IssueOptions& options, std::string_view public_key_der, Random& random) const {
  const auto serial = new_serial(random);
  const std::string_view serial_bytes = as_text(serial);
  std::string content = der::element(der::constructed(0), der::element(der::kInteger, "\x02"));  // version 3
  content += der::element(der::kInteger, serial_bytes) + signature_algorithm() + issuer_name_;
  content += der::element(der::kSequence, der::time(options.not_before) + der::time(options.not_after));
  content += subject_of(options.names.front());
  content += public_key_der;
  content += der::element(der::constructed(3), der::element(der::kSequence, same_in_every_leaf_ + names_extension(options.names) +
                                                                                list_extension(options.revocation_list)));
  auto certificate = der::element(der::kSequence, content);
  const auto signature = signature_over(certificate, key_.native());
  if (signature.empty()) return could_not("signature");
  certificate += signature_algorithm() + der::element(der::kBitString, std::string(1, '\0') + signature);
  return IssuedCertificate{.der = der::element(der::kSequence, certificate),
                           .identifier = key_identifier_ + "." + to_base64url(as_bytes(serial_bytes)),
                           .serial = to_hex(as_bytes(serial_bytes))};
}

std::string Issuing::revocation_list(const std::vector<RevokedSerial>& revoked, Time now) const {
  std::string entries;
  for (const auto& [serial, at] : revoked) {
    const auto bytes = from_hex(serial).value_or(Bytes{});
    entries += der::element(der::kSequence, der::element(der::kInteger, as_text(bytes)) + der::time(at));
  }
  std::string content = der::element(der::kInteger, "\x01") + signature_algorithm() + issuer_name_;
  content += der::time(now) + der::time(now + kListLife);
  if (!entries.empty()) content += der::element(der::kSequence, entries);
  const auto list = der::element(der::kSequence, content);
  return der::element(der::kSequence, list + signature_algorithm() +
                                          der::element(der::kBitString, std::string(1, '\0') + signature_over(list, key_.native())));
}

std::string certificate_pem(std::string_view der) {
  const auto text = to_base64(as_bytes(der));
  std::string pem = "-----BEGIN CERTIFICATE-----\n";
  for (std::size_t at = 0; at < text.size(); at += kPemLine) pem.append(text, at, kPemLine) += '\n';
  return pem + "-----END CERTIFICATE-----\n";
}

}  // namespace carillon::testca
