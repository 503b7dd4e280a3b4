#pragma once
// What answers of several rooms have in common.

#include "http/message.hpp"

#include <optional>

namespace carillon::site {

/// Cache-Control of what never changes at its address.
inline constexpr std::string_view kForEver = "public, max-age=31536000, immutable";

/// Whether web players and scripts of other sites may read what is at this path: feeds, audio, pictures, chapters, transcripts, oEmbed.
[[nodiscard]] bool is_open_to_every_origin(std::string_view path);
/// Says so (Fetch standard, CORS): on every answer, since a script that may not read an error can't tell it from a lost connection, and a
/// redirect that isn't open ends the request.
void open_to_every_origin(http::Response& response);
/// The answer to a browser that asks first (a preflight).
[[nodiscard]] http::Response preflight();

/// The one path for what people also write with a slash at the end, doubled slashes, capitals, or ".xml" behind a feed's name; none if
/// `path` is that path. Only names that have no capitals are touched.
[[nodiscard]] std::optional<std::string> tidied(std::string_view path);
/// As a path goes into an address: what isn't unreserved is escaped, slashes stay.
[[nodiscard]] std::string encoded_path(std::string_view path);

/// 301 for those who only read, since the oldest programs know it and nothing else; 308 for others, who must keep their method.
[[nodiscard]] int permanent_redirect_for(http::Method method);
/// 410: what was public at this address was deleted, and apps need not ask again (RFC 9110 §15.5.11).
[[nodiscard]] http::Response gone(std::string sentence);

}  // namespace carillon::site
