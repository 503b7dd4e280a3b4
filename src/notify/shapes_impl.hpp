#pragma once
// What the shapes have in common: the facts in a message, and lengths.

#include "notify/shapes.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::notify {

enum class MessageKind { alarm, acknowledged, closing, test };

/// One incident of a message.
struct Fact {
  std::string id, kind, subject, what, consequence, remedy, link;
  std::string opened_at;  ///< RFC 3339
  std::optional<Time> noticed_at;
};

/// The data in Message::json.
struct Facts {
  MessageKind kind = MessageKind::alarm;  ///< also if the data can't be read: an alarm must never be taken for a test
  std::vector<Fact> incidents;
  std::string link;  ///< acknowledges everything in the message; "" if there is nothing to acknowledge
};
[[nodiscard]] Facts facts_of(const Message& message);

/// The message's text and recipient, for a place that several people read.
[[nodiscard]] std::string text_for_all(const Message& message);

/// At most `limit` UTF-16 code units, which is how the services count that count characters; ends with “…” if something is missing.
[[nodiscard]] std::string shortened_to_units(std::string_view text, std::size_t limit);
/// At most `limit` bytes, cut between characters; ends with “…” if something is missing.
[[nodiscard]] std::string shortened_to_bytes(std::string_view text, std::size_t limit);

/// Renders `text` and, while the result is longer than `limit` bytes, less and less of it.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t limit, const std::function<std::string(std::string_view)>& render);

/// POST of a JSON object.
[[nodiscard]] http::OutgoingRequest post_of(std::string url, const boost::json::object& body);
/// `base` without a final slash, and `path`.
[[nodiscard]] std::string url_at(std::string_view base, std::string_view path);

[[nodiscard]] std::vector<http::OutgoingRequest> pagerduty_requests(const ShapeSettings& settings, const Message& message, Time now);
[[nodiscard]] http::OutgoingRequest ntfy_request(const ShapeSettings& settings, const Message& message);
[[nodiscard]] http::OutgoingRequest gotify_request(const ShapeSettings& settings, const Message& message);
[[nodiscard]] http::OutgoingRequest slack_request(const ShapeSettings& settings, const Message& message);
[[nodiscard]] http::OutgoingRequest mattermost_request(const ShapeSettings& settings, const Message& message);
[[nodiscard]] http::OutgoingRequest teams_request(const ShapeSettings& settings, const Message& message);
[[nodiscard]] http::OutgoingRequest discord_request(const ShapeSettings& settings, const Message& message);
[[nodiscard]] http::OutgoingRequest matrix_request(const ShapeSettings& settings, const Message& message);
[[nodiscard]] http::OutgoingRequest telegram_request(const ShapeSettings& settings, const Message& message);

}  // namespace carillon::notify
