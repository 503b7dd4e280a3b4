// Who may come in (RFC 8555 §6), and the faults that strike before or after an answer is made.

#include "base/text.hpp"
#include "testca/authority_impl.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::testca {
namespace {

constexpr std::array kInsteadOfAnAnswer{FaultKind::rate_limited, FaultKind::server_error, FaultKind::no_answer};
/// The same, but these only strike signed requests.
constexpr std::array kInsteadOfASignedAnswer{FaultKind::rate_limited, FaultKind::server_error, FaultKind::no_answer,
                                             FaultKind::account_unknown, FaultKind::bad_nonce};

std::unexpected<Problem> malformed(std::string detail) { return problem(400, "malformed", std::move(detail)); }

}  // namespace

Outcome<void> must_be_empty(const Call& call) {
  if (!call.message.payload.empty()) return malformed("This resource requires an empty payload (POST-as-GET).");
  return {};
}

Outcome<void> Authority::Impl::admit(Call& call) {
  const auto& request = call.request;
  if (request.method != http::Method::post) return problem(405, "malformed", "This resource requires a signed POST.");
  if (request.fields.get("Content-Type") != "application/jose+json")
    return problem(415, "malformed", "The content type must be application/jose+json.");
  auto message = read_message(request.body);
  if (!message) return std::unexpected(std::move(message.error()));
  call.message = std::move(*message);
  const auto& header = call.message;
  if (header.algorithm != "ES256")
    return problem(400, "badSignatureAlgorithm", "Messages must be signed with ES256, not \"" + header.algorithm + "\".");
  if (header.jwk.is_null() == header.key_id.empty()) return malformed("The protected header needs either jwk or kid.");

  // RFC 8555 §6.2: who is not known yet brings the key along; everybody else names the account. A revocation may do either.
  if (call.kind == RequestKind::new_account && header.jwk.is_null()) return malformed("A new-account request must use jwk, not kid.");
  if (call.kind != RequestKind::new_account && call.kind != RequestKind::revoke && !header.jwk.is_null())
    return malformed("This request must identify its account with kid.");
  if (!header.jwk.is_null()) {
    auto key = read_jwk(header.jwk);
    if (!key) return std::unexpected(std::move(key.error()));
    call.key = std::move(*key);
  } else {
    const std::string prefix = settings.origin + "/account/";
    const auto number =
        header.key_id.starts_with(prefix) ? parse_number(std::string_view{header.key_id}.substr(prefix.size())) : std::nullopt;
    const auto found = number ? memory.accounts.find(*number) : memory.accounts.end();
    if (found == memory.accounts.end()) return problem(400, "accountDoesNotExist", "There is no account " + header.key_id + ".");
    call.account = &found->second;
    if (call.account->state != State::valid) return problem(401, "unauthorized", "The account " + header.key_id + " is deactivated.");
  }
  if (settings.verify_signatures && !is_signed_by(header, call.key ? *call.key : call.account->key))
    return malformed("The signature is invalid.");
  if (header.url != request.url)
    return problem(401, "unauthorized",
                   "The protected header's url is \"" + header.url + "\", but the request went to " + request.url + ".");
  if (!memory.nonces.take(header.nonce))
    return problem(400, "badNonce",
                   header.nonce.empty() ? "The protected header has no nonce." : "The nonce is unknown or was already used.");
  if (settings.bad_nonce_share > 0) {
    std::array<std::byte, 2> drawn;
    random.fill(drawn);
    const auto number = static_cast<unsigned>(drawn[0]) << 8 | static_cast<unsigned>(drawn[1]);
    if (number < settings.bad_nonce_share * 65536) return problem(400, "badNonce", "The nonce was rejected at random (bad_nonce_share).");
  }
  return {};
}

std::vector<std::string> Authority::Impl::names_about(const Call& call) const {
  using enum RequestKind;
  const auto number = number_in(call);
  if (call.kind == order || call.kind == finalize) {
    const auto found = memory.orders.find(number.value_or(0));
    return found == memory.orders.end() ? std::vector<std::string>{} : found->second.names;
  }
  if (call.kind == authorization || call.kind == challenge) {
    const auto found = memory.authorizations.find(number.value_or(0));
    return found == memory.authorizations.end() ? std::vector<std::string>{} : std::vector{found->second.name};
  }
  if (call.kind == certificate || call.kind == renewal_info) {
    auto wanted = number.value_or(0);
    if (call.kind == renewal_info) {
      const auto by_identifier = memory.certificate_by_identifier.find(std::string(call.parts[1]));
      if (by_identifier != memory.certificate_by_identifier.end()) wanted = by_identifier->second;
    }
    const auto found = memory.certificates.find(wanted);
    return found == memory.certificates.end() ? std::vector<std::string>{} : found->second.names;
  }
  std::vector<std::string> names;
  if (call.kind != new_order) return names;
  const auto message = read_message(call.request.body);
  const auto payload = message ? read_object(message->payload, "payload") : Outcome<boost::json::object>{};
  if (!payload) return names;
  const auto* identifiers = payload->if_contains("identifiers");
  if (identifiers == nullptr || !identifiers->is_array()) return names;
  for (const auto& identifier : identifiers->get_array())
    if (identifier.is_object()) names.push_back(text_member(identifier.get_object(), "value"));
  return names;
}

std::optional<Delivery> Authority::Impl::struck_down(const Call& call, std::span<const std::string> names) {
  const bool is_signed = call.request.method == http::Method::post;
  const auto fault = is_signed ? faults.strike(kInsteadOfASignedAnswer, call.kind, names, call.now)
                               : faults.strike(kInsteadOfAnAnswer, call.kind, names, call.now);
  if (!fault) return {};
  switch (fault->kind) {
    case FaultKind::rate_limited:
      return Delivery{
          .answer = answer_of(
              {.status = 429, .type = "rateLimited", .detail = "Too many requests (injected fault).", .retry_after = fault->retry_after})};
    case FaultKind::account_unknown:
      return Delivery{
          .answer = answer_of(
              {.status = 400, .type = "accountDoesNotExist", .detail = "The account doesn't exist (injected fault).", .retry_after = {}})};
    case FaultKind::bad_nonce:
      return Delivery{.answer = answer_of(
                          {.status = 400, .type = "badNonce", .detail = "The nonce was rejected (injected fault).", .retry_after = {}})};
    case FaultKind::server_error:
      return Delivery{.answer = answer_of({.status = fault->status,
                                           .type = "serverInternal",
                                           .detail = "Internal server error (injected fault).",
                                           .retry_after = fault->retry_after})};
    default:
      return Delivery{.answer = {}, .wire = Delivery::Wire::cut_before};
  }
}

void Authority::Impl::spoil_answer(const Call& call, std::span<const std::string> names, Delivery& delivery) {
  if (delivery.wire == Delivery::Wire::cut_before) return;
  auto& answer = delivery.answer;
  const auto strike = [&](FaultKind kind) { return faults.strike(kind, call.kind, names, call.now); };
  if (call.kind == RequestKind::directory && answer.status == 200 && strike(FaultKind::garbage_directory))
    answer.body = "<html><h1>It works!</h1>";
  const bool wants_nonce = call.request.method == http::Method::post || call.kind == RequestKind::new_nonce;
  if (wants_nonce && !strike(FaultKind::missing_nonce)) answer.fields.set("Replay-Nonce", memory.nonces.make(random));
  answer.fields.add("Link", "<" + settings.origin + "/directory>;rel=\"index\"");
  const auto date_off = strike(FaultKind::date_off);
  answer.fields.set("Date", to_http_date(call.now + (date_off ? date_off->delay : Duration{})));
  if (strike(FaultKind::half_body)) answer.body.resize(answer.body.size() / 2);
  if (strike(FaultKind::truncated_body)) delivery.wire = Delivery::Wire::cut_halfway;
  if (const auto slow = strike(FaultKind::slow_body)) {
    delivery.wire = Delivery::Wire::slow;
    delivery.delay = slow->delay;
  }
}

}  // namespace carillon::testca
