#pragma once
// Pages with a secret in their URL.

#include "http/message.hpp"

namespace carillon::site {

/// Nobody stores it, learns its URL or frames it.
[[nodiscard]] http::Response private_page(int status, std::string html);

}  // namespace carillon::site
