// See contents.hpp.

#include "certs/scan/contents.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "crypto/inspection.hpp"
#include "crypto/memory_bio.hpp"

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/pkcs12.h>
#include <openssl/pkcs7.h>

#include <algorithm>
#include <array>
#include <limits>
#include <map>
#include <optional>

namespace carillon::certs {
namespace {

using crypto::Certificate;
using crypto::FreeWith;
using Pkcs7Handle = std::unique_ptr<PKCS7, FreeWith<PKCS7_free>>;
using Pkcs12Handle = std::unique_ptr<PKCS12, FreeWith<PKCS12_free>>;
inline void free_authsafes(STACK_OF(PKCS7) * safes) noexcept { sk_PKCS7_pop_free(safes, PKCS7_free); }
using AuthsafesHandle = std::unique_ptr<STACK_OF(PKCS7), FreeWith<free_authsafes>>;
inline void free_bags(STACK_OF(PKCS12_SAFEBAG) * bags) noexcept { sk_PKCS12_SAFEBAG_pop_free(bags, PKCS12_SAFEBAG_free); }
using BagsHandle = std::unique_ptr<STACK_OF(PKCS12_SAFEBAG), FreeWith<free_bags>>;
using Pbe2Handle = std::unique_ptr<PBE2PARAM, FreeWith<PBE2PARAM_free>>;
using Pbkdf2Handle = std::unique_ptr<PBKDF2PARAM, FreeWith<PBKDF2PARAM_free>>;
using PbeHandle = std::unique_ptr<PBEPARAM, FreeWith<PBEPARAM_free>>;

constexpr std::string_view kPemBegin = "-----BEGIN ";
/// The Base64 of "-----BEGIN " and of what may follow: CERTIFICATE, TRUSTED CERTIFICATE, X509 CERTIFICATE, PKCS7.
constexpr std::string_view kEncodedPemBegin = "LS0tLS1CRUdJTi";
constexpr std::string_view kBase64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=";
constexpr int kDeepestBag = 8;

constexpr std::string_view kNeedsPassword =
    "it is protected by a password; export its certificates, e.g. with openssl pkcs12 -nokeys -in FILE -out FILE.pem, and scan that file";
constexpr std::string_view kDamaged = "a certificate in it is damaged";
constexpr std::string_view kTooMany = "it contains too many certificates; split it";

/// Certificates with a common label, in the order found.
struct Found {
  std::string label;
  std::vector<Certificate> certificates;
};

struct Reading {
  std::vector<Found> found;
  std::string unread;
  std::size_t count = 0;

  Found& group(std::string label) {
    found.push_back({std::move(label), {}});
    return found.back();
  }
  void add(Found& group, std::string_view der) {
    if (count == kMaxCertificatesInFile) {
      unread = kTooMany;
      return;
    }
    auto certificate = Certificate::from_der(der);
    if (!certificate) {
      unread = kDamaged;
      return;
    }
    ++count;
    group.certificates.push_back(std::move(*certificate));
  }
  void add(Found& group, X509* certificate) {
    if (count == kMaxCertificatesInFile) {
      unread = kTooMany;
      return;
    }
    ++count;
    X509_up_ref(certificate);
    group.certificates.emplace_back(crypto::X509Handle{certificate});
  }
};

std::string_view view_of(const unsigned char* data, long length) {
  return {reinterpret_cast<const char*>(data), static_cast<std::size_t>(length)};
}

/// PKCS#7 (RFC 2315): the certificates next to the signature, which usually signs nothing.
bool add_pkcs7(Reading& reading, Found& group, std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const Pkcs7Handle container{d2i_PKCS7(nullptr, &at, static_cast<long>(der.size()))};
  if (!container) return false;
  const STACK_OF(X509)* certificates = nullptr;
  if (PKCS7_type_is_signed(container.get()) && container->d.sign != nullptr) certificates = container->d.sign->cert;
  if (PKCS7_type_is_signedAndEnveloped(container.get()) && container->d.signed_and_enveloped != nullptr)
    certificates = container->d.signed_and_enveloped->cert;
  for (int i = 0; i < sk_X509_num(certificates); ++i) reading.add(group, sk_X509_value(certificates, i));
  return true;
}

void read_pem(Reading& reading, Found& group, std::string_view pem) {
  const auto source = crypto::memory_bio_over(pem);
  while (source && BIO_eof(source.get()) == 0) {
    char *name = nullptr, *header = nullptr;
    unsigned char* data = nullptr;
    long length = 0;
    // An unreadable block doesn't hide those after it. Every attempt consumes at least one line.
    if (PEM_read_bio(source.get(), &name, &header, &data, &length) != 1) {
      if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE) reading.unread = "a part of it is damaged";
      ERR_clear_error();
      continue;
    }
    const std::string_view kind{name};
    if (kind == PEM_STRING_X509 || kind == PEM_STRING_X509_OLD) {
      reading.add(group, view_of(data, length));
    } else if (kind == PEM_STRING_X509_TRUSTED) {
      const unsigned char* at = data;
      const crypto::X509Handle certificate{d2i_X509_AUX(nullptr, &at, length)};
      if (certificate) {
        reading.add(group, certificate.get());
      } else {
        reading.unread = kDamaged;
      }
    } else if ((kind == PEM_STRING_PKCS7 || kind == PEM_STRING_PKCS7_SIGNED || kind == PEM_STRING_CMS) &&
               !add_pkcs7(reading, group, view_of(data, length))) {
      reading.unread = "it contains a PKCS#7 structure that can't be read";
    }
    OPENSSL_free(name);
    OPENSSL_free(header);
    OPENSSL_clear_free(data, static_cast<std::size_t>(length));
  }
  ERR_clear_error();
}

/// How many rounds a key derivation takes, according to these parameters.
std::uint64_t rounds_of(const X509_ALGOR* algorithm) {
  const auto rounds = [](const ASN1_INTEGER* number) {
    std::uint64_t value = 0;
    return number != nullptr && ASN1_INTEGER_get_uint64(&value, number) == 1 ? value : std::numeric_limits<std::uint64_t>::max();
  };
  const ASN1_OBJECT* object = nullptr;
  int type = 0;
  const void* parameters = nullptr;
  X509_ALGOR_get0(&object, &type, &parameters, algorithm);
  if (type != V_ASN1_SEQUENCE || parameters == nullptr) return 0;
  const auto* encoded = static_cast<const ASN1_STRING*>(parameters);
  if (OBJ_obj2nid(object) != NID_pbes2) {
    const PbeHandle pbe{static_cast<PBEPARAM*>(ASN1_item_unpack(encoded, ASN1_ITEM_rptr(PBEPARAM)))};
    return pbe ? rounds(pbe->iter) : 0;
  }
  const Pbe2Handle pbe{static_cast<PBE2PARAM*>(ASN1_item_unpack(encoded, ASN1_ITEM_rptr(PBE2PARAM)))};
  if (!pbe) return 0;
  X509_ALGOR_get0(&object, &type, &parameters, pbe->keyfunc);
  if (type != V_ASN1_SEQUENCE || parameters == nullptr) return 0;
  if (OBJ_obj2nid(object) != NID_id_pbkdf2) return std::numeric_limits<std::uint64_t>::max();  // scrypt: its cost is memory, too
  const Pbkdf2Handle derivation{
      static_cast<PBKDF2PARAM*>(ASN1_item_unpack(static_cast<const ASN1_STRING*>(parameters), ASN1_ITEM_rptr(PBKDF2PARAM)))};
  return derivation ? rounds(derivation->iter) : 0;
}

void add_bags(Reading& reading, Found& group, const STACK_OF(PKCS12_SAFEBAG) * bags, int depth) {
  for (int i = 0; i < sk_PKCS12_SAFEBAG_num(bags); ++i) {
    const auto* bag = sk_PKCS12_SAFEBAG_value(bags, i);
    const int kind = PKCS12_SAFEBAG_get_nid(bag);
    if (kind == NID_safeContentsBag && depth < kDeepestBag) {
      add_bags(reading, group, PKCS12_SAFEBAG_get0_safes(bag), depth + 1);
    } else if (kind == NID_certBag && PKCS12_SAFEBAG_get_bag_nid(bag) == NID_x509Certificate) {
      const crypto::X509Handle certificate{PKCS12_SAFEBAG_get1_cert(bag)};
      if (certificate) {
        reading.add(group, certificate.get());
      } else {
        reading.unread = kDamaged;
      }
    }
  }
}

/// PKCS#12 (RFC 7292). Certificates are usually encrypted like the keys; an empty password and none at all are tried.
bool read_pkcs12(Reading& reading, std::string_view der) {
  const auto* at = reinterpret_cast<const unsigned char*>(der.data());
  const Pkcs12Handle container{d2i_PKCS12(nullptr, &at, static_cast<long>(der.size()))};
  if (!container) return false;
  const AuthsafesHandle safes{PKCS12_unpack_authsafes(container.get())};
  if (!safes) {
    reading.unread = "its PKCS#12 structure can't be read";
    return true;
  }
  auto& group = reading.group({});
  int attempts = 0;
  for (int i = 0; i < sk_PKCS7_num(safes.get()); ++i) {
    auto* safe = sk_PKCS7_value(safes.get(), i);
    if (PKCS7_type_is_data(safe)) {
      const BagsHandle bags{PKCS12_unpack_p7data(safe)};
      add_bags(reading, group, bags.get(), 0);
      continue;
    }
    if (!PKCS7_type_is_encrypted(safe) || safe->d.encrypted == nullptr || safe->d.encrypted->enc_data == nullptr ||
        safe->d.encrypted->enc_data->algorithm == nullptr) {
      reading.unread = kNeedsPassword;
      continue;
    }
    // Every attempt takes a tenth of a second at worst, and one that fails tells enough.
    if (!reading.unread.empty() || ++attempts > kMaxDecryptedParts ||
        rounds_of(safe->d.encrypted->enc_data->algorithm) > kMaxDerivationRounds) {
      reading.unread = kNeedsPassword;
      continue;
    }
    BagsHandle bags{PKCS12_unpack_p7encdata(safe, "", 0)};
    if (!bags) bags.reset(PKCS12_unpack_p7encdata(safe, nullptr, 0));
    if (bags) {
      add_bags(reading, group, bags.get(), 0);
    } else {
      reading.unread = kNeedsPassword;
    }
  }
  ERR_clear_error();
  return true;
}

/// Big-endian fields.
class Fields {
 public:
  explicit Fields(std::string_view bytes) : bytes_{bytes} {}
  [[nodiscard]] std::optional<std::uint64_t> number(std::size_t size) {
    const auto field = take(size);
    if (!field) return {};
    std::uint64_t value = 0;
    for (const char c : *field) value = value << 8U | static_cast<unsigned char>(c);
    return value;
  }
  [[nodiscard]] std::optional<std::string_view> take(std::uint64_t size) {
    if (size > bytes_.size()) return {};
    const auto field = bytes_.substr(0, size);
    bytes_.remove_prefix(size);
    return field;
  }
  /// A field after its length.
  [[nodiscard]] std::optional<std::string_view> counted(std::size_t size_of_length) {
    const auto length = number(size_of_length);
    return length ? take(*length) : std::nullopt;
  }

 private:
  std::string_view bytes_;
};

constexpr std::uint64_t kJks = 0xFEEDFEED, kJceks = 0xCECECECE;

/// A Java keystore (sun.security.provider.JavaKeyStore). Its certificates are readable without the password.
void read_keystore(Reading& reading, std::string_view content) {
  Fields fields{content};
  const auto torn = [&reading] { reading.unread = "it is a damaged Java keystore"; };
  const auto magic = fields.number(4), version = fields.number(4), count = fields.number(4);
  if (!magic || !version || !count || *version < 1 || *version > 2) return torn();
  const auto add_certificate = [&](Found& group) {
    if (*version == 2 && !fields.counted(2)) return false;
    const auto der = fields.counted(4);
    if (der) reading.add(group, *der);
    return der.has_value();
  };
  for (std::uint64_t i = 0; i < *count; ++i) {
    const auto tag = fields.number(4);
    const auto alias = fields.counted(2);
    if (!tag || !alias || !fields.number(8)) return torn();
    auto& group = reading.group(is_utf8(*alias) ? std::string(*alias) : "entry " + std::to_string(i + 1));
    if (*tag == 1) {
      if (!fields.counted(4)) return torn();
      const auto length = fields.number(4);
      if (!length) return torn();
      for (std::uint64_t j = 0; j < *length; ++j) {
        if (!add_certificate(group)) return torn();
      }
    } else if (*tag == 2) {
      if (!add_certificate(group)) return torn();
    } else {
      // A secret key is a serialized object of unknown length.
      reading.unread = "the secret key before its entry “" + clean_for_xml(*alias) +
                       "” can't be read, and neither can anything after it; export the remaining certificates with keytool -exportcert "
                       "-rfc and scan them";
      return;
    }
    if (reading.count >= kMaxCertificatesInFile) return;
  }
}

/// The key before a value: `client-certificate-data: LS0…`, `"tls.crt": "LS0…"`.
std::string key_before(std::string_view content, std::size_t at) {
  constexpr std::size_t kLongestKey = 100;
  const auto begin = content.rfind('\n', at);
  auto line = content.substr(begin == std::string_view::npos ? 0 : begin + 1, at - (begin == std::string_view::npos ? 0 : begin + 1));
  line = line.substr(line.find_last_of(",{") == std::string_view::npos ? 0 : line.find_last_of(",{") + 1);
  std::string key;
  for (const char c : line) {
    if (std::string_view{" \t\"':|>-="}.find(c) != std::string_view::npos && (key.empty() || c != '-')) continue;
    key += c;
  }
  return key.size() > kLongestKey || !is_utf8(key) ? std::string{} : key;
}

/// PEM as a base64-encoded value.
void read_encoded(Reading& reading, std::string_view content) {
  std::size_t count = 0;
  for (auto at = content.find(kEncodedPemBegin); at != std::string_view::npos; at = content.find(kEncodedPemBegin, at + 1)) {
    if (++count > kMaxEncodedValues) {
      reading.unread = kTooMany;
      return;
    }
    const auto end = std::min(content.find_first_not_of(kBase64, at), content.size());
    auto decoded = from_base64(content.substr(at, end - at));
    if (!decoded) {
      reading.unread = "a value in it isn't valid Base64";
      continue;
    }
    const std::string_view pem{reinterpret_cast<const char*>(decoded->data()), decoded->size()};
    if (pem.find("CERTIFICATE-----") != std::string_view::npos || pem.find("PKCS7-----") != std::string_view::npos)
      read_pem(reading, reading.group(key_before(content, at)), pem);
    at = end - 1;
  }
}

/// The files that a kubeconfig mentions instead of containing their content.
std::vector<std::string> kubeconfig_references(std::string_view content) {
  std::vector<std::string> paths;
  if (content.find("apiVersion") == std::string_view::npos || content.find("clusters") == std::string_view::npos) return paths;
  for (const auto line : split(content, '\n')) {
    auto rest = trimmed(line);
    while (rest.starts_with('-') || rest.starts_with(' ')) rest.remove_prefix(1);
    for (const std::string_view key : {"client-certificate:", "certificate-authority:"}) {
      if (!rest.starts_with(key)) continue;
      auto value = trimmed(rest.substr(key.size()));
      if (value.size() >= 2 && (value.front() == '"' || value.front() == '\'') && value.back() == value.front())
        value = value.substr(1, value.size() - 2);
      if (!value.empty() && paths.size() < kMaxEncodedValues) paths.emplace_back(value);
    }
  }
  return paths;
}

/// `leaf` and its issuers among `authorities`.
std::vector<Certificate> chain_of(const Certificate& leaf, const std::vector<Certificate>& authorities) {
  std::vector<Certificate> chain;
  chain.push_back(another(leaf));
  while (chain.size() < crypto::kLongestChain) {
    const auto issuer = std::ranges::find_if(authorities, [&](const Certificate& one) {
      const auto is_same = [&](const Certificate& there) { return X509_cmp(there.native(), one.native()) == 0; };
      return X509_check_issued(one.native(), chain.back().native()) == X509_V_OK && std::ranges::none_of(chain, is_same);
    });
    if (issuer == authorities.end()) break;
    chain.push_back(another(*issuer));
  }
  return chain;
}

std::string label_of(const Certificate& certificate) {
  const auto names = certificate.names();
  return names.empty() ? certificate.subject() : names.front();
}

/// As chains: one if they belong together, otherwise each leaf with its issuers, otherwise each by itself.
void add_chains(Contents& contents, Found found) {
  auto& certificates = found.certificates;
  if (certificates.empty()) return;
  const auto leaves = std::ranges::count_if(certificates, [](const auto& one) { return !is_authority(one); });
  const bool is_short = certificates.size() <= crypto::kLongestChain;
  if (is_short && (leaves == 1 || (leaves == 0 && crypto::ordered(certificates).size() == certificates.size()))) {
    contents.chains.push_back({std::move(found.label), std::move(certificates)});
    return;
  }
  std::vector<Certificate> authorities;
  for (const auto& one : certificates) {
    if (is_authority(one)) authorities.push_back(another(one));
  }
  for (const auto& one : certificates) {
    if (leaves > 0 && is_authority(one)) continue;
    auto label = found.label.empty() ? std::string{} : found.label + ", ";
    std::vector<Certificate> chain;
    if (leaves > 0) {
      chain = chain_of(one, authorities);
    } else {
      chain.push_back(another(one));
    }
    contents.chains.push_back({std::move(label) + label_of(one), std::move(chain)});
  }
}

/// Two chains in a file are two places.
void make_labels_unique(std::vector<ContainedChain>& chains) {
  if (chains.size() == 1) return;
  std::map<std::string, std::size_t> used;
  for (auto& chain : chains) {
    if (chain.label.empty()) chain.label = label_of(chain.certificates.front());
    const auto count = ++used[chain.label];
    if (count > 1) chain.label += " (" + std::to_string(count) + ")";
  }
}

bool has_suffix(std::string_view file_name, std::initializer_list<std::string_view> suffixes) {
  const auto lower = lower_ascii(file_name);
  return std::ranges::any_of(suffixes, [&](std::string_view suffix) { return lower.ends_with(suffix); });
}

void read_der(Reading& reading, std::string_view content) {
  if (auto certificate = Certificate::from_der(content)) {
    ++reading.count;
    reading.group({}).certificates.push_back(std::move(*certificate));
    return;
  }
  if (read_pkcs12(reading, content)) return;
  // Other DER structures are usually keys; only containers have certificates.
  auto& group = reading.group({});
  (void)add_pkcs7(reading, group, content);
  ERR_clear_error();
}

}  // namespace

bool is_authority(const Certificate& certificate) { return X509_check_ca(certificate.native()) > 0; }

Certificate another(const Certificate& certificate) {
  X509_up_ref(certificate.native());
  return Certificate{crypto::X509Handle{certificate.native()}};
}

Contents contents_of(std::string_view file_name, std::string_view content) {
  Contents contents;
  Reading reading;
  const auto begins_with = [&](std::uint64_t magic) { return content.size() >= 4 && Fields{content}.number(4) == std::optional{magic}; };
  if (begins_with(kJks) || begins_with(kJceks)) {
    read_keystore(reading, content);
  } else if (content.starts_with('\x30')) {
    read_der(reading, content);
  } else if (content.find(kPemBegin) != std::string_view::npos) {
    read_pem(reading, reading.group({}), content);
    // If only a key is damaged, for example, nothing is missing.
    const bool has_certificate =
        content.find("CERTIFICATE-----") != std::string_view::npos || content.find("PKCS7-----") != std::string_view::npos;
    if (reading.count == 0 && !has_certificate) reading.unread.clear();
  }
  if (content.find(kEncodedPemBegin) != std::string_view::npos) read_encoded(reading, content);
  contents.references = kubeconfig_references(content);
  std::erase_if(reading.found, [](const Found& found) { return found.certificates.empty(); });
  if (reading.count == 0 && reading.unread.empty() && contents.references.empty()) {
    if (has_suffix(file_name,
                   {".p12", ".pfx", ".p7b", ".p7c", ".p7s", ".jks", ".jceks", ".keystore", ".truststore", ".bks", ".bcfks", ".kdb"}))
      contents.unread = "its format isn't supported; export its certificates as PEM and scan that file";
    if (has_suffix(file_name, {"cert9.db", "cert8.db"}))
      contents.unread = "it is an NSS database; export its certificates with certutil -L -a and scan that file";
    if (has_suffix(file_name, {".pem", ".crt", ".cer", ".der", ".cert"}) && content.find(kPemBegin) == std::string_view::npos)
      contents.unread = content.empty() ? "it is empty" : "it contains no certificate that can be read";
    return contents;
  }
  const auto is_root = [](const Found& found) { return std::ranges::all_of(found.certificates, is_authority); };
  contents.is_bundle = reading.count > crypto::kLongestChain && std::ranges::all_of(reading.found, is_root);
  contents.unread = std::move(reading.unread);
  for (auto& found : reading.found) add_chains(contents, std::move(found));
  make_labels_unique(contents.chains);
  return contents;
}

}  // namespace carillon::certs
