// See challenges.hpp.

#include "acme/challenges.hpp"

#include "base/text.hpp"
#include "crypto/certificate.hpp"
#include "crypto/key.hpp"
#include "crypto/sha256.hpp"

#include <arpa/inet.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>

namespace carillon::acme {
namespace {

using ObjectHandle = std::unique_ptr<ASN1_OBJECT, crypto::FreeWith<ASN1_OBJECT_free>>;
using OctetsHandle = std::unique_ptr<ASN1_OCTET_STRING, crypto::FreeWith<ASN1_OCTET_STRING_free>>;
using NameHandle = std::unique_ptr<GENERAL_NAME, crypto::FreeWith<GENERAL_NAME_free>>;

constexpr const char* kAcmeIdentifier = "1.3.6.1.5.5.7.1.31";  // RFC 8737 §3
/// Nobody checks the dates of a proof, so they ask no clock; the end is that of RFC 5280 §4.1.2.5 for "none".
constexpr const char* kNotBefore = "20200101000000Z";
constexpr const char* kNotAfter = "99991231235959Z";
constexpr int kSerialBytes = 16;

std::unexpected<Error> could_not() {
  return fail(ErrorKind::internal, "The certificate for a TLS challenge could not be created: " + crypto::openssl_reason() + ".");
}

/// The bytes of an IP address; empty for a DNS name.
std::string address_bytes(const std::string& text) {
  std::array<char, 16> bytes{};
  if (::inet_pton(AF_INET, text.c_str(), bytes.data()) == 1) return {bytes.data(), 4};
  if (::inet_pton(AF_INET6, text.c_str(), bytes.data()) == 1) return {bytes.data(), 16};
  return {};
}

/// "7.2.0.192.in-addr.arpa" and its like for IPv6: how a CA names an address in its client hello (RFC 8738 §6).
std::string server_name_of(const std::string& name) {
  const auto bytes = address_bytes(name);
  if (bytes.empty()) return lower_ascii(name);
  std::string reverse;
  for (auto byte = bytes.rbegin(); byte != bytes.rend(); ++byte) {
    const auto value = static_cast<unsigned char>(*byte);
    constexpr std::string_view kDigits = "0123456789abcdef";
    if (bytes.size() == 4) {
      reverse += std::to_string(value) + ".";
    } else {
      reverse += std::string{kDigits[value & 0xf], '.', kDigits[value >> 4], '.'};
    }
  }
  return reverse + (bytes.size() == 4 ? "in-addr.arpa" : "ip6.arpa");
}

bool add(X509* certificate, crypto::ExtensionHandle extension) { return extension && X509_add_ext(certificate, extension.get(), -1) == 1; }

/// subjectAltName with the one name.
crypto::ExtensionHandle alternative_name(const std::string& name) {
  const auto address = address_bytes(name);
  const auto& content = address.empty() ? name : address;
  const crypto::NamesHandle names{GENERAL_NAMES_new()};
  NameHandle entry{GENERAL_NAME_new()};
  ASN1_STRING* value = ASN1_STRING_type_new(address.empty() ? V_ASN1_IA5STRING : V_ASN1_OCTET_STRING);
  if (!names || !entry || value == nullptr || ASN1_STRING_set(value, content.data(), static_cast<int>(content.size())) != 1) {
    ASN1_STRING_free(value);
    return {};
  }
  GENERAL_NAME_set0_value(entry.get(), address.empty() ? GEN_DNS : GEN_IPADD, value);
  if (sk_GENERAL_NAME_push(names.get(), entry.get()) <= 0) return {};
  [[maybe_unused]] const auto* owned_by_the_stack = entry.release();
  // The subject is empty, so the name must be critical (RFC 5280 §4.2.1.6).
  return crypto::ExtensionHandle{X509V3_EXT_i2d(NID_subject_alt_name, 1, names.get())};
}

/// acmeIdentifier: critical, an OCTET STRING with the digest, in DER inside the extension's own OCTET STRING.
crypto::ExtensionHandle acme_identifier(const std::string& key_authorization) {
  const auto digest = crypto::sha256(as_bytes(key_authorization));
  std::string inner{"\x04\x20"};  // OCTET STRING, 32 bytes
  inner += as_text(digest.bytes);
  const ObjectHandle kind{OBJ_txt2obj(kAcmeIdentifier, 1)};
  const OctetsHandle content{ASN1_OCTET_STRING_new()};
  if (!kind || !content ||
      ASN1_OCTET_STRING_set(content.get(), reinterpret_cast<const unsigned char*>(inner.data()), static_cast<int>(inner.size())) != 1)
    return {};
  return crypto::ExtensionHandle{X509_EXTENSION_create_by_OBJ(nullptr, kind.get(), 1, content.get())};
}

/// Two certificates of a host can be ordered at the same time: a label behind a '+', which host names don't contain, keeps their responses
/// apart.
std::string_view host_in(std::string_view name) { return name.substr(0, name.find('+')); }

std::string labeled_server_name_of(const std::string& name) {
  const auto host = host_in(name);
  return server_name_of(std::string(host)) + name.substr(host.size());
}

}  // namespace

Result<net::CertificateForTls> make_challenge_certificate(const std::string& given, const std::string& key_authorization) {
  const auto name = lower_ascii(given);
  if (name.empty() ||
      (address_bytes(name).empty() && name.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-._") != std::string::npos))
    return fail(ErrorKind::invalid, "“" + given + "” isn't a name that can be validated over TLS.");
  const auto key = crypto::PrivateKey::generate_p256();
  if (!key) return std::unexpected(key.error());
  std::array<unsigned char, kSerialBytes> serial{};
  const crypto::X509Handle certificate{X509_new()};
  if (!certificate || RAND_bytes(serial.data(), kSerialBytes) != 1) return could_not();
  serial[0] = static_cast<unsigned char>((serial[0] & 0x3f) | 0x40);
  const crypto::BignumHandle number{BN_bin2bn(serial.data(), kSerialBytes, nullptr)};
  auto* made = certificate.get();
  const bool good = number && X509_set_version(made, X509_VERSION_3) == 1 &&
                    BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(made)) != nullptr &&
                    ASN1_TIME_set_string_X509(X509_getm_notBefore(made), kNotBefore) == 1 &&
                    ASN1_TIME_set_string_X509(X509_getm_notAfter(made), kNotAfter) == 1 && X509_set_pubkey(made, key->native()) == 1 &&
                    add(made, alternative_name(name)) && add(made, acme_identifier(key_authorization)) &&
                    X509_sign(made, key->native(), EVP_sha256()) > 0;
  if (!good) return could_not();
  unsigned char* der = nullptr;
  const int length = i2d_X509(made, &der);
  if (length <= 0) return could_not();
  net::CertificateForTls result{.chain_der = {std::string(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length))}};
  OPENSSL_free(der);
  auto key_der = key->to_der();
  if (!key_der) return forward_error(key_der);
  result.key_der = std::move(*key_der);
  return result;
}

Result<> ChallengeBoard::put(const std::string& name, const std::string& token, const std::string& key_authorization) {
  {
    // Whoever waits for a CA puts the same proof again and again.
    const Lock lock{mutex_};
    if (const auto out = by_token_.find(token); out != by_token_.end() && out->second.key_authorization == key_authorization) return {};
  }
  auto certificate = make_challenge_certificate(std::string(host_in(name)), key_authorization);
  if (!certificate) return forward_error(certificate);
  auto shared = std::make_shared<const net::CertificateForTls>(std::move(*certificate));
  const Lock lock{mutex_};
  by_token_[token] = {.server_name = labeled_server_name_of(name),
                      .order = ++put_,
                      .key_authorization = key_authorization,
                      .certificate = std::move(shared)};
  return {};
}

void ChallengeBoard::remove(const std::string& token) {
  const Lock lock{mutex_};
  by_token_.erase(token);
}

void ChallengeBoard::withdraw(const std::string& name) {
  const auto wanted = labeled_server_name_of(name);
  const Lock lock{mutex_};
  std::erase_if(by_token_, [&](const auto& entry) { return entry.second.server_name == wanted; });
}

std::optional<std::string> ChallengeBoard::http_answer(std::string_view token) const {
  const Lock lock{mutex_};
  const auto found = by_token_.find(token);
  if (found == by_token_.end()) return {};
  return found->second.key_authorization;
}

std::shared_ptr<const net::CertificateForTls> ChallengeBoard::tls_answer(std::string_view name) const {
  const auto wanted = lower_ascii(name);
  const Lock lock{mutex_};
  const Proof* latest = nullptr;
  // A handful at a time: looking through them is the right index.
  for (const auto& [token, proof] : by_token_)
    if (host_in(proof.server_name) == wanted && (latest == nullptr || proof.order > latest->order)) latest = &proof;
  return latest == nullptr ? nullptr : latest->certificate;
}

}  // namespace carillon::acme
