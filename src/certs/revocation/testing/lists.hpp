#pragma once
// CRLs for tests, written by hand, so that each part can be wrong.

#include "crypto/testing/authority.hpp"

#include <openssl/evp.h>

#include <ctime>

namespace carillon::certs::testing {

inline std::string der(unsigned char tag, std::string_view content) {
  std::string text(1, static_cast<char>(tag));
  if (content.size() < 0x80) {
    text += static_cast<char>(content.size());
  } else {
    std::string length;
    for (auto left = content.size(); left > 0; left >>= 8) length.insert(length.begin(), static_cast<char>(left & 0xff));
    text += static_cast<char>(0x80 | length.size());
    text += length;
  }
  return text.append(content);
}

inline std::string der_time(Time time) {
  const std::time_t seconds = std::chrono::floor<std::chrono::seconds>(time).time_since_epoch().count();
  std::tm parts{};
  ::gmtime_r(&seconds, &parts);
  char text[32];
  const auto length = std::strftime(text, sizeof text, "%y%m%d%H%M%SZ", &parts);
  return der(0x17, {text, length});
}

/// An extension; `oid` without its head, below 2.5.29.
inline std::string extension(int oid, std::string_view value, bool critical = false) {
  const std::string id{'\x55', '\x1d', static_cast<char>(oid)};
  return der(0x30, der(0x06, id) + (critical ? der(0x01, "\xff") : "") + der(0x04, value));
}

struct ListEntry {
  std::string serial;        ///< bytes
  int reason = -1;           ///< none
  std::string issuer{};      ///< certificateIssuer: a Name, DER
  std::string extensions{};  ///< more of them
};

struct ListWanted {
  std::string issuer;  ///< a Name, DER
  Time this_update, next_update;
  std::vector<ListEntry> entries{};
  std::string extensions{};
};

inline std::string name_of(const crypto::Certificate& certificate) {
  unsigned char* text = nullptr;
  const int size = i2d_X509_NAME(X509_get_subject_name(certificate.native()), &text);
  std::string name{reinterpret_cast<const char*>(text), static_cast<std::size_t>(size)};
  OPENSSL_free(text);
  return name;
}

/// DER, signed with `key` (P-256).
inline std::string make_list(const ListWanted& wanted, const crypto::PrivateKey& key) {
  const auto algorithm = der(0x30, der(0x06, "\x2a\x86\x48\xce\x3d\x04\x03\x02"));
  std::string entries;
  for (const auto& entry : wanted.entries) {
    std::string more;
    if (entry.reason >= 0) more += extension(21, der(0x0a, std::string(1, static_cast<char>(entry.reason))));
    if (!entry.issuer.empty()) more += extension(29, der(0x30, der(0xa4, entry.issuer)), true);
    more += entry.extensions;
    entries += der(0x30, der(0x02, entry.serial) + der_time(wanted.this_update) + (more.empty() ? "" : der(0x30, more)));
  }
  std::string content = der(0x02, "\x01") + algorithm + wanted.issuer + der_time(wanted.this_update) + der_time(wanted.next_update);
  if (!entries.empty()) content += der(0x30, entries);
  if (!wanted.extensions.empty()) content += der(0xa0, der(0x30, wanted.extensions));
  const auto body = der(0x30, content);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  unsigned char signature[128];
  std::size_t length = sizeof signature;
  EVP_DigestSignInit(context, nullptr, EVP_sha256(), nullptr, key.native());
  EVP_DigestSign(context, signature, &length, reinterpret_cast<const unsigned char*>(body.data()), body.size());
  EVP_MD_CTX_free(context);
  return der(0x30, body + algorithm + der(0x03, std::string(1, '\0') + std::string(reinterpret_cast<const char*>(signature), length)));
}

/// A CA with a leaf that names its CRL.
struct ListCa {
  explicit ListCa(Time now, std::string name = "CA") {
    crypto::testing::Wanted wanted{.common_name = std::move(name),
                                   .names = {},
                                   .not_before = now - std::chrono::days{100},
                                   .not_after = now + std::chrono::days{1000}};
    wanted.is_authority = true;
    certificate.push_back(crypto::testing::sign(wanted, key, nullptr, key));
  }
  [[nodiscard]] const crypto::Certificate& issuer() const { return certificate.front(); }
  /// Signed by this CA.
  [[nodiscard]] crypto::Certificate make(crypto::testing::Wanted wanted, const crypto::PrivateKey& subject) const {
    return crypto::testing::sign(wanted, subject, &issuer(), key);
  }
  [[nodiscard]] crypto::Certificate leaf(Time now, const std::string& url, std::chrono::hours life = std::chrono::hours{24 * 90}) const {
    crypto::testing::Wanted wanted{
        .common_name = "leaf", .names = {"www.example.org"}, .not_before = now - std::chrono::hours{1}, .not_after = now + life};
    wanted.revocation_list = url;
    return make(wanted, leaf_key);
  }

  crypto::PrivateKey key = crypto::testing::make_key(crypto::testing::KeyKind::p256);
  crypto::PrivateKey leaf_key = crypto::testing::make_key(crypto::testing::KeyKind::p256);
  std::vector<crypto::Certificate> certificate;
};

}  // namespace carillon::certs::testing
