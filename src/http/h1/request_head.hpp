#pragma once
// The head of an HTTP/1.1 request (RFC 9112 §2–§6), checked on the raw bytes. Pure: no I/O.

#include "http/server/request_parts.hpp"

namespace carillon::http::h1 {

/// A larger head is refused with 431.
inline constexpr std::size_t kLargestHeaderBlock = 32 * 1024;

enum class Framing { none, length, chunked };

struct RequestHead {
  Method method = Method::get;
  int minor_version = 1;  ///< HTTP/1.0 or 1.1
  std::string target;
  std::string path;
  std::string query;
  std::string host;
  Fields fields;
  Framing framing = Framing::none;
  std::uint64_t content_length = 0;
  bool keep_alive = true;
  bool expects_continue = false;
};

/// The end of the head (after the empty line) in the data so far; none: more is needed. A bare LF also ends it, so that the parser can
/// reject it.
[[nodiscard]] std::optional<std::size_t> end_of_head(std::string_view bytes) noexcept;

/// Parses one head, including its empty line. After an error the connection is closed, because the rest can't be trusted. Rejects
/// everything that two parsers could interpret differently: bare CR or LF, obs-fold, space before a colon, control characters,
/// Content-Length twice or beside Transfer-Encoding, a Transfer-Encoding other than `chunked`, Host missing or twice.
[[nodiscard]] std::expected<RequestHead, Refusal> parse_request_head(std::string_view bytes);

}  // namespace carillon::http::h1
