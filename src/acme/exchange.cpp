// See exchange.hpp.

#include "acme/exchange.hpp"

#include "acme/wire.hpp"
#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/jws.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

namespace carillon::acme {
namespace {

namespace json = boost::json;

/// A nonce costs a round trip and grows old: what one round of renewals needs is kept, no more.
constexpr std::size_t kMaxNonces = 16;
constexpr int kMaxBadNonces = 3;
/// A chain of ten certificates has 30 KiB.
constexpr ByteCount kLargestAnswer{256ULL << 10};
constexpr std::string_view kBadNonce = "badNonce";
constexpr std::string_view kUnknownAccount = "accountDoesNotExist";

constexpr int kBadRequest = 400;
constexpr int kNotFound = 404;
constexpr int kConflict = 409;
constexpr int kTooManyRequests = 429;
constexpr int kServerError = 500;

/// Would the same again help?
ErrorKind kind_of(int status) {
  if (status == kNotFound) return ErrorKind::not_found;
  if (status == kConflict) return ErrorKind::conflict;
  if (status >= kServerError || status == kTooManyRequests || status < kBadRequest) return ErrorKind::unavailable;
  return ErrorKind::refused;
}

}  // namespace

Exchange::Exchange(http::Outgoing& outgoing, Issuer issuer, crypto::PrivateKey key, std::string account)
    : outgoing_{outgoing},
      issuer_{std::move(issuer)},
      account_{std::move(account)},
      key_{std::make_shared<const crypto::PrivateKey>(std::move(key))} {}

std::shared_ptr<const crypto::PrivateKey> Exchange::key() const {
  const Lock lock{mutex_};
  return key_;
}

void Exchange::use_key(crypto::PrivateKey key) {
  const Lock lock{mutex_};
  key_ = std::make_shared<const crypto::PrivateKey>(std::move(key));
}

std::string Exchange::account() const {
  const Lock lock{mutex_};
  return account_;
}

void Exchange::use_account(std::string url) {
  const Lock lock{mutex_};
  account_ = std::move(url);
}

std::optional<Time> Exchange::last_date() const {
  const Lock lock{mutex_};
  return last_date_;
}

void Exchange::forget_directory() {
  const Lock lock{mutex_};
  directory_.reset();
  nonces_.clear();
}

Answer<Directory> Exchange::directory() {
  {
    const Lock lock{mutex_};
    if (directory_) return *directory_;
  }
  const std::string what = "return its directory";
  if (!wire::is_url_of_ca(issuer_.directory, issuer_.directory))
    return std::unexpected(
        Failure{.error = {.kind = ErrorKind::invalid,
                          .message = "The directory URL of " + issuer_.name + " doesn't start with https://: " + issuer_.directory}});
  const auto reply = get(issuer_.directory, what);
  if (!reply) return std::unexpected(reply.error());
  auto directory = wire::parse_directory(reply->body, issuer_.directory);
  if (!directory) return std::unexpected(unreadable(what, directory.error(), reply->status));
  const Lock lock{mutex_};
  directory_ = *directory;
  return std::move(*directory);
}

Answer<Reply> Exchange::get(const std::string& url, const std::string& what) {
  auto sent = send({.method = http::Method::get, .url = url}, what);
  if (!sent) return std::unexpected(sent.error());
  if (sent->answer.status < 200 || sent->answer.status >= 300) return std::unexpected(failure_of(*sent, what));
  keep_nonce(std::move(sent->nonce));
  return reply_of(std::move(*sent));
}

Answer<Reply> Exchange::post(const std::string& url, const std::string& payload, const std::string& what, SignedBy by,
                             std::string_view accept) {
  if (by == SignedBy::account && account().empty())
    return std::unexpected(refusal(what, "there is no account yet (accountDoesNotExist)", 0, kUnknownAccount));
  if (!wire::is_url_of_ca(url, issuer_.directory)) return std::unexpected(refusal(what, "the URL belongs to another server", 0, {}));
  auto fresh = nonce();
  for (int bad_nonces = 0;; ++bad_nonces) {
    if (!fresh) return std::unexpected(fresh.error());
    auto body = signed_body(url, payload, *fresh, by);
    if (!body) return std::unexpected(body.error());
    http::OutgoingRequest request{.method = http::Method::post, .url = url, .body = std::move(*body)};
    request.fields.add("Content-Type", "application/jose+json");
    if (!accept.empty()) request.fields.add("Accept", std::string(accept));
    auto sent = send(std::move(request), what);
    if (!sent) return std::unexpected(sent.error());
    if (sent->answer.status >= 200 && sent->answer.status < 300) {
      keep_nonce(std::move(sent->nonce));
      return reply_of(std::move(*sent));
    }
    auto failure = failure_of(*sent, what);
    if (failure.type != kBadNonce || bad_nonces == kMaxBadNonces) {
      keep_nonce(std::move(sent->nonce));
      return std::unexpected(std::move(failure));
    }
    // The nonce of the error is the one that is good now (RFC 8555 §6.5); what was kept has most likely gone stale with the refused one.
    drop_nonces();
    fresh = sent->nonce.empty() ? nonce() : Answer<std::string>{std::move(sent->nonce)};
  }
}

Answer<Exchange::Sent> Exchange::send(http::OutgoingRequest request, const std::string& what) {
  request.trust = issuer_.directory_trust;
  request.reach = http::Reach::anywhere;  // the operator named the directory, and its URLs are its own
  request.most = kLargestAnswer;
  request.fields.add("Accept-Language", "en");
  auto answer = outgoing_.exchange(request);
  if (!answer)
    return std::unexpected(
        Failure{.error = {.kind = answer.error().kind, .message = issuer_.name + " failed to " + what + ": " + answer.error().message},
                .status = 0,
                .type = answer.error().field,
                .retry_after = {}});
  Sent sent{.answer = std::move(*answer)};
  const auto& fields = sent.answer.fields;
  if (const auto value = fields.get("Replay-Nonce"); value && wire::is_base64url(*value) && value->size() <= wire::kLongestNonce)
    sent.nonce = *value;
  if (const auto value = fields.get("Date")) {
    if (const auto date = parse_http_date(*value)) {
      sent.date = *date;
      const Lock lock{mutex_};
      last_date_ = *date;
    }
  }
  return sent;
}

Reply Exchange::reply_of(Sent sent) {
  Reply reply{.status = sent.answer.status, .body = std::move(sent.answer.body)};
  if (const auto value = sent.answer.fields.get("Location")) reply.location = *value;
  if (const auto value = sent.answer.fields.get("Retry-After")) reply.retry_after = wire::parse_retry_after(*value, sent.date);
  for (const auto& line : sent.answer.fields.lines())
    if (equal_ignoring_case(line.name, "Link")) reply.links.push_back(line.value);
  return reply;
}

Failure Exchange::failure_of(const Sent& sent, const std::string& what) const {
  const int status = sent.answer.status;
  auto problem = wire::parse_problem(sent.answer.body);
  auto failure = refusal(what, problem.sentence + ", HTTP status " + std::to_string(status), status, problem.type);
  failure.error.kind = kind_of(status);
  failure.of_names = std::move(problem.of_names);
  if (const auto value = sent.answer.fields.get("Retry-After")) failure.retry_after = wire::parse_retry_after(*value, sent.date);
  return failure;
}

Failure Exchange::refusal(const std::string& what, const std::string& why, int status, std::string_view type) const {
  return {.error = {.kind = ErrorKind::refused, .message = issuer_.name + " didn't " + what + ": " + why + "."},
          .status = status,
          .type = std::string(type)};
}

Failure Exchange::unreadable(const std::string& what, const Error& why, int status) const {
  auto reason = why.message;
  while (reason.ends_with('.')) reason.pop_back();
  return {.error = {.kind = ErrorKind::unavailable,
                    .message = issuer_.name + " sent an unusable response when asked to " + what + ": " + reason + "."},
          .status = status};
}

Answer<std::string> Exchange::nonce() {
  {
    const Lock lock{mutex_};
    if (!nonces_.empty()) {
      auto youngest = std::move(nonces_.back());
      nonces_.pop_back();
      return youngest;
    }
  }
  const std::string what = "return a nonce";
  const auto directory = this->directory();
  if (!directory) return std::unexpected(directory.error());
  auto sent = send({.method = http::Method::head, .url = directory->new_nonce}, what);
  if (!sent) return std::unexpected(sent.error());
  if (sent->answer.status < 200 || sent->answer.status >= 300) return std::unexpected(failure_of(*sent, what));
  if (sent->nonce.empty()) return std::unexpected(unreadable(what, {.message = "the response contains no nonce"}, sent->answer.status));
  return std::move(sent->nonce);
}

Answer<std::string> Exchange::signed_body(const std::string& url, const std::string& payload, const std::string& nonce, SignedBy by) const {
  const auto key = this->key();
  json::object header{{"alg", "ES256"}, {"nonce", nonce}, {"url", url}};
  if (by == SignedBy::account) {
    header["kid"] = account();
  } else {
    header["jwk"] = json::parse(crypto::jwk_of(*key));
  }
  auto body = crypto::sign_es256(json_text(header), payload, *key);
  if (!body) return std::unexpected(Failure{.error = body.error()});
  return std::move(*body);
}

void Exchange::keep_nonce(std::string nonce) {
  if (nonce.empty()) return;
  const Lock lock{mutex_};
  nonces_.push_back(std::move(nonce));
  if (nonces_.size() > kMaxNonces) nonces_.pop_front();
}

void Exchange::drop_nonces() {
  const Lock lock{mutex_};
  nonces_.clear();
}

}  // namespace carillon::acme
