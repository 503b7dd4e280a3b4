// See webhook.hpp.

#include "notify/webhook.hpp"

#include "base/json.hpp"
#include "base/text.hpp"
#include "crypto/hmac.hpp"

#include <boost/json.hpp>

namespace carillon::notify {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestWords = 200;
constexpr ByteCount kLargestAnswer{64ULL << 10};

std::string body_of(const Message& message) {
  json::object body;
  body["id"] = message.id;
  body["to"] = message.to;
  body["at"] = to_rfc3339(message.at);
  body["subject"] = clean_for_xml(message.subject);
  body["text"] = clean_for_xml(message.text);
  body["urgent"] = message.urgent;
  boost::system::error_code wrong;
  auto facts = json::parse(message.json, wrong);
  body["facts"] = !wrong && facts.is_object() ? std::move(facts) : json::value(json::object{});
  return json_text(body);
}

Outcome outcome_of(int status) noexcept {
  if (status >= 200 && status < 300) return Outcome::delivered;
  if (status >= 500 || status == 429 || status == 408 || status == 425) return Outcome::later;
  if (status < 400 || status == 401 || status == 403 || status == 404 || status == 405 || status == 410) return Outcome::misconfigured;
  return Outcome::refused;
}

class WebhookChannel final : public Channel {
 public:
  WebhookChannel(WebhookSettings settings, http::Outgoing& outgoing, const Clock& clock)
      : settings_{std::move(settings)}, outgoing_{outgoing}, clock_{clock} {}

  [[nodiscard]] std::string_view name() const noexcept override { return settings_.name; }

  [[nodiscard]] Delivery deliver(const Message& message) override {
    http::OutgoingRequest request;
    request.method = http::Method::post;
    request.url = settings_.url;
    request.body = body_of(message);
    request.fields.add("Content-Type", "application/json");
    request.fields.add("User-Agent", "Carillon");
    request.fields.add("Carillon-Signature", webhook_signature(settings_.secret, clock_.now(), request.body));
    request.deadline = settings_.deadline;
    request.most = kLargestAnswer;
    request.trust = settings_.trust;
    request.reach = settings_.reach;
    const auto answer = outgoing_.exchange(request);
    if (!answer) {
      const bool passes = answer.error().kind == ErrorKind::unavailable || answer.error().kind == ErrorKind::internal;
      return {passes ? Outcome::later : Outcome::misconfigured, answer.error().message};
    }
    auto words = std::to_string(answer->status) + " " + std::string(http::reason_of(answer->status));
    // What a server answers to a failure often says why; to a success it says nothing anybody needs.
    const auto outcome = outcome_of(answer->status);
    if (outcome != Outcome::delivered && !answer->body.empty()) {
      std::string line{cut_to(answer->body, kLongestWords)};
      for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
      }
      words += ": " + clean_for_xml(trimmed(line));
    }
    return {outcome, std::move(words)};
  }

 private:
  WebhookSettings settings_;
  http::Outgoing& outgoing_;
  const Clock& clock_;
};

}  // namespace

std::string webhook_signature(std::string_view secret, Time at, std::string_view body) {
  const auto seconds = std::to_string(std::chrono::floor<std::chrono::seconds>(at).time_since_epoch().count());
  const auto signed_text = seconds + "." + std::string(body);
  return "t=" + seconds + ",v1=" + crypto::hmac_sha256(as_bytes(secret), as_bytes(signed_text)).hex();
}

std::unique_ptr<Channel> make_webhook_channel(WebhookSettings settings, http::Outgoing& outgoing, const Clock& clock) {
  return std::make_unique<WebhookChannel>(std::move(settings), outgoing, clock);
}

}  // namespace carillon::notify
