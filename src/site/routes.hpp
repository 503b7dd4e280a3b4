#pragma once
// The site's route table: method, path, permission, handler.

#include "http/router.hpp"
#include "site/handlers.hpp"

#include <span>

namespace carillon::site {

/// Sorted by path; everything is for everyone.
[[nodiscard]] std::span<const http::Route<Handlers>> routes() noexcept;

}  // namespace carillon::site
