// Certificates made with X509V3_EXT_conf_nid: OpenSSL's own spelling of extensions, so that what is signed is what its verifier reads.

#include "crypto/certificate_maker.hpp"

#include <array>

namespace carillon::crypto {
namespace {

/// 128 random bits: unguessable and unique (CA/Browser Forum BR §7.1 asks for 64).
constexpr std::size_t kSerialBytes = 16;

std::unexpected<Error> could_not(std::string_view what) {
  return fail(ErrorKind::internal, "A certificate could not be created (" + std::string(what) + "): " + openssl_reason() + ".");
}

Result<> set_serial(X509* certificate, Random& random) {
  std::array<std::byte, kSerialBytes> bytes;
  random.fill(bytes);
  // Positive and never zero (RFC 5280 §4.1.2.2).
  bytes[0] = (bytes[0] & std::byte{0x3f}) | std::byte{0x40};
  const BignumHandle number{BN_bin2bn(reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()), nullptr)};
  if (!number || BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) == nullptr) return could_not("serial number");
  return {};
}

Result<> set_dates(X509* certificate, Time not_before, Time not_after) {
  // ASN1_TIME_set chooses UTCTime or GeneralizedTime as RFC 5280 §4.1.2.5 asks.
  const auto seconds = [](Time time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); };
  if (ASN1_TIME_set(X509_getm_notBefore(certificate), seconds(not_before)) == nullptr ||
      ASN1_TIME_set(X509_getm_notAfter(certificate), seconds(not_after)) == nullptr)
    return could_not("dates");
  return {};
}

Result<> set_common_name(X509* certificate, const std::string& name) {
  if (X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate), "CN", MBSTRING_UTF8,
                                 reinterpret_cast<const unsigned char*>(name.data()), static_cast<int>(name.size()), -1, 0) != 1)
    return could_not("name " + name);
  return {};
}

Result<> add_extension(X509* certificate, X509V3_CTX& context, int kind, const std::string& value) {
  const ExtensionHandle extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  if (!extension || X509_add_ext(certificate, extension.get(), -1) != 1) return could_not(std::string(OBJ_nid2ln(kind)) + " " + value);
  return {};
}

/// Names go into a comma-separated configuration value: only characters that cannot change its meaning.
bool is_plain_name(std::string_view name) {
  return !name.empty() &&
         name.find_first_not_of("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._*:/") == std::string_view::npos;
}

struct Part {
  int kind;
  std::string value;
};

Result<Certificate> make(const std::string& common_name, Time not_before, Time not_after, const PrivateKey& subject_key, X509* issuer,
                         const PrivateKey& issuer_key, const std::vector<Part>& extensions, Random& random) {
  X509Handle certificate{X509_new()};
  if (!certificate || X509_set_version(certificate.get(), X509_VERSION_3) != 1) return could_not("version");
  if (auto set = set_serial(certificate.get(), random); !set) return forward_error(set);
  if (auto set = set_dates(certificate.get(), not_before, not_after); !set) return forward_error(set);
  if (auto set = set_common_name(certificate.get(), common_name); !set) return forward_error(set);
  if (issuer == nullptr) issuer = certificate.get();
  if (X509_set_issuer_name(certificate.get(), X509_get_subject_name(issuer)) != 1 ||
      X509_set_pubkey(certificate.get(), subject_key.native()) != 1)
    return could_not("issuer and key");
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate.get(), nullptr, nullptr, 0);
  for (const auto& [kind, value] : extensions)
    if (auto added = add_extension(certificate.get(), context, kind, value); !added) return forward_error(added);
  if (X509_sign(certificate.get(), issuer_key.native(), EVP_sha256()) == 0) return could_not("signature");
  return Certificate{std::move(certificate)};
}

}  // namespace

Result<Certificate> make_root(const RootRequest& request, const PrivateKey& key, Random& random) {
  std::string constraints = "critical";
  for (const auto& suffix : request.permitted_dns) {
    if (!is_plain_name(suffix)) return fail(ErrorKind::invalid, "A CA can't be limited to \"" + suffix + "\": that isn't a DNS suffix.");
    constraints += ",permitted;DNS:" + suffix;
  }
  for (const auto& network : request.permitted_networks) {
    if (!is_plain_name(network))
      return fail(ErrorKind::invalid, "A CA can't be limited to \"" + network + "\": that isn't an address range.");
    constraints += ",permitted;IP:" + network;
  }
  return make(request.common_name, request.not_before, request.not_after, key, nullptr, key,
              {{NID_basic_constraints, "critical,CA:TRUE,pathlen:0"},
               {NID_key_usage, "critical,keyCertSign,cRLSign"},
               {NID_subject_key_identifier, "hash"},
               {NID_name_constraints, constraints}},
              random);
}

Result<Certificate> make_leaf(const LeafRequest& request, const PrivateKey& subject_key, const Certificate& root,
                              const PrivateKey& root_key, Random& random) {
  if (request.names.empty()) return fail(ErrorKind::invalid, "A certificate needs at least one name.");
  std::string alternatives;
  for (const auto& name : request.names) {
    if (!is_plain_name(name)) return fail(ErrorKind::invalid, "\"" + name + "\" isn't a name that a certificate can contain.");
    if (!alternatives.empty()) alternatives += ',';
    alternatives += (is_ip_address(name) ? "IP:" : "DNS:") + name;
  }
  return make(request.common_name, request.not_before, request.not_after, subject_key, root.native(), root_key,
              {{NID_basic_constraints, "critical,CA:FALSE"},
               {NID_key_usage, "critical,digitalSignature"},
               {NID_ext_key_usage, "serverAuth"},
               {NID_subject_key_identifier, "hash"},
               {NID_authority_key_identifier, "keyid"},
               {NID_subject_alt_name, alternatives}},
              random);
}

}  // namespace carillon::crypto
