// See authority.hpp.

#include "crypto/testing/authority.hpp"

#include "crypto/memory_bio.hpp"

#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/rsa.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <utility>

namespace carillon::crypto::testing {
namespace {

using namespace std::chrono_literals;

void require(bool holds, std::string_view what) {
  if (holds) return;
  std::fprintf(stderr, "A certificate for a test could not be created (%.*s): %s\n", static_cast<int>(what.size()), what.data(),
               openssl_reason().c_str());
  std::abort();
}

void add(X509* certificate, X509V3_CTX& context, int kind, const std::string& value) {
  const ExtensionHandle extension{X509V3_EXT_conf_nid(nullptr, &context, kind, value.c_str())};
  require(extension && X509_add_ext(certificate, extension.get(), -1) == 1, value);
}

std::string alternatives(const std::vector<std::string>& names) {
  std::string text;
  for (const auto& name : names) text += (text.empty() ? "" : ",") + std::string(is_ip_address(name) ? "IP:" : "DNS:") + name;
  return text;
}

Wanted authority_named(std::string name, Time now) {
  Wanted wanted{
      .common_name = std::move(name), .names = {}, .not_before = now - std::chrono::days{365}, .not_after = now + std::chrono::days{3650}};
  wanted.is_authority = true;
  return wanted;
}

}  // namespace

PrivateKey make_key(KeyKind kind) {
  if (kind == KeyKind::p256) return std::move(PrivateKey::generate_p256()).value();
  const KeyHandle key{EVP_RSA_gen(kind == KeyKind::rsa1024 ? 1024U : 2048U)};
  const auto sink = memory_bio();
  require(key && sink && PEM_write_bio_PKCS8PrivateKey(sink.get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr) == 1, "RSA key");
  return std::move(PrivateKey::from_pem(content_of(sink.get()))).value();
}

Certificate sign(const Wanted& wanted, const PrivateKey& subject_key, const Certificate* issuer, const PrivateKey& issuer_key) {
  X509Handle certificate{X509_new()};
  require(certificate && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "version");
  std::array<unsigned char, 16> serial{};
  require(RAND_bytes(serial.data(), serial.size()) == 1, "serial");
  serial[0] = static_cast<unsigned char>((serial[0] & 0x3f) | 0x40);
  const BignumHandle number{BN_bin2bn(serial.data(), serial.size(), nullptr)};
  require(number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate.get())) != nullptr, "serial");
  const auto seconds = [](Time time) { return std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count(); };
  require(ASN1_TIME_set(X509_getm_notBefore(certificate.get()), seconds(wanted.not_before)) != nullptr, "dates");
  require(ASN1_TIME_set(X509_getm_notAfter(certificate.get()), seconds(wanted.not_after)) != nullptr, "dates");
  require(X509_NAME_add_entry_by_txt(X509_get_subject_name(certificate.get()), "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(wanted.common_name.data()),
                                     static_cast<int>(wanted.common_name.size()), -1, 0) == 1,
          "subject");
  X509* signer = issuer == nullptr ? certificate.get() : issuer->native();
  require(X509_set_issuer_name(certificate.get(), X509_get_subject_name(signer)) == 1, "issuer");
  require(X509_set_pubkey(certificate.get(), subject_key.native()) == 1, "key");
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, signer, certificate.get(), nullptr, nullptr, 0);
  add(certificate.get(), context, NID_basic_constraints, wanted.is_authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
  add(certificate.get(), context, NID_subject_key_identifier, "hash");
  if (issuer != nullptr) add(certificate.get(), context, NID_authority_key_identifier, "keyid");
  if (wanted.is_authority) {
    add(certificate.get(), context, NID_key_usage, "critical,keyCertSign,cRLSign");
  } else {
    add(certificate.get(), context, NID_ext_key_usage, "serverAuth");
  }
  if (!wanted.names.empty()) add(certificate.get(), context, NID_subject_alt_name, alternatives(wanted.names));
  if (!wanted.name_constraints.empty()) add(certificate.get(), context, NID_name_constraints, wanted.name_constraints);
  if (!wanted.issuer_url.empty()) add(certificate.get(), context, NID_info_access, "caIssuers;URI:" + wanted.issuer_url);
  if (!wanted.revocation_list.empty()) add(certificate.get(), context, NID_crl_distribution_points, "URI:" + wanted.revocation_list);
  require(X509_sign(certificate.get(), issuer_key.native(), wanted.with_sha1 ? EVP_sha1() : EVP_sha256()) != 0, "signature");
  return Certificate{std::move(certificate)};
}

std::string_view name_of(Kind kind) noexcept {
  constexpr std::array<std::string_view, kKinds.size()> kNames{
      "good",           "expired",        "not_yet_valid",     "self_signed", "wrong_host",     "incomplete_chain",
      "reversed_chain", "untrusted_root", "sha1_intermediate", "rsa1024",     "thousand_names", "out_of_constraints"};
  return kNames[static_cast<std::size_t>(kind)];
}

Authority::Authority(Time now)
    : now_{now},
      root_key_{make_key(KeyKind::p256)},
      intermediate_key_{make_key(KeyKind::p256)},
      leaf_key_{make_key(KeyKind::p256)},
      weak_key_{make_key(KeyKind::rsa1024)},
      root_{sign(authority_named("Test Root", now), root_key_, nullptr, root_key_)},
      intermediate_{sign(authority_named("Test Intermediate", now), intermediate_key_, &root_, root_key_)},
      sha1_intermediate_{sign(
          [&] {
            auto wanted = authority_named("Test SHA-1 Intermediate", now);
            wanted.with_sha1 = true;
            return wanted;
          }(),
          intermediate_key_, &root_, root_key_)},
      limited_intermediate_{sign(
          [&] {
            auto wanted = authority_named("Test Limited Intermediate", now);
            wanted.name_constraints = "critical,permitted;DNS:only.example,permitted;IP:192.0.2.0/255.255.255.0";
            return wanted;
          }(),
          intermediate_key_, &root_, root_key_)},
      foreign_root_{sign(authority_named("Foreign Root", now), root_key_, nullptr, root_key_)},
      foreign_intermediate_{sign(authority_named("Foreign Intermediate", now), intermediate_key_, &foreign_root_, root_key_)} {}

Wanted Authority::leaf_for(const std::string& name) const {
  return {.common_name = "leaf", .names = {name}, .not_before = now_ - std::chrono::days{30}, .not_after = now_ + std::chrono::days{60}};
}

Served Authority::make(const std::string& name, Time not_before, Time not_after) const {
  auto wanted = leaf_for(name);
  wanted.not_before = not_before;
  wanted.not_after = not_after;
  Served served{{}, &leaf_key_};
  served.chain.push_back(sign(wanted, leaf_key_, &intermediate_, intermediate_key_));
  served.chain.push_back(copy_of(intermediate_));
  return served;
}

Served Authority::make(Kind kind, const std::string& name) const {
  auto wanted = leaf_for(name);
  const auto* key = &leaf_key_;
  const auto* issuer = &intermediate_;
  switch (kind) {
    case Kind::expired:
      wanted.not_after = now_ - 3h;
      break;
    case Kind::not_yet_valid:
      wanted.not_before = now_ + 3h;
      break;
    case Kind::wrong_host:
      wanted.names = {"elsewhere.example"};
      break;
    case Kind::incomplete_chain:
      wanted.issuer_url = "http://ca.example/intermediate.der";
      break;
    case Kind::untrusted_root:
      issuer = &foreign_intermediate_;
      break;
    case Kind::sha1_intermediate:
      issuer = &sha1_intermediate_;
      break;
    case Kind::rsa1024:
      key = &weak_key_;
      break;
    case Kind::out_of_constraints:
      issuer = &limited_intermediate_;
      break;
    case Kind::thousand_names:
      while (wanted.names.size() < 1'000) wanted.names.push_back("n" + std::to_string(wanted.names.size()) + ".example");
      break;
    case Kind::good:
    case Kind::self_signed:
    case Kind::reversed_chain:
      break;
  }
  Served served{{}, key};
  if (kind == Kind::self_signed) {
    served.chain.push_back(sign(wanted, *key, nullptr, *key));
    return served;
  }
  served.chain.push_back(sign(wanted, *key, issuer, intermediate_key_));
  if (kind == Kind::reversed_chain) served.chain.push_back(copy_of(root_));
  if (kind != Kind::incomplete_chain) served.chain.push_back(copy_of(*issuer));
  return served;
}

std::vector<Certificate> Authority::roots() const {
  std::vector<Certificate> roots;
  roots.push_back(copy_of(root_));
  return roots;
}

Certificate copy_of(const Certificate& certificate) {
  X509_up_ref(certificate.native());
  return Certificate{X509Handle{certificate.native()}};
}

std::vector<std::string> der_of(const std::vector<Certificate>& chain) {
  std::vector<std::string> der;
  der.reserve(chain.size());
  for (const auto& certificate : chain) der.push_back(certificate.to_der().value());
  return der;
}

}  // namespace carillon::crypto::testing
