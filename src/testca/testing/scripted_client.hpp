#pragma once
// A client that does each step as it is told, rightly or wrongly, and shares no code with the production one: tests of the authority speak
// through it.

#include "base/random.hpp"
#include "crypto/key.hpp"
#include "http/client/outgoing.hpp"

#include <boost/json/object.hpp>

#include <string>
#include <vector>

namespace carillon::testca {

/// One account at one authority. Throws std::runtime_error where a step that must work does not: a test then fails with the sentence.
class ScriptedClient {
 public:
  ScriptedClient(http::Outgoing& authority, std::string origin);

  struct Answer {
    int status = 0;
    http::Fields fields;
    std::string body;
    [[nodiscard]] boost::json::object document() const;
    /// The last part of the problem's URN; "" when it is none.
    [[nodiscard]] std::string problem() const;
    [[nodiscard]] std::string field(std::string_view name) const { return std::string(fields.get(name).value_or("")); }
  };

  /// What may be wrong with a message; "" = as it should be.
  struct Twist {
    std::string nonce, url, key_id, algorithm, content_type;
    bool with_jwk = false;  ///< the key instead of the account
    bool both = false;      ///< and both
    bool break_signature = false;
    boost::json::object header{};  ///< further members
  };

  Answer get(const std::string& url, http::Method method = http::Method::get);
  /// Signed; with a fresh nonce, the account's URL once it has one.
  Answer post(const std::string& url, const std::string& payload, const Twist& twist);
  Answer post(const std::string& url, const std::string& payload) { return post(url, payload, Twist{}); }
  Answer post_as_get(const std::string& url) { return post(url, ""); }

  [[nodiscard]] std::string at(std::string_view resource) const { return origin_ + "/" + std::string(resource); }
  std::string nonce();
  /// Creates or finds the account; its URL.
  std::string register_account(const std::string& payload = R"({"contact":["mailto:ops@example.org"]})");

  struct NewOrder {
    std::vector<std::string> names;
    std::string profile, replaces;
  };
  Answer new_order(const NewOrder& options);
  /// Says yes to the challenge of that type in every pending authorization of the order.
  void respond(const boost::json::object& order, const std::string& type = "http-01");
  /// With a new key, which `key_of_last_request` then is.
  Answer finalize(const boost::json::object& order);
  Answer finalize(const boost::json::object& order, const std::string& request_der);

  /// All of it: order, challenges, finalize; the PEM chain. Works where validation and processing take no time.
  std::string issue(const NewOrder& options);

  [[nodiscard]] const crypto::PrivateKey& key() const { return key_; }
  [[nodiscard]] const crypto::PrivateKey& key_of_last_request() const { return request_key_; }
  [[nodiscard]] std::string thumbprint() const;
  [[nodiscard]] std::string jwk() const;
  void forget_account() { account_.clear(); }
  void use_key(crypto::PrivateKey key) { key_ = std::move(key); }

  /// {"protected","payload","signature"} signed with `key`.
  [[nodiscard]] static std::string signed_message(const boost::json::object& header, const std::string& payload,
                                                  const crypto::PrivateKey& key);

 private:
  http::Outgoing& authority_;
  std::string origin_;
  crypto::PrivateKey key_;
  crypto::PrivateKey request_key_;
  std::string account_;
  std::string nonce_;
};

/// JWK of a P-256 key (RFC 7638 order).
[[nodiscard]] std::string jwk_text(const crypto::PrivateKey& key);
/// DER of a signing request for `names` (DNS names) with `key`.
[[nodiscard]] std::string signing_request(const std::vector<std::string>& names, const crypto::PrivateKey& key);
[[nodiscard]] crypto::PrivateKey new_key();

}  // namespace carillon::testca
