#pragma once
// What every answer tells browsers to be careful about, in one place. Whoever makes a page says in its policy what it may load.

#include "http/message.hpp"

namespace carillon::http {

/// Adds `X-Content-Type-Options: nosniff`; to pages with a policy `Content-Security-Policy` and `Referrer-Policy`; and to answers over TLS
/// `Strict-Transport-Security` (RFC 6797) for a year: for this name alone, not what is below it, and neither for addresses nor for names
/// that mean the machine itself, where other programs answer without TLS.
void add_security_fields(Response& response, std::string_view host, bool encrypted);

}  // namespace carillon::http
