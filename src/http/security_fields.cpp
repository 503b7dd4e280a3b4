// See security_fields.hpp.

#include "http/security_fields.hpp"

#include "base/ip/address.hpp"

namespace carillon::http {
namespace {

constexpr std::string_view kOneYear = "max-age=31536000";

/// RFC 6761 §6.3, and RFC 6797 §8.1.1: an address is no known HSTS host.
bool is_named_host(std::string_view host) {
  if (host.ends_with('.')) host.remove_suffix(1);
  return !host.empty() && host != "localhost" && !host.ends_with(".localhost") && !host.ends_with(".localdomain") &&
         !IpAddress::parse(host);
}

constexpr std::string_view kSelf = "'self'";

/// `sources` with `also` behind 'self'.
std::string with_also(std::string sources, std::string_view also) {
  const auto at = also.empty() ? std::string::npos : sources.find(kSelf);
  if (at != std::string::npos) sources.insert(at + kSelf.size(), " " + std::string(also));
  return sources;
}

std::string content_security_policy(const PagePolicy& policy) {
  std::string field = "default-src 'none'";
  const auto loads = [&](std::string_view directive, const std::string& sources) {
    if (!sources.empty()) field.append("; ").append(directive).append(" ").append(with_also(sources, policy.also_self));
  };
  loads("script-src", policy.scripts);
  loads("style-src", policy.styles);
  loads("img-src", policy.images);
  loads("media-src", policy.media);
  loads("connect-src", policy.connections);
  loads("frame-src", policy.frames);
  // These three don't follow default-src.
  const auto or_none = [](const std::string& sources) -> std::string_view {
    return sources.empty() ? "'none'" : std::string_view{sources};
  };
  field.append("; form-action ").append(or_none(policy.forms));
  field.append("; base-uri 'none'");
  field.append("; frame-ancestors ").append(or_none(policy.ancestors));
  return field;
}

}  // namespace

void add_security_fields(Response& response, std::string_view host, bool encrypted) {
  if (!response.fields.get("X-Content-Type-Options")) response.fields.add("X-Content-Type-Options", "nosniff");
  if (response.policy) {
    response.fields.set("Content-Security-Policy", content_security_policy(*response.policy));
    response.fields.set("Referrer-Policy", response.policy->referrer);
  }
  if (encrypted && is_named_host(host)) response.fields.set("Strict-Transport-Security", std::string{kOneYear});
}

}  // namespace carillon::http
