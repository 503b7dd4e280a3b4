// Everything that can be wrong with a chain, asked of OpenSSL's verifier piece by piece.

#include "crypto/inspection.hpp"

#include "base/file.hpp"
#include "base/text.hpp"
#include "crypto/memory_bio.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <set>

namespace carillon::crypto {
namespace {

constexpr std::string_view kDebianRoots = "/etc/ssl/certs/ca-certificates.crt";
/// CA/B BR §6.1.5.
constexpr int kLeastBits = 2048;
constexpr int kLeastCurveBits = 224;

using AccessHandle = std::unique_ptr<AUTHORITY_INFO_ACCESS, FreeWith<AUTHORITY_INFO_ACCESS_free>>;
using PointsHandle = std::unique_ptr<CRL_DIST_POINTS, FreeWith<CRL_DIST_POINTS_free>>;

bool same(const Certificate& one, const Certificate& other) { return X509_cmp(one.native(), other.native()) == 0; }

bool issued(const Certificate& issuer, const Certificate& subject) {
  return !same(issuer, subject) && X509_check_issued(issuer.native(), subject.native()) == X509_V_OK;
}

/// One run of the verifier: `sent` and `known` are at hand, the store decides.
class Path {
 public:
  Path(X509_STORE* store, const Certificate& leaf, std::span<const Certificate> sent, std::span<const Certificate> known)
      : untrusted_{sk_X509_new_null()}, context_{X509_STORE_CTX_new()} {
    if (!untrusted_ || !context_) return;
    for (const auto& certificate : sent) sk_X509_push(untrusted_.get(), certificate.native());
    for (const auto& certificate : known) sk_X509_push(untrusted_.get(), certificate.native());
    ready_ = X509_STORE_CTX_init(context_.get(), store, leaf.native(), untrusted_.get()) == 1;
  }

  /// Without a time the dates are left out of it.
  [[nodiscard]] int verify(std::optional<Time> at) {
    if (!ready_) return X509_V_ERR_OUT_OF_MEM;
    auto* parameters = X509_STORE_CTX_get0_param(context_.get());
    // Whoever trusts an intermediate trusts what it signed, its own issuer known or not.
    unsigned long flags = X509_V_FLAG_PARTIAL_CHAIN;
    if (at) {
      X509_VERIFY_PARAM_set_time(parameters, std::chrono::floor<std::chrono::seconds>(*at).time_since_epoch().count());
    } else {
      flags |= X509_V_FLAG_NO_CHECK_TIME;
    }
    X509_VERIFY_PARAM_set_flags(parameters, flags);
    X509_VERIFY_PARAM_set_purpose(parameters, X509_PURPOSE_SSL_SERVER);
    const int verified = X509_verify_cert(context_.get());
    const int error = X509_STORE_CTX_get_error(context_.get());
    ERR_clear_error();
    if (verified == 1) return X509_V_OK;
    return error == X509_V_OK ? X509_V_ERR_UNSPECIFIED : error;
  }

  /// The certificates of the last verification, leaf first.
  [[nodiscard]] STACK_OF(X509) * built() const { return X509_STORE_CTX_get0_chain(context_.get()); }

 private:
  BorrowedStackHandle untrusted_;
  StoreContextHandle context_;
  bool ready_ = false;
};

std::vector<Certificate> certificates_of(const STACK_OF(X509) * stack) {
  std::vector<Certificate> certificates;
  for (int i = 0; i < sk_X509_num(stack); ++i) {
    X509* certificate = sk_X509_value(stack, i);
    X509_up_ref(certificate);
    certificates.emplace_back(X509Handle{certificate});
  }
  return certificates;
}

bool issuer_is_missing(int error) {
  return error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT || error == X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY ||
         error == X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE;
}

bool signs_itself(const Certificate& certificate) {
  return is_self_issued(certificate) && (X509_get_extension_flags(certificate.native()) & EXFLAG_SS) != 0;
}

void judge_dates(X509* certificate, Time at, std::set<Finding>& findings) {
  std::time_t seconds = std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count();
  if (X509_cmp_time(X509_get0_notBefore(certificate), &seconds) > 0) findings.insert(Finding::not_yet_valid);
  if (X509_cmp_time(X509_get0_notAfter(certificate), &seconds) < 0) findings.insert(Finding::expired);
}

bool has_weak_key(const Certificate& certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate.native());
  if (key == nullptr) return false;
  switch (EVP_PKEY_get_base_id(key)) {
    case EVP_PKEY_RSA:
    case EVP_PKEY_RSA_PSS:
    case EVP_PKEY_DSA:
      return EVP_PKEY_get_bits(key) < kLeastBits;
    case EVP_PKEY_EC:
      return EVP_PKEY_get_bits(key) < kLeastCurveBits;
    default:
      return false;
  }
}

bool has_weak_signature(const Certificate& certificate) {
  int digest = NID_undef;
  X509_get_signature_info(certificate.native(), &digest, nullptr, nullptr, nullptr);
  constexpr std::array kWeak{NID_md2, NID_md4, NID_md5, NID_mdc2, NID_sha, NID_sha1};
  return std::ranges::find(kWeak, digest) != kWeak.end();
}

std::string text_of(const X509_NAME* name, int kind) {
  const int index = X509_NAME_get_index_by_NID(name, kind, -1);
  if (index < 0) return {};
  unsigned char* utf8 = nullptr;
  const int length = ASN1_STRING_to_UTF8(&utf8, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, index)));
  if (length < 0) return ERR_clear_error(), std::string{};
  std::string text(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(length));
  OPENSSL_free(utf8);
  return is_utf8(text) ? clean_for_xml(text) : std::string{};
}

/// The http address in `name`, if that is what it is.
void add_http_url(const GENERAL_NAME* name, std::vector<std::string>& urls) {
  if (name == nullptr || name->type != GEN_URI) return;
  const auto* value = name->d.uniformResourceIdentifier;
  std::string url(reinterpret_cast<const char*>(ASN1_STRING_get0_data(value)), static_cast<std::size_t>(ASN1_STRING_length(value)));
  if (lower_ascii(url.substr(0, 7)) == "http://") urls.push_back(std::move(url));
}

}  // namespace

std::string_view name_of(Finding finding) noexcept {
  switch (finding) {
    case Finding::expired:
      return "expired";
    case Finding::not_yet_valid:
      return "not_yet_valid";
    case Finding::self_signed:
      return "self_signed";
    case Finding::untrusted:
      return "untrusted";
    case Finding::wrong_name:
      return "wrong_name";
    case Finding::incomplete_chain:
      return "incomplete_chain";
    case Finding::reversed_chain:
      return "reversed_chain";
    case Finding::weak_key:
      return "weak_key";
    case Finding::weak_signature:
      return "weak_signature";
    case Finding::revoked:
      return "revoked";
  }
  return "untrusted";
}

Result<Trust> Trust::in(std::span<const Certificate> roots) {
  StoreHandle store{X509_STORE_new()};
  if (!store) return fail(ErrorKind::internal, "The trusted roots could not be prepared: " + openssl_reason() + ".");
  for (const auto& root : roots) {
    if (X509_STORE_add_cert(store.get(), root.native()) != 1)
      return fail(ErrorKind::internal, "The root " + root.subject() + " could not be prepared: " + openssl_reason() + ".");
  }
  return Trust{std::move(store)};
}

bool Trust::holds(const Certificate& certificate) const {
  const StoreContextHandle context{X509_STORE_CTX_new()};
  if (!context || X509_STORE_CTX_init(context.get(), store_.get(), nullptr, nullptr) != 1) return false;
  auto* found = X509_STORE_CTX_get1_certs(context.get(), X509_get_subject_name(certificate.native()));
  bool held = false;
  for (int i = 0; i < sk_X509_num(found); ++i) held = held || X509_cmp(sk_X509_value(found, i), certificate.native()) == 0;
  sk_X509_pop_free(found, X509_free);
  return held;
}

std::vector<Finding> Trust::inspect(std::span<const Certificate> chain, std::string_view name, Time at,
                                    std::span<const Certificate> known) const {
  if (chain.empty()) return {};
  std::set<Finding> findings;
  const auto order = ordered(chain);
  const auto& leaf = chain[order.front()];
  if (order.front() != 0 || !std::ranges::is_sorted(order)) findings.insert(Finding::reversed_chain);
  judge_dates(leaf.native(), at, findings);
  if (!name.empty() && !is_good_for(leaf, name)) findings.insert(Finding::wrong_name);

  if (Path(store_.get(), leaf, chain, {}).verify(at) != X509_V_OK) {
    Path timeless{store_.get(), leaf, chain, {}};
    const int error = timeless.verify({});
    if (error == X509_V_OK) {
      // Trust is there and only a date is wrong, of the leaf or of what stands above it.
      for (int i = 0; i < sk_X509_num(timeless.built()); ++i) judge_dates(sk_X509_value(timeless.built(), i), at, findings);
    } else if (signs_itself(leaf)) {
      findings.insert(Finding::self_signed);
    } else if (issuer_is_missing(error) && !known.empty() && Path(store_.get(), leaf, chain, known).verify({}) == X509_V_OK) {
      findings.insert(Finding::incomplete_chain);
    } else {
      // A lone leaf says where its issuer is to be had, or may belong to anybody. Beyond an intermediate, servers leave their root out: one
      // whose issuer we do not know is somebody else's world.
      const bool is_alone = issuer_is_missing(error) && order.size() == 1;
      const bool issuer_was_seen = std::ranges::any_of(known, [&](const Certificate& other) { return issued(other, leaf); });
      if (is_alone) findings.insert(Finding::incomplete_chain);
      if (!is_alone || issuer_was_seen || issuer_urls(leaf).empty()) findings.insert(Finding::untrusted);
    }
  }

  const auto taken = path(chain, at);
  const auto is_checked = [&](const Certificate& sent) {
    return !taken || std::ranges::any_of(taken->certificates, [&](const Certificate& other) { return same(sent, other); });
  };
  for (const auto index : order) {
    const auto& certificate = chain[index];
    if (!is_checked(certificate)) continue;
    if (has_weak_key(certificate)) findings.insert(Finding::weak_key);
    if (!signs_itself(certificate) && has_weak_signature(certificate) && !holds(certificate)) findings.insert(Finding::weak_signature);
  }
  return {findings.begin(), findings.end()};
}

std::optional<VerifiedPath> Trust::path(std::span<const Certificate> chain, Time at) const {
  if (chain.empty()) return {};
  const auto& leaf = chain[ordered(chain).front()];
  std::optional<VerifiedPath> found;
  // When the first certificate of a path ends, another path may still lead to a root. Each round is past the end of at least one more.
  for (std::size_t round = 0; round <= chain.size(); ++round) {
    const Time moment = found ? found->until + std::chrono::seconds{1} : at;
    Path attempt{store_.get(), leaf, chain, {}};
    if (attempt.verify(moment) != X509_V_OK) break;
    auto certificates = certificates_of(attempt.built());
    Time until = leaf.not_after();
    for (const auto& one : certificates) {
      if (!holds(one)) until = std::min(until, one.not_after());
    }
    if (!found) {
      found = VerifiedPath{.certificates = std::move(certificates), .until = until};
    } else {
      found->until = until;
    }
    if (until >= leaf.not_after()) break;
  }
  return found;
}

std::vector<Finding> inspect(std::span<const Certificate> chain, std::string_view name, std::span<const Certificate> roots, Time at) {
  const auto trust = Trust::in(roots);
  if (!trust) return {Finding::untrusted};
  return trust->inspect(chain, name, at);
}

std::vector<std::size_t> ordered(std::span<const Certificate> chain) {
  if (chain.empty()) return {};
  // The leaf is the first that issued none of the others; in a circle, the first at all.
  std::size_t leaf = 0;
  for (std::size_t i = 0; i < chain.size(); ++i) {
    if (std::ranges::none_of(chain, [&](const Certificate& other) { return issued(chain[i], other); })) {
      leaf = i;
      break;
    }
  }
  std::vector<std::size_t> order{leaf};
  while (order.size() < chain.size()) {
    const auto& last = chain[order.back()];
    const auto is_new = [&](const Certificate& other) {
      return std::ranges::none_of(order, [&](auto index) { return same(chain[index], other); });
    };
    const auto next = std::ranges::find_if(chain, [&](const Certificate& other) { return is_new(other) && issued(other, last); });
    if (next == chain.end()) break;
    order.push_back(static_cast<std::size_t>(next - chain.begin()));
  }
  return order;
}

bool is_good_for(const Certificate& certificate, std::string_view name) {
  if (name.ends_with('.')) name.remove_suffix(1);
  const std::string wanted{name};
  // OpenSSL compares names of hosts.
  if (wanted.starts_with("*.")) {
    const auto names = certificate.names();
    return std::ranges::find(names, wanted) != names.end();
  }
  const bool good = is_ip_address(wanted)
                        ? X509_check_ip_asc(certificate.native(), wanted.c_str(), 0) == 1
                        : X509_check_host(certificate.native(), wanted.data(), wanted.size(),
                                          X509_CHECK_FLAG_NEVER_CHECK_SUBJECT | X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS, nullptr) == 1;
  ERR_clear_error();
  return good;
}

std::string issuer_of(const Certificate& certificate) {
  const auto* issuer = X509_get_issuer_name(certificate.native());
  for (const int kind : {NID_commonName, NID_organizationName}) {
    if (auto text = text_of(issuer, kind); !text.empty()) return text;
  }
  const auto sink = memory_bio();
  if (!sink || X509_NAME_print_ex(sink.get(), issuer, 0, XN_FLAG_RFC2253) < 0) return {};
  return content_of(sink.get());
}

std::vector<std::string> issuer_urls(const Certificate& certificate) {
  std::vector<std::string> urls;
  const AccessHandle access{static_cast<AUTHORITY_INFO_ACCESS*>(X509_get_ext_d2i(certificate.native(), NID_info_access, nullptr, nullptr))};
  for (int i = 0; access && i < sk_ACCESS_DESCRIPTION_num(access.get()); ++i) {
    const auto* description = sk_ACCESS_DESCRIPTION_value(access.get(), i);
    if (OBJ_obj2nid(description->method) == NID_ad_ca_issuers) add_http_url(description->location, urls);
  }
  ERR_clear_error();
  return urls;
}

std::vector<std::string> revocation_list_urls(const Certificate& certificate) {
  std::vector<std::string> urls;
  const PointsHandle points{
      static_cast<CRL_DIST_POINTS*>(X509_get_ext_d2i(certificate.native(), NID_crl_distribution_points, nullptr, nullptr))};
  for (int i = 0; points && i < sk_DIST_POINT_num(points.get()); ++i) {
    const auto* where = sk_DIST_POINT_value(points.get(), i)->distpoint;
    if (where == nullptr || where->type != 0) continue;  // 0: full names; 1: relative to the issuer's own
    for (int j = 0; j < sk_GENERAL_NAME_num(where->name.fullname); ++j) add_http_url(sk_GENERAL_NAME_value(where->name.fullname, j), urls);
  }
  ERR_clear_error();
  return urls;
}

std::string fingerprint(const Certificate& certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest{};
  unsigned int length = 0;
  if (X509_digest(certificate.native(), EVP_sha256(), digest.data(), &length) != 1) return {};
  std::string hex;
  for (unsigned int i = 0; i < length; ++i) {
    constexpr std::string_view kDigits = "0123456789abcdef";
    hex += kDigits[digest[i] >> 4];
    hex += kDigits[digest[i] & 15];
  }
  return hex;
}

bool is_self_issued(const Certificate& certificate) {
  return X509_NAME_cmp(X509_get_subject_name(certificate.native()), X509_get_issuer_name(certificate.native())) == 0;
}

std::string key_description(const Certificate& certificate) {
  const EVP_PKEY* key = X509_get0_pubkey(certificate.native());
  ERR_clear_error();
  if (key == nullptr) return "unknown";
  const int kind = EVP_PKEY_get_base_id(key);
  const auto bits = std::to_string(EVP_PKEY_get_bits(key));
  if (kind == EVP_PKEY_RSA || kind == EVP_PKEY_RSA_PSS) return "RSA " + bits;
  if (kind == EVP_PKEY_DSA) return "DSA " + bits;
  if (kind == EVP_PKEY_ED25519) return "Ed25519";
  if (kind == EVP_PKEY_ED448) return "Ed448";
  if (kind != EVP_PKEY_EC) return "unknown";
  std::array<char, 64> group{};
  std::size_t length = 0;
  if (EVP_PKEY_get_group_name(key, group.data(), group.size(), &length) != 1) return ERR_clear_error(), "EC " + bits;
  const char* nist = EC_curve_nid2nist(OBJ_sn2nid(group.data()));
  return nist == nullptr ? std::string(group.data()) : std::string(nist);
}

std::string signature_algorithm(const Certificate& certificate) {
  const char* name = OBJ_nid2ln(X509_get_signature_nid(certificate.native()));
  return name == nullptr ? "unknown" : name;
}

std::string system_roots_file() {
  const char* chosen = std::getenv(X509_get_default_cert_file_env());
  return std::string{chosen != nullptr && *chosen != '\0' ? std::string_view{chosen} : kDebianRoots};
}

Result<std::vector<Certificate>> system_roots() {
  auto text = read_file(system_roots_file());
  if (!text)
    return fail(ErrorKind::unavailable,
                "The roots that this system trusts could not be read (" + text.error().message + "). Install ca-certificates.");
  return roots_from_pem(*text);
}

Result<std::vector<Certificate>> roots_from_pem(std::string_view pem) {
  const auto source = memory_bio_over(pem);
  if (!source) return fail(ErrorKind::internal, "The certificates could not be read: " + openssl_reason() + ".");
  std::vector<Certificate> roots;
  while (roots.size() < kMaxInOneFile && BIO_eof(source.get()) == 0) {
    char *name = nullptr, *header = nullptr;
    unsigned char* data = nullptr;
    long length = 0;
    // A block that can't be read does not hide those behind it; every attempt takes at least a line away.
    if (PEM_read_bio(source.get(), &name, &header, &data, &length) != 1) continue;
    if (const std::string_view kind{name}; kind == PEM_STRING_X509 || kind == PEM_STRING_X509_OLD) {
      auto certificate = Certificate::from_der({reinterpret_cast<const char*>(data), static_cast<std::size_t>(length)});
      if (certificate) roots.push_back(std::move(*certificate));
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(length));
  }
  ERR_clear_error();
  if (roots.empty()) return fail(ErrorKind::invalid, "The text contains no PEM certificate.");
  return roots;
}

}  // namespace carillon::crypto
