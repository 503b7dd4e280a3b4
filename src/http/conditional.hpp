#pragma once
// Conditional requests and ranges of one representation (RFC 9110 §13, §14).

#include "http/message.hpp"

namespace carillon::http {

/// One sequence of bytes with its validators.
struct Representation {
  Body body;
  std::string etag;                   ///< strong, with its quotes: "\"abc\""
  std::optional<Time> last_modified;  ///< compared by whole seconds
  std::string content_type;
  std::string cache_control;  ///< "" omits the field
  bool ranges = false;        ///< supports Range and sends Accept-Ranges: bytes
  std::optional<Body> gzip;   ///< the same, compressed once; has the ETag with "-gzip" before the closing quote, and adds Vary
};

/// Handles GET and HEAD: If-Match and If-Unmodified-Since (412), If-None-Match and If-Modified-Since (304), If-Range, Range.
/// One range: 206; suffix and open-ended ones too; several ranges: 200 with the whole; one that cannot be satisfied: 416 with
/// `Content-Range: bytes */LENGTH`; a malformed Range is ignored. HEAD ignores Range (RFC 9110 §14.2).
[[nodiscard]] Response represent(const Request& request, Representation representation);

}  // namespace carillon::http
