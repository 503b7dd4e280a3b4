#pragma once
// The security header fields of every response. A page's policy defines what it may load.

#include "http/message.hpp"

namespace carillon::http {

/// Adds `X-Content-Type-Options: nosniff`; for pages with a policy `Content-Security-Policy` and `Referrer-Policy`; and for responses over
/// TLS `Strict-Transport-Security` (RFC 6797) for a year: only for this name, without subdomains, and not for IP addresses or names of the
/// local machine, where other programs may serve plain HTTP.
void add_security_fields(Response& response, std::string_view host, bool encrypted);

}  // namespace carillon::http
