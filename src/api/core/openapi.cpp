// GET /api/v1/openapi.json. See openapi.hpp.

#include "api/core/openapi.hpp"

#include "base/compress.hpp"
#include "crypto/sha256.hpp"
#include "http/conditional.hpp"

namespace carillon::api {
namespace embedded {

extern const std::string_view openapi_json;

}  // namespace embedded

namespace {

constexpr std::size_t kTagLength = 32;

http::Representation made_once() {
  const auto document = openapi_document();
  return {.body = Body::of(std::string(document)),
          .etag = "\"" + crypto::sha256(as_bytes(document)).hex().substr(0, kTagLength) + "\"",
          .last_modified = {},
          .content_type = "application/json",
          .cache_control = "public, max-age=300",  // another version of the program brings another document
          .ranges = false,
          .gzip = Body::of(gzip(document))};
}

}  // namespace

std::string_view openapi_document() noexcept { return embedded::openapi_json; }

http::Response document_answer(const http::Request& request) {
  static const auto document = made_once();
  return http::represent(request, document);
}

}  // namespace carillon::api
