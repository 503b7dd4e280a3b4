#pragma once
// Signed messages as an authority reads them: flattened JWS (RFC 7515 §7.2.2), ES256 and HS256, JWK of P-256 (RFC 7517, RFC 7638).

#include "crypto/handles.hpp"
#include "testca/problem.hpp"

#include <boost/json/object.hpp>

#include <memory>
#include <string>
#include <string_view>

namespace carillon::testca {

/// A longer request is refused: no order of 100 names comes near it.
inline constexpr std::size_t kLongestMessage = 65'536;

/// A public key on P-256. Immutable; cheap to copy.
struct PublicKey {
  std::string canonical;   ///< its JWK in the order of RFC 7638 §3.2: equal keys have equal text
  std::string thumbprint;  ///< base64url
  std::shared_ptr<const EVP_PKEY> native;
};
/// `badPublicKey` for anything but a point on P-256.
[[nodiscard]] Outcome<PublicKey> read_jwk(const boost::json::value& jwk);

/// A JWS taken apart; nothing is verified yet.
struct Message {
  std::string algorithm;
  std::string nonce, url, key_id;  ///< "" when the header has none
  boost::json::value jwk;          ///< null when the header has none
  std::string payload;
  std::string signed_part;  ///< what the signature is over
  std::string signature;
};
/// `malformed`, for a body that is no flattened JWS, has a header outside of the protected one, or fields of wrong types.
[[nodiscard]] Outcome<Message> read_message(std::string_view body);
[[nodiscard]] Outcome<Message> read_message(const boost::json::value& body);

[[nodiscard]] bool is_signed_by(const Message& message, const PublicKey& key);             ///< ES256 (RFC 7518 §3.4)
[[nodiscard]] bool is_authenticated_by(const Message& message, std::string_view mac_key);  ///< HS256 (RFC 7518 §3.2)

/// The JSON object that `text` is; `malformed` with `what` in the sentence otherwise.
[[nodiscard]] Outcome<boost::json::object> read_object(std::string_view text, std::string_view what);
/// The string member `name`, "" when there is none or it is something else.
[[nodiscard]] std::string text_member(const boost::json::object& object, std::string_view name);

}  // namespace carillon::testca
