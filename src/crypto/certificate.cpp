// Certificates over X509.

#include "crypto/certificate.hpp"

#include "base/ip/address.hpp"
#include "base/text.hpp"
#include "crypto/memory_bio.hpp"

#include <arpa/inet.h>
#include <openssl/err.h>
#include <openssl/pem.h>

#include <ctime>

namespace carillon::crypto {
namespace {

/// X.509 times are read with OpenSSL's parser; an unreadable one becomes the beginning of time, which no check accepts as "in force".
Time time_of(const ASN1_TIME* time) {
  std::tm parts{};
  if (time == nullptr || ASN1_TIME_to_tm(time, &parts) != 1) return Time{};
  return Time{std::chrono::seconds{::timegm(&parts)}};
}

std::string address_text(const ASN1_OCTET_STRING* address) {
  char text[INET6_ADDRSTRLEN]{};
  const int length = ASN1_STRING_length(address);
  const auto* bytes = ASN1_STRING_get0_data(address);
  if (length == 4) return ::inet_ntop(AF_INET, bytes, text, sizeof text);
  if (length == 16) return ::inet_ntop(AF_INET6, bytes, text, sizeof text);
  return {};
}

/// Borrows the certificates for the length of one call.
BorrowedStackHandle stack_of(std::span<const Certificate> certificates) {
  BorrowedStackHandle stack{sk_X509_new_null()};
  for (const auto& certificate : certificates)
    if (stack) sk_X509_push(stack.get(), certificate.native());
  return stack;
}

}  // namespace

Result<Certificate> Certificate::from_der(std::string_view der) {
  auto cursor = reinterpret_cast<const unsigned char*>(der.data());
  const auto* end = cursor + der.size();
  X509Handle certificate{d2i_X509(nullptr, &cursor, static_cast<long>(der.size()))};
  if (!certificate) return fail(ErrorKind::invalid, "The certificate isn't DER-encoded X.509: " + openssl_reason() + ".");
  if (cursor != end) return fail(ErrorKind::invalid, "The certificate has trailing bytes.");
  return Certificate{std::move(certificate)};
}

Result<std::vector<Certificate>> Certificate::chain_from_pem(std::string_view pem) {
  const auto source = memory_bio_over(pem);
  if (!source) return fail(ErrorKind::internal, "The certificates could not be read: " + openssl_reason() + ".");
  std::vector<Certificate> chain;
  while (X509Handle certificate{PEM_read_bio_X509(source.get(), nullptr, nullptr, nullptr)}) {
    if (chain.size() == kLongestChain)
      return fail(ErrorKind::invalid,
                  "The text contains more than " + std::to_string(kLongestChain) + " certificates, too many for a chain.");
    chain.emplace_back(std::move(certificate));
  }
  const auto last = ERR_peek_last_error();
  // The end of the text is reported as an error too: "no start line".
  const bool at_end = ERR_GET_LIB(last) == ERR_LIB_PEM && ERR_GET_REASON(last) == PEM_R_NO_START_LINE;
  if (!at_end || chain.empty()) return fail(ErrorKind::invalid, "The text isn't a PEM certificate chain: " + openssl_reason() + ".");
  ERR_clear_error();
  return chain;
}

Result<std::string> Certificate::to_der() const {
  const auto sink = memory_bio();
  if (!sink || i2d_X509_bio(sink.get(), certificate_.get()) != 1)
    return fail(ErrorKind::internal, "The certificate could not be written as DER: " + openssl_reason() + ".");
  return content_of(sink.get());
}

Result<std::string> Certificate::to_pem() const {
  const auto sink = memory_bio();
  if (!sink || PEM_write_bio_X509(sink.get(), certificate_.get()) != 1)
    return fail(ErrorKind::internal, "The certificate could not be written as PEM: " + openssl_reason() + ".");
  return content_of(sink.get());
}

std::vector<std::string> Certificate::names() const {
  std::vector<std::string> result;
  const NamesHandle alternatives{static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate_.get(), NID_subject_alt_name, nullptr, nullptr))};
  if (!alternatives) return result;
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives.get()); ++i) {
    int type = 0;
    const void* value = GENERAL_NAME_get0_value(sk_GENERAL_NAME_value(alternatives.get(), i), &type);
    const auto* string = static_cast<const ASN1_STRING*>(value);
    if (type == GEN_DNS) {
      result.push_back(lower_ascii(
          {reinterpret_cast<const char*>(ASN1_STRING_get0_data(string)), static_cast<std::size_t>(ASN1_STRING_length(string))}));
    } else if (type == GEN_IPADD) {
      if (auto address = address_text(string); !address.empty()) result.push_back(std::move(address));
    }
  }
  return result;
}

std::string Certificate::subject() const {
  const auto sink = memory_bio();
  if (!sink || X509_NAME_print_ex(sink.get(), X509_get_subject_name(certificate_.get()), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB) < 0)
    return {};
  return content_of(sink.get());
}

Time Certificate::not_before() const { return time_of(X509_get0_notBefore(certificate_.get())); }
Time Certificate::not_after() const { return time_of(X509_get0_notAfter(certificate_.get())); }

std::string Certificate::serial_hex() const {
  const BignumHandle serial{ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate_.get()), nullptr)};
  if (!serial) return {};
  char* text = BN_bn2hex(serial.get());
  if (text == nullptr) return {};
  std::string result = lower_ascii(text);
  OPENSSL_free(text);
  return result;
}

bool Certificate::matches(const PrivateKey& key) const {
  const bool same = X509_check_private_key(certificate_.get(), key.native()) == 1;
  ERR_clear_error();
  return same;
}

bool Certificate::has_rsa_key() const noexcept {
  EVP_PKEY* key = X509_get0_pubkey(certificate_.get());
  const int kind = key == nullptr ? EVP_PKEY_NONE : EVP_PKEY_get_base_id(key);
  return kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS;
}

Result<> verify(const Certificate& leaf, std::span<const Certificate> intermediates, std::span<const Certificate> roots,
                std::string_view name, Time at) {
  const StoreHandle store{X509_STORE_new()};
  const StoreContextHandle context{X509_STORE_CTX_new()};
  const auto untrusted = stack_of(intermediates);
  if (!store || !context || !untrusted) return fail(ErrorKind::internal, "A certificate could not be checked: " + openssl_reason() + ".");
  for (const auto& root : roots) X509_STORE_add_cert(store.get(), root.native());
  if (X509_STORE_CTX_init(context.get(), store.get(), leaf.native(), untrusted.get()) != 1)
    return fail(ErrorKind::internal, "A certificate could not be checked: " + openssl_reason() + ".");
  auto* parameters = X509_STORE_CTX_get0_param(context.get());
  const std::string wanted{name};
  X509_VERIFY_PARAM_set_time(parameters, std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
  if (is_ip_address(wanted)) {
    X509_VERIFY_PARAM_set1_ip_asc(parameters, wanted.c_str());
  } else {
    X509_VERIFY_PARAM_set1_host(parameters, wanted.data(), wanted.size());
    X509_VERIFY_PARAM_set_hostflags(parameters, X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  }
  const int verified = X509_verify_cert(context.get());
  const int reason = X509_STORE_CTX_get_error(context.get());
  ERR_clear_error();
  if (verified == 1) return {};
  return fail(ErrorKind::refused,
              "The certificate for " + leaf.subject() + " isn't valid for " + wanted + ": " + X509_verify_cert_error_string(reason) + ".");
}

bool is_ip_address(std::string_view text) { return IpAddress::parse(text).has_value(); }

}  // namespace carillon::crypto
