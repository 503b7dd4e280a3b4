// Pagers and push services: PagerDuty (Events API v2), ntfy (“Publish as JSON”), Gotify (“Push messages”). See shapes_impl.hpp.

#include "base/json.hpp"
#include "base/text.hpp"
#include "notify/shapes_impl.hpp"

#include <boost/json.hpp>

namespace carillon::notify {
namespace json = boost::json;
namespace {

constexpr std::string_view kPagerDuty = "https://events.pagerduty.com/v2/enqueue";
constexpr std::size_t kPagerDutySummary = 1'024;  ///< characters
constexpr std::size_t kPagerDutyDetail = 8'192;   ///< of each text; an event may have 512 KiB
constexpr std::size_t kNtfyMessage = 4'096;       ///< bytes; longer ones become attachments
constexpr std::size_t kNtfyTitle = 250;           ///< bytes
constexpr std::size_t kGotifyMessage = 32'768;    ///< bytes
constexpr std::chrono::hours kSoon{24};

std::string_view severity_of(const Fact& fact, Time now) {
  if (!fact.noticed_at) return "warning";
  return *fact.noticed_at <= now ? "critical" : *fact.noticed_at - now < kSoon ? "error" : "warning";
}

struct Urgency {
  int ntfy;    ///< 1–5
  int gotify;  ///< 0–10
  std::string_view tag;
};

Urgency urgency_of(MessageKind kind, bool urgent) {
  switch (kind) {
    case MessageKind::alarm:
      return urgent ? Urgency{5, 10, "rotating_light"} : Urgency{4, 7, "warning"};
    case MessageKind::acknowledged:
    case MessageKind::closing:
      return {3, 4, "white_check_mark"};
    case MessageKind::test:
      break;
  }
  return {3, 4, "bell"};
}

json::object event_of(const ShapeSettings& settings, std::string_view action, std::string_view key) {
  return {{"routing_key", settings.token}, {"event_action", action}, {"dedup_key", key}};
}

}  // namespace

std::vector<http::OutgoingRequest> pagerduty_requests(const ShapeSettings& settings, const Message& message, Time now) {
  const auto& facts = message.facts;
  const std::string url{settings.url.empty() ? kPagerDuty : std::string_view{settings.url}};
  std::vector<http::OutgoingRequest> requests;
  if (facts.kind == MessageKind::test) {
    auto event = event_of(settings, "trigger", message.id);
    event["client"] = "Carillon";
    event["payload"] = json::object{{"summary", clean_for_xml(message.subject)}, {"source", "Carillon"}, {"severity", "info"}};
    requests.push_back(post_of(url, event));
    requests.push_back(post_of(url, event_of(settings, "resolve", message.id)));
    return requests;
  }
  if (facts.kind == MessageKind::alarm && facts.incidents.empty()) {
    auto event = event_of(settings, "trigger", message.id);
    event["client"] = "Carillon";
    event["payload"] = json::object{{"summary", shortened_to_units(clean_for_xml(message.subject), kPagerDutySummary)},
                                    {"source", "Carillon"},
                                    {"severity", message.urgent ? "critical" : "warning"}};
    requests.push_back(post_of(url, event));
  }
  for (const auto& fact : facts.incidents) {
    if (facts.kind != MessageKind::alarm) {
      requests.push_back(post_of(url, event_of(settings, facts.kind == MessageKind::closing ? "resolve" : "acknowledge", fact.id)));
      continue;
    }
    auto event = event_of(settings, "trigger", fact.id);
    event["client"] = "Carillon";
    event["payload"] =
        json::object{{"summary", shortened_to_units(fact.what, kPagerDutySummary)},
                     {"source", fact.subject},
                     {"severity", severity_of(fact, now)},
                     {"timestamp", to_rfc3339(fact.opened_at)},
                     {"class", fact.kind},
                     {"custom_details", json::object{{"If nothing is done", shortened_to_units(fact.consequence, kPagerDutyDetail)},
                                                     {"What to do", shortened_to_units(fact.remedy, kPagerDutyDetail)}}}};
    if (!fact.link.empty()) event["links"] = json::array{json::object{{"href", fact.link}, {"text", "Acknowledge in Carillon"}}};
    requests.push_back(post_of(url, event));
  }
  return requests;
}

http::OutgoingRequest ntfy_request(const ShapeSettings& settings, const Message& message) {
  const auto& facts = message.facts;
  const auto urgency = urgency_of(facts.kind, message.urgent);
  const auto slash = settings.url.rfind('/');
  json::object body{{"topic", settings.url.substr(slash + 1)},
                    {"title", shortened_to_bytes(clean_for_xml(message.subject), kNtfyTitle)},
                    {"message", shortened_to_bytes(text_for_all(message), kNtfyMessage)},
                    {"priority", urgency.ntfy},
                    {"tags", json::array{urgency.tag}}};
  if (!facts.link.empty()) body["click"] = facts.link;
  auto request = post_of(settings.url.substr(0, slash + 1), body);
  if (!settings.token.empty()) request.fields.add("Authorization", "Bearer " + settings.token);
  return request;
}

http::OutgoingRequest gotify_request(const ShapeSettings& settings, const Message& message) {
  const auto& facts = message.facts;
  json::object body{{"title", clean_for_xml(message.subject)},
                    {"message", shortened_to_bytes(text_for_all(message), kGotifyMessage)},
                    {"priority", urgency_of(facts.kind, message.urgent).gotify}};
  json::object extras{{"client::display", json::object{{"contentType", "text/plain"}}}};
  if (!facts.link.empty()) extras["client::notification"] = json::object{{"click", json::object{{"url", facts.link}}}};
  body["extras"] = std::move(extras);
  auto request = post_of(url_at(settings.url, "/message"), body);
  request.fields.add("X-Gotify-Key", settings.token);
  return request;
}

}  // namespace carillon::notify
