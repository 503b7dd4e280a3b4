// See webhook.hpp.

#include "notify/webhook.hpp"

#include "base/foreign/masking.hpp"
#include "base/json.hpp"
#include "base/mutex.hpp"
#include "base/text.hpp"
#include "crypto/hmac.hpp"

#include <boost/json.hpp>

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <vector>

namespace carillon::notify {
namespace {

namespace json = boost::json;

constexpr std::size_t kLongestWords = 200;
constexpr ByteCount kLargestAnswer{64ULL << 10};
constexpr std::uint64_t kLongestRest = 3'600;  ///< seconds that another server can make a message wait
constexpr std::size_t kMaxProgress = 256;      ///< messages that were sent in part; others are sent again as a whole

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

Outcome outcome_of(int status, Shape shape) noexcept {
  if (status >= 200 && status < 300) return Outcome::delivered;
  if (status >= 500 || status == 429 || status == 408 || status == 425) return Outcome::later;
  if (status < 400 || status == 401 || status == 403 || status == 404 || status == 405 || status == 410) return Outcome::misconfigured;
  // Only our own format has a recipient whom the server could refuse. Of services, 400 also means a deleted webhook (Mattermost) or one
  // that is switched off (Teams).
  return shape == Shape::carillon ? Outcome::refused : Outcome::misconfigured;
}

/// What tells a request from the others of its message: the incident and what happens to it (PagerDuty), otherwise its whole content.
std::string key_of(const http::OutgoingRequest& request) {
  boost::system::error_code wrong;
  const auto body = json::parse(request.body, wrong);
  const auto* event = wrong ? nullptr : body.if_object();
  const auto* incident = event != nullptr ? event->if_contains("dedup_key") : nullptr;
  if (incident == nullptr || !incident->is_string()) return std::to_string(std::hash<std::string>{}(request.body));
  const auto* action = event->if_contains("event_action");
  const auto* what = action != nullptr ? action->if_string() : nullptr;
  return std::string(incident->get_string()) + " " + (what != nullptr ? std::string(*what) : std::string{});
}

/// How long to wait: the header field in seconds, or Telegram's and Matrix's members in the body.
std::optional<std::chrono::seconds> retry_after_of(const http::OutgoingAnswer& answer) {
  const auto bounded = [](std::uint64_t number) { return std::chrono::seconds{std::min<std::uint64_t>(number, kLongestRest)}; };
  if (const auto field = answer.fields.get("Retry-After")) {
    if (const auto number = parse_number(trimmed(*field))) return bounded(*number);
  }
  boost::system::error_code bad;
  const auto body = json::parse(answer.body, bad);
  if (bad || !body.is_object()) return {};
  const auto number_at = [](const json::object& object, std::string_view name) -> std::optional<std::uint64_t> {
    const auto* value = object.if_contains(name);
    if (value == nullptr || !value->is_int64() || value->get_int64() < 0) return {};
    return static_cast<std::uint64_t>(value->get_int64());
  };
  if (const auto milliseconds = number_at(body.get_object(), "retry_after_ms")) return bounded((*milliseconds + 999) / 1'000);
  if (const auto* parameters = body.get_object().if_contains("parameters"); parameters != nullptr && parameters->is_object()) {
    if (const auto seconds = number_at(parameters->get_object(), "retry_after")) return bounded(*seconds);
  }
  return {};
}

std::vector<std::string> secrets_of(const WebhookSettings& settings) {
  std::vector<std::string> secrets{settings.secret, settings.service.token};
  for (const auto& url : {settings.url, settings.service.url}) {
    for (auto& secret : secrets_in_url(url)) secrets.push_back(std::move(secret));
  }
  return secrets;
}

class WebhookChannel final : public Channel {
 public:
  WebhookChannel(WebhookSettings settings, http::Outgoing& outgoing, const Clock& clock)
      : settings_{std::move(settings)}, mask_{secrets_of(settings_)}, outgoing_{outgoing}, clock_{clock} {}

  [[nodiscard]] std::string_view name() const noexcept override { return settings_.name; }

  [[nodiscard]] bool follows_acknowledgments() const noexcept override { return settings_.service.shape == Shape::pagerduty; }

  [[nodiscard]] Delivery deliver(const Message& message) override {
    if (settings_.service.shape == Shape::carillon) return exchange(signed_request(message));
    auto requests = requests_for(settings_.service, message, clock_.now());
    Delivery last{.outcome = Outcome::delivered, .detail = {}};
    auto accepted = accepted_before(message.id);
    for (auto& request : requests) {
      const auto key = key_of(request);
      if (accepted.contains(key)) continue;
      last = exchange(std::move(request));
      if (last.outcome != Outcome::delivered) {
        remember(message.id, std::move(accepted));
        return last;
      }
      accepted.insert(key);
    }
    remember(message.id, {});
    return last;
  }

 private:
  [[nodiscard]] http::OutgoingRequest signed_request(const Message& message) const {
    http::OutgoingRequest request;
    request.method = http::Method::post;
    request.url = settings_.url;
    request.body = body_of(message);
    request.fields.add("Content-Type", "application/json");
    request.fields.add("Carillon-Signature", webhook_signature(settings_.secret, clock_.now(), request.body));
    return request;
  }

  [[nodiscard]] Delivery exchange(http::OutgoingRequest request) {
    request.fields.add("User-Agent", "Carillon");
    request.deadline = settings_.deadline;
    request.most = kLargestAnswer;
    request.trust = settings_.trust;
    request.reach = settings_.reach;
    const auto answer = outgoing_.exchange(request);
    if (!answer) {
      const bool passes = answer.error().kind == ErrorKind::unavailable || answer.error().kind == ErrorKind::internal;
      return {passes ? Outcome::later : Outcome::misconfigured, mask_.masked(answer.error().message)};
    }
    auto words = std::to_string(answer->status) + " " + std::string(http::reason_of(answer->status));
    // What a server answers to a failure often says why; to a success it says nothing anybody needs.
    const auto outcome = outcome_of(answer->status, settings_.service.shape);
    if (outcome != Outcome::delivered && !answer->body.empty()) {
      const auto shown = mask_.masked(answer->body);
      std::string line{cut_to(shown, kLongestWords)};
      for (char& c : line) {
        if (static_cast<unsigned char>(c) < 0x20) c = ' ';
      }
      words += ": " + clean_for_xml(trimmed(line));
    }
    return {outcome, std::move(words), outcome == Outcome::later ? retry_after_of(*answer) : std::nullopt};
  }

  /// Which of a message's requests have been accepted already, if it is sent again after a failure: by what they are about, because the
  /// next time the message may be without those incidents that are resolved by then.
  std::set<std::string> accepted_before(const std::string& id) {
    const Lock lock{mutex_};
    const auto found = progress_.find(id);
    return found == progress_.end() ? std::set<std::string>{} : found->second;
  }
  void remember(const std::string& id, std::set<std::string> accepted) {
    const Lock lock{mutex_};
    if (accepted.empty()) {
      progress_.erase(id);
    } else if (progress_.size() < kMaxProgress || progress_.contains(id)) {
      progress_[id] = std::move(accepted);
    }
  }

  WebhookSettings settings_;
  Mask mask_;  ///< a server may repeat what it was sent
  http::Outgoing& outgoing_;
  const Clock& clock_;
  Mutex mutex_;
  std::map<std::string, std::set<std::string>> progress_ GUARDED_BY(mutex_);
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
