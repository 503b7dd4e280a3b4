#pragma once
// A CA that says what the test wrote down, and checks what it is asked: each POST's signature, nonce and address (RFC 8555 §6), with
// OpenSSL.

#include "base/encoding.hpp"
#include "base/text.hpp"
#include "http/client/outgoing.hpp"

#include <gtest/gtest.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/param_build.h>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/json/value_to.hpp>

#include <array>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

namespace carillon::acme::testing {

namespace json = boost::json;

inline std::string unwrapped(std::string_view base64url) {
  const auto bytes = from_base64url(base64url);
  EXPECT_TRUE(bytes);
  return bytes ? std::string(as_text(*bytes)) : std::string{};
}

inline std::string text_of(const json::value& document, std::string_view name) {
  return json::value_to<std::string>(document.at({name.data(), name.size()}));
}

/// Does `jws` (flattened, ES256) verify with the public key `jwk`? OpenSSL's opinion, none of our code's.
inline bool is_signed_by(const json::value& jws, const json::value& jwk) {
  const auto input = text_of(jws, "protected") + "." + text_of(jws, "payload");
  const auto signature = unwrapped(text_of(jws, "signature"));
  if (signature.size() != 64) return false;
  auto point = "\x04" + unwrapped(text_of(jwk, "x")) + unwrapped(text_of(jwk, "y"));
  std::array<OSSL_PARAM, 3> parameters{OSSL_PARAM_construct_utf8_string(OSSL_PKEY_PARAM_GROUP_NAME, const_cast<char*>("P-256"), 0),
                                       OSSL_PARAM_construct_octet_string(OSSL_PKEY_PARAM_PUB_KEY, point.data(), point.size()),
                                       OSSL_PARAM_construct_end()};
  EVP_PKEY* key = nullptr;
  EVP_PKEY_CTX* maker = EVP_PKEY_CTX_new_from_name(nullptr, "EC", nullptr);
  EVP_PKEY_fromdata_init(maker);
  EVP_PKEY_fromdata(maker, &key, EVP_PKEY_PUBLIC_KEY, parameters.data());
  EVP_PKEY_CTX_free(maker);
  if (key == nullptr) return false;
  const auto* bytes = reinterpret_cast<const unsigned char*>(signature.data());
  ECDSA_SIG* halves = ECDSA_SIG_new();
  ECDSA_SIG_set0(halves, BN_bin2bn(bytes, 32, nullptr), BN_bin2bn(bytes + 32, 32, nullptr));
  std::array<unsigned char, 128> der{};
  auto* end = der.data();
  const int length = i2d_ECDSA_SIG(halves, &end);
  ECDSA_SIG_free(halves);
  EVP_MD_CTX* context = EVP_MD_CTX_new();
  EVP_DigestVerifyInit(context, nullptr, EVP_sha256(), nullptr, key);
  const bool good = EVP_DigestVerify(context, der.data(), static_cast<std::size_t>(length),
                                     reinterpret_cast<const unsigned char*>(input.data()), input.size()) == 1;
  EVP_MD_CTX_free(context);
  EVP_PKEY_free(key);
  return good;
}

/// What the CA answers once.
struct Say {
  int status = 200;
  std::string body = "{}";
  std::vector<std::pair<std::string, std::string>> fields = {};
  bool nonce = true;  ///< with a fresh one
};

/// A POST as it came, its signature verified.
struct Posted {
  std::string url;
  json::value header;
  std::string payload;  ///< "" of POST-as-GET
  std::string accept;
};

/// One thread.
class ScriptedCa final : public http::Outgoing {
 public:
  static constexpr std::string_view kDirectoryUrl = "https://ca.example/directory";

  ScriptedCa() {
    say("GET", "directory",
        {.body =
             R"({"newNonce":"https://ca.example/nonce","newAccount":"https://ca.example/account","newOrder":"https://ca.example/order",)"
             R"("revokeCert":"https://ca.example/revoke","keyChange":"https://ca.example/key","renewalInfo":"https://ca.example/renewal",)"
             R"("meta":{"caaIdentities":["CA.example"],"profiles":{"tlsserver":"short"},"termsOfService":"https://ca.example/terms"}})"});
  }

  /// The next answer to `method` at `path` ("order/1"). Answers to one address go out in the order they were written; the last one stays.
  void say(const std::string& method, const std::string& path, Say answer) {
    script_[method + " https://ca.example/" + path].push_back(std::move(answer));
  }
  void unplug() { plugged_ = false; }
  void trust_key(json::value jwk) { account_key_ = std::move(jwk); }

  Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override {
    if (!plugged_) return fail(ErrorKind::unavailable, "https://ca.example didn't respond in time.");
    EXPECT_EQ(request.reach, http::Reach::anywhere);
    EXPECT_EQ(request.trust, "roots.pem");
    const auto key = std::string(http::name_of(request.method)) + " " + request.url;
    asked.push_back(key);
    if (request.method == http::Method::post) check(request);
    if (request.method == http::Method::head) {
      http::OutgoingAnswer answer{.status = 200};
      answer.fields.add("Replay-Nonce", fresh_nonce());
      return answer;
    }
    auto& answers = script_[key];
    EXPECT_FALSE(answers.empty()) << "the script has no answer to " << key;
    if (answers.empty()) return fail(ErrorKind::unavailable, "no answer");
    const auto chosen = answers.front();
    if (answers.size() > 1) answers.pop_front();
    http::OutgoingAnswer answer{.status = chosen.status, .body = chosen.body};
    for (const auto& [name, value] : chosen.fields) answer.fields.add(name, value);
    if (chosen.nonce) answer.fields.add("Replay-Nonce", fresh_nonce());
    return answer;
  }

  std::vector<std::string> asked;  ///< "POST https://ca.example/order"
  std::vector<Posted> posted;

 private:
  std::string fresh_nonce() {
    auto nonce = "nonce-" + std::to_string(++nonces_made_);
    nonces_.insert(nonce);
    return nonce;
  }

  void check(const http::OutgoingRequest& request) {
    EXPECT_EQ(request.fields.get("Content-Type"), "application/jose+json");
    const auto jws = json::parse(request.body);
    const auto header = json::parse(unwrapped(text_of(jws, "protected")));
    EXPECT_EQ(text_of(header, "alg"), "ES256");
    EXPECT_EQ(text_of(header, "url"), request.url);
    EXPECT_EQ(nonces_.erase(text_of(header, "nonce")), 1U) << "a nonce is used once, and only one that was given out";
    const auto* bare_key = header.as_object().if_contains("jwk");
    EXPECT_NE(bare_key != nullptr, header.as_object().contains("kid")) << "either the key or the account (RFC 8555 §6.2)";
    if (bare_key != nullptr) account_key_ = *bare_key;
    EXPECT_TRUE(is_signed_by(jws, account_key_)) << request.url;
    posted.push_back({request.url, header, unwrapped(text_of(jws, "payload")), std::string(request.fields.get("Accept").value_or(""))});
  }

  std::map<std::string, std::deque<Say>> script_;
  json::value account_key_;
  bool plugged_ = true;
  int nonces_made_ = 0;
  std::set<std::string> nonces_;
};

}  // namespace carillon::acme::testing
