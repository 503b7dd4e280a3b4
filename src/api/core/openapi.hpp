#pragma once
// The OpenAPI document: the contract of this API, written by hand in openapi.json and held to the route tables by api/openapi_test.cpp.

#include "http/message.hpp"

#include <string_view>

namespace carillon::api {

/// OpenAPI 3.1, as it is served at /api/v1/openapi.json.
[[nodiscard]] std::string_view openapi_document() noexcept;
/// With its tag, compressed where the client takes that. Any event loop.
[[nodiscard]] http::Response document_answer(const http::Request& request);

}  // namespace carillon::api
