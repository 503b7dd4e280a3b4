#pragma once
// The OpenAPI document of this API, written by hand in openapi.json. api/openapi_test.cpp checks it against the route tables.

#include "http/message.hpp"

#include <string_view>

namespace carillon::api {

/// OpenAPI 3.1, as it is served at /api/v1/openapi.json.
[[nodiscard]] std::string_view openapi_document() noexcept;
/// With its ETag, compressed if the client accepts that. Any event loop.
[[nodiscard]] http::Response document_answer(const http::Request& request);

}  // namespace carillon::api
