#pragma once
// The requests that services expect instead of Carillon's signed JSON: pagers, push services and chats. Pure: a message in, requests out.

#include "http/client/outgoing.hpp"
#include "notify/channel.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace carillon::notify {

enum class Shape {
  carillon,   ///< signed JSON, see webhook.hpp
  pagerduty,  ///< Events API v2
  ntfy,
  gotify,
  slack,       ///< incoming webhooks
  mattermost,  ///< incoming webhooks
  teams,       ///< a Workflows webhook, with an Adaptive Card
  discord,
  matrix,    ///< client-server API v3
  telegram,  ///< Bot API
};

/// `invalid` for any other word, with the words that are valid; "" is carillon.
[[nodiscard]] Result<Shape> shape_named(std::string_view word);
[[nodiscard]] std::string_view name_of(Shape shape) noexcept;

/// Where the messages of a channel go.
struct ShapeSettings {
  Shape shape = Shape::carillon;
  /// Of the service (Gotify, Matrix), the topic (ntfy) or the webhook, which is a secret itself. "": the usual one (PagerDuty, Telegram).
  std::string url;
  std::string token;  ///< a secret: PagerDuty's routing key, Telegram's bot token, an access token
  std::string room;   ///< Matrix: the room's ID, “!opaque:example.org”
  std::string chat;   ///< Telegram: the chat's number, or @CHANNEL
};

/// `invalid` if a setting is missing, malformed or unused by this shape; the error's field is its key (“token”).
[[nodiscard]] Result<> check(const ShapeSettings& settings);

/// For any shape but carillon, and settings that passed `check`. In order; each is idempotent if the service allows it, so a message can be
/// sent again. `now` decides how severe something is.
[[nodiscard]] std::vector<http::OutgoingRequest> requests_for(const ShapeSettings& settings, const Message& message, Time now);

}  // namespace carillon::notify
