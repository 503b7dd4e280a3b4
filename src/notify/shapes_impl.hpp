#pragma once
// What the shapes have in common: texts and their lengths, requests.

#include "notify/shapes.hpp"

#include <boost/json/object.hpp>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::notify {

/// The message's text and recipient, for a place that several people read.
[[nodiscard]] std::string text_for_all(const Message& message);

/// At most `limit` UTF-16 code units, which is how the services count that count characters; ends with “…” if something is missing, which
/// is a whole link or none of it.
[[nodiscard]] std::string shortened_to_units(std::string_view text, std::size_t limit);
/// At most `limit` bytes, cut between characters; otherwise the same.
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
