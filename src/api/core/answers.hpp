#pragma once
// Helpers for all API handlers.

#include "http/message.hpp"

#include <boost/json/object.hpp>

namespace carillon::api {

namespace asio = boost::asio;

[[nodiscard]] http::Response answer(int status, const boost::json::object& document);
/// The same with a strong ETag from the revision, for If-Match on the next edit (RFC 9110 §13.1.1).
[[nodiscard]] http::Response answer(int status, const boost::json::object& document, std::int64_t revision);

/// The revision that an editor saw, from If-Match: none without the field or with "*"; `conflict` if it isn't one of our revisions.
[[nodiscard]] Result<std::optional<std::int64_t>> seen_revision(const http::Request& request);

/// `error` as RFC 9457 problem; a `conflict` of an If-Match request is 412 (RFC 9110 §15.5.13).
[[nodiscard]] http::Response refusal(const Error& error, const http::Request& request);

/// The 412 after a concurrent edit, with what must be merged: `changed` (see differences()), and the current revision, also as ETag.
[[nodiscard]] http::Response changed_meanwhile(const Error& error, boost::json::object changed, std::int64_t revision);

/// Whether the method changes something: all but GET, HEAD and OPTIONS, which are safe (RFC 9110 §9.2.1).
[[nodiscard]] bool writes(http::Method method) noexcept;

}  // namespace carillon::api
