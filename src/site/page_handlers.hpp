#pragma once
// What the handlers of pages have in common.

#include "site/handlers.hpp"

namespace carillon::site {

inline constexpr std::string_view kHtml = "text/html; charset=utf-8";
inline constexpr std::string_view kPageCaching = "public, max-age=60";

[[nodiscard]] http::Response kept_response(const http::Request& request, const KeptPage& kept);

}  // namespace carillon::site
