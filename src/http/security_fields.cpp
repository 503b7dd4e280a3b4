// See security_fields.hpp.

#include "http/security_fields.hpp"

#include "net/address.hpp"

namespace carillon::http {
namespace {

constexpr std::string_view kOneYear = "max-age=31536000";

/// RFC 6761 §6.3, and RFC 6797 §8.1.1: an address is no known HSTS host.
bool is_named_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return !host.empty() && host != "localhost" && !host.ends_with(".localhost") && !host.ends_with(".localdomain") &&
         !net::IpAddress::parse(host);
}

}  // namespace

void add_security_fields(Response& response, std::string_view host, bool encrypted) {
  if (!response.fields.get("X-Content-Type-Options")) response.fields.add("X-Content-Type-Options", "nosniff");
  if (encrypted && is_named_host(host)) response.fields.set("Strict-Transport-Security", std::string{kOneYear});
}

}  // namespace carillon::http
