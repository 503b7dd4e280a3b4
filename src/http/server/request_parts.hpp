#pragma once
// The parts of a request that all HTTP versions check in the same way: field names and values, host, path. Pure: no I/O.

#include "http/server/exchange.hpp"

namespace carillon::http {

/// Limits for requests; beyond these, 431 or 414.
inline constexpr std::size_t kMaxFields = 100;
inline constexpr std::size_t kLongestTarget = 8 * 1024;

/// RFC 9110 §5.6.2
[[nodiscard]] bool is_token(std::string_view text) noexcept;
/// RFC 9110 §5.5: visible characters, bytes beyond ASCII, spaces and tabs between.
[[nodiscard]] bool is_field_value(std::string_view text) noexcept;
/// Without spaces and tabs at its start and end.
[[nodiscard]] std::string_view without_blanks(std::string_view text) noexcept;

/// "example.org:8443", "[::1]" → host in lower case without port; none if it isn't a uri-host (RFC 9110 §7.2).
[[nodiscard]] std::optional<std::string> host_of(std::string_view authority);

/// A path, decoded and normal, and what is after its '?', as sent.
struct PathAndQuery {
  std::string path;
  std::string query;
};
/// Of the origin form (RFC 9112 §3.2.1). An encoded slash, a NUL, invalid UTF-8 and segments "." and ".." are refused.
[[nodiscard]] std::expected<PathAndQuery, Refusal> path_of(std::string_view origin_form);

/// Whether it has only characters that need no encoding, and no fragment.
[[nodiscard]] bool is_target(std::string_view text) noexcept;

}  // namespace carillon::http
