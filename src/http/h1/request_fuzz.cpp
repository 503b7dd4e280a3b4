// Bytes from a stranger as an HTTP/1.1 request: head, then a chunked body cut anywhere. What is accepted must mean the same when it is
// written down again.

#include "http/h1/chunked.hpp"
#include "http/h1/request_head.hpp"

#include <cstdlib>

namespace {

using namespace carillon;

void require(bool condition) {
  if (!condition) std::abort();
}

void check_head(std::string_view bytes) {
  const auto end = http::h1::end_of_head(bytes);
  if (!end) return;
  const auto head = http::h1::parse_request_head(bytes.substr(0, *end));
  if (!head) {
    require(head.error().status >= 400 && !head.error().sentence.empty());
    return;
  }
  require(head->path == "*" || head->path.starts_with('/'));
  require(!head->path.contains('\0'));
  std::string again =
      std::string(http::name_of(head->method)) + " " + head->target + " HTTP/1." + std::to_string(head->minor_version) + "\r\n";
  for (const auto& line : head->fields.lines()) again += line.name + ":" + line.value + "\r\n";
  const auto second = http::h1::parse_request_head(again + "\r\n");
  require(second.has_value());
  require(second->path == head->path && second->host == head->host && second->framing == head->framing &&
          second->content_length == head->content_length);
}

/// The whole content, fed in pieces of `size`; none when it is malformed or not whole.
std::optional<std::string> decoded(std::string_view bytes, std::size_t size) {
  http::h1::ChunkedDecoder decoder;
  std::string content;
  while (!bytes.empty() && !decoder.done()) {
    auto piece = bytes.substr(0, size);
    bytes.remove_prefix(piece.size());
    while (!piece.empty() && !decoder.done()) {
      const auto step = decoder.take(piece);
      if (!step) return {};
      require(step->used <= piece.size() && step->content.size() <= step->used);
      content += step->content;
      piece.remove_prefix(step->used);
    }
  }
  if (!decoder.done()) return {};
  return content;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  const std::string_view bytes{reinterpret_cast<const char*>(data) + 1, size - 1};
  check_head(bytes);
  // However the network cuts it, it means the same.
  require(decoded(bytes, 1 + data[0] % 16) == decoded(bytes, bytes.size() + 1));
  return 0;
}
