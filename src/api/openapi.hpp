#pragma once
// The OpenAPI document: the contract of this API, written by hand in openapi.json and held to the route tables by openapi_test.cpp.

#include <string_view>

namespace carillon::api {

/// OpenAPI 3.1, as it is served at /api/v1/openapi.json.
[[nodiscard]] std::string_view openapi_document() noexcept;

}  // namespace carillon::api
