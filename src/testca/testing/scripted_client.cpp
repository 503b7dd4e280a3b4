// See scripted_client.hpp.

#include "testca/testing/scripted_client.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "crypto/certificate.hpp"
#include "crypto/sha256.hpp"

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <array>
#include <stdexcept>

namespace carillon::testca {
namespace {

namespace json = boost::json;

constexpr int kCoordinate = 32;

[[noreturn]] void give_up(const std::string& what) { throw std::runtime_error{what}; }

std::string number_text(const BIGNUM* number) {
  std::array<unsigned char, kCoordinate> bytes{};
  if (BN_bn2binpad(number, bytes.data(), kCoordinate) != kCoordinate) give_up("a number is too large");
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

std::string coordinate(const crypto::PrivateKey& key, const char* name) {
  BIGNUM* number = nullptr;
  if (EVP_PKEY_get_bn_param(key.native(), name, &number) != 1) give_up("the key has no coordinates");
  const crypto::BignumHandle owned{number};
  return to_base64url(as_bytes(number_text(number)));
}

std::string es256(const std::string& text, const crypto::PrivateKey& key) {
  const std::unique_ptr<EVP_MD_CTX, crypto::FreeWith<EVP_MD_CTX_free>> context{EVP_MD_CTX_new()};
  std::array<unsigned char, 128> der{};
  std::size_t length = der.size();
  if (EVP_DigestSignInit(context.get(), nullptr, EVP_sha256(), nullptr, key.native()) != 1 ||
      EVP_DigestSign(context.get(), der.data(), &length, reinterpret_cast<const unsigned char*>(text.data()), text.size()) != 1)
    give_up("a message can't be signed: " + crypto::openssl_reason());
  const unsigned char* cursor = der.data();
  const std::unique_ptr<ECDSA_SIG, crypto::FreeWith<ECDSA_SIG_free>> signature{d2i_ECDSA_SIG(nullptr, &cursor, static_cast<long>(length))};
  return number_text(ECDSA_SIG_get0_r(signature.get())) + number_text(ECDSA_SIG_get0_s(signature.get()));
}

std::string text_at(const json::object& object, std::string_view name) {
  const auto* value = object.if_contains(name);
  if (value == nullptr || !value->is_string()) give_up("the response has no \"" + std::string(name) + "\": " + json_text(object));
  return std::string(value->get_string());
}

}  // namespace

crypto::PrivateKey new_key() {
  auto key = crypto::PrivateKey::generate_p256();
  if (!key) give_up(key.error().message);
  return std::move(*key);
}

std::string jwk_text(const crypto::PrivateKey& key) {
  return R"({"crv":"P-256","kty":"EC","x":")" + coordinate(key, OSSL_PKEY_PARAM_EC_PUB_X) + R"(","y":")" +
         coordinate(key, OSSL_PKEY_PARAM_EC_PUB_Y) + R"("})";
}

std::string signing_request(const std::vector<std::string>& names, const crypto::PrivateKey& key) {
  const std::unique_ptr<X509_REQ, crypto::FreeWith<X509_REQ_free>> request{X509_REQ_new()};
  std::string alternatives;
  for (const auto& name : names)
    alternatives += (alternatives.empty() ? "" : ",") + std::string(crypto::is_ip_address(name) ? "IP:" : "DNS:") + name;
  auto* extensions = sk_X509_EXTENSION_new_null();
  sk_X509_EXTENSION_push(extensions, X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, alternatives.c_str()));
  const bool made = X509_REQ_set_version(request.get(), 0) == 1 && X509_REQ_set_pubkey(request.get(), key.native()) == 1 &&
                    X509_REQ_add_extensions(request.get(), extensions) == 1 && X509_REQ_sign(request.get(), key.native(), EVP_sha256()) > 0;
  sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
  if (!made) give_up("no signing request could be created: " + crypto::openssl_reason());
  unsigned char* bytes = nullptr;
  const int length = i2d_X509_REQ(request.get(), &bytes);
  std::string der{reinterpret_cast<const char*>(bytes), static_cast<std::size_t>(length)};
  OPENSSL_free(bytes);
  return der;
}

json::object ScriptedClient::Answer::document() const {
  boost::system::error_code error;
  auto value = json::parse(body, error);
  if (error || !value.is_object()) give_up("the response isn't a JSON object: " + body);
  return std::move(value.get_object());
}

std::string ScriptedClient::Answer::problem() const {
  constexpr std::string_view kPrefix = "urn:ietf:params:acme:error:";
  if (field("Content-Type") != "application/problem+json") return {};
  const auto type = text_at(document(), "type");
  return type.starts_with(kPrefix) ? type.substr(kPrefix.size()) : type;
}

ScriptedClient::ScriptedClient(http::Outgoing& authority, std::string origin)
    : authority_{authority}, origin_{std::move(origin)}, key_{new_key()}, request_key_{new_key()} {}

ScriptedClient::Answer ScriptedClient::get(const std::string& url, http::Method method) {
  auto answer = authority_.exchange({.method = method, .url = url, .reach = http::Reach::anywhere});
  if (!answer) give_up(answer.error().message);
  return {.status = answer->status, .fields = std::move(answer->fields), .body = std::move(answer->body)};
}

std::string ScriptedClient::nonce() {
  if (!nonce_.empty()) return std::exchange(nonce_, {});
  return get(at("new-nonce"), http::Method::head).field("Replay-Nonce");
}

std::string ScriptedClient::signed_message(const json::object& header, const std::string& payload, const crypto::PrivateKey& key) {
  const auto protected_part = to_base64url(as_bytes(json_text(header)));
  const auto payload_part = to_base64url(as_bytes(payload));
  const auto signature = to_base64url(as_bytes(es256(protected_part + "." + payload_part, key)));
  return json_text(json::object{{"protected", protected_part}, {"payload", payload_part}, {"signature", signature}});
}

ScriptedClient::Answer ScriptedClient::post(const std::string& url, const std::string& payload, const Twist& twist) {
  const auto or_else = [](const std::string& twisted, const std::string& right) { return twisted.empty() ? right : twisted; };
  json::object header = twist.header;
  header["alg"] = or_else(twist.algorithm, "ES256");
  header["nonce"] = or_else(twist.nonce, nonce());
  header["url"] = or_else(twist.url, url);
  const bool with_key = twist.with_jwk || twist.both || account_.empty();
  if (with_key) header["jwk"] = json::parse(jwk());
  if (!with_key || twist.both) header["kid"] = or_else(twist.key_id, account_);
  http::OutgoingRequest request{.method = http::Method::post, .url = url, .reach = http::Reach::anywhere};
  request.fields.set("Content-Type", or_else(twist.content_type, "application/jose+json"));
  const auto foreign = twist.break_signature ? std::optional{new_key()} : std::nullopt;
  request.body = signed_message(header, payload, foreign ? *foreign : key_);
  auto answer = authority_.exchange(request);
  if (!answer) give_up(answer.error().message);
  nonce_ = std::string(answer->fields.get("Replay-Nonce").value_or(""));
  return {.status = answer->status, .fields = std::move(answer->fields), .body = std::move(answer->body)};
}

std::string ScriptedClient::register_account(const std::string& payload) {
  account_.clear();
  const auto answer = post(at("new-account"), payload);
  if (answer.status != 200 && answer.status != 201) give_up("no account: " + answer.body);
  account_ = answer.field("Location");
  return account_;
}

ScriptedClient::Answer ScriptedClient::new_order(const NewOrder& options) {
  json::array identifiers;
  for (const auto& name : options.names)
    identifiers.push_back(json::object{{"type", crypto::is_ip_address(name) ? "ip" : "dns"}, {"value", name}});
  json::object payload{{"identifiers", std::move(identifiers)}};
  if (!options.profile.empty()) payload["profile"] = options.profile;
  if (!options.replaces.empty()) payload["replaces"] = options.replaces;
  return post(at("new-order"), json_text(payload));
}

void ScriptedClient::respond(const json::object& order, const std::string& type) {
  for (const auto& url : order.at("authorizations").as_array()) {
    const auto authorization = post_as_get(std::string(url.as_string())).document();
    if (text_at(authorization, "status") != "pending") continue;
    for (const auto& challenge : authorization.at("challenges").as_array())
      if (text_at(challenge.as_object(), "type") == type) (void)post(text_at(challenge.as_object(), "url"), "{}");
  }
}

ScriptedClient::Answer ScriptedClient::finalize(const json::object& order) {
  std::vector<std::string> names;
  for (const auto& identifier : order.at("identifiers").as_array()) names.push_back(text_at(identifier.as_object(), "value"));
  request_key_ = new_key();
  return finalize(order, signing_request(names, request_key_));
}

ScriptedClient::Answer ScriptedClient::finalize(const json::object& order, const std::string& request_der) {
  return post(text_at(order, "finalize"), json_text(json::object{{"csr", to_base64url(as_bytes(request_der))}}));
}

std::string ScriptedClient::issue(const NewOrder& options) {
  const auto ordered = new_order(options);
  if (ordered.status != 201) give_up("no order: " + ordered.body);
  const auto order = ordered.document();
  respond(order);
  const auto finalized = finalize(order);
  if (finalized.status != 200) give_up("not finalized: " + finalized.body);
  return post_as_get(text_at(finalized.document(), "certificate")).body;
}

std::string ScriptedClient::jwk() const { return jwk_text(key_); }
std::string ScriptedClient::thumbprint() const { return to_base64url(crypto::sha256(as_bytes(jwk())).bytes); }

}  // namespace carillon::testca
