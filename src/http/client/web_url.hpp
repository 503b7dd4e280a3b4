#pragma once
// Checks URLs that people write into the configuration.

#include "base/result.hpp"

#include <string_view>

namespace carillon::http {

struct WebUrlRules {
  bool https_only = false;
  bool may_have_user = false;  ///< USER:PASSWORD@, sent as Basic authentication
};

/// Whether `text` is an absolute http: or https: URL in ASCII (RFC 3986) with a host and, if at all, a port from 1 to 65535, and without a
/// fragment, which isn't sent. `invalid`; the message is a clause that doesn't repeat the URL, which may be a secret: “its port isn't a
/// number from 1 to 65535”.
[[nodiscard]] Result<> check_web_url(std::string_view text, const WebUrlRules& rules = {});

}  // namespace carillon::http
