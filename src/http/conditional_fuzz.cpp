// Fuzz target: conditions and ranges from a stranger, each line a field. What is answered is never more than there is, and says what it is.

#include "base/text.hpp"
#include "http/conditional.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

namespace {

using namespace carillon;

void check(bool holds) {
  if (!holds) std::abort();
}

constexpr std::string_view kWhole = "0123456789";
constexpr std::array<std::string_view, 8> kFields{
    "Range", "If-Range", "If-Match", "If-None-Match", "X-Ignored", "If-Modified-Since", "If-Unmodified-Since", "Accept-Encoding"};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  http::Request request;
  request.method = (data[0] & 1) != 0 ? http::Method::head : http::Method::get;
  const bool compressed = (data[0] & 2) != 0;
  // The first byte of each line chooses the field.
  for (const auto line : split({reinterpret_cast<const char*>(data) + 1, size - 1}, '\n')) {
    if (line.empty()) continue;
    request.fields.add(std::string(kFields[static_cast<unsigned char>(line[0]) % kFields.size()]), std::string(line.substr(1)));
  }
  http::Representation representation;
  representation.body = Body::of(std::string(kWhole));
  representation.etag = "\"v1\"";
  representation.last_modified = Time{std::chrono::days{20'000}};
  representation.content_type = "text/plain";
  representation.ranges = true;
  if (compressed) representation.gzip = Body::of("zip");
  const auto response = http::represent(request, std::move(representation));
  const auto body = whole(response.body).value();
  switch (response.status) {
    case 200:
      check(body == kWhole || (compressed && body == "zip"));
      break;
    case 206:
      check(!body.empty() && kWhole.contains(body) && response.fields.get("Content-Range").has_value());
      break;
    case 304:
      check(body.empty());
      break;
    case 412:
    case 416:
      break;
    default:
      std::abort();
  }
  return 0;
}
