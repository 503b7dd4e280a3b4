#pragma once
// The API's route table: method, path, permission, handler.

#include "api/podcast/api.hpp"

#include <span>

namespace carillon::api {

/// Sorted by path, then method. The OpenAPI document and the tests of permissions are held to it.
[[nodiscard]] std::span<const Route<Api>> routes() noexcept;

}  // namespace carillon::api
