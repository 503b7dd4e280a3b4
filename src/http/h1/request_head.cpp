// See request_head.hpp.

#include "http/h1/request_head.hpp"

#include "base/text.hpp"

#include <algorithm>
#include <array>

namespace carillon::http::h1 {
namespace {

std::unexpected<Refusal> refuse(int status, std::string sentence) { return std::unexpected(Refusal{status, std::move(sentence)}); }

/// Takes a line off the front, which must end in CR LF and hold neither.
std::optional<std::string_view> take_line(std::string_view& bytes) noexcept {
  const auto end = bytes.find_first_of("\r\n");
  if (end == std::string_view::npos || !bytes.substr(end).starts_with("\r\n")) return {};
  const auto line = bytes.substr(0, end);
  bytes.remove_prefix(end + 2);
  return line;
}

/// Fills path and query.
std::optional<Refusal> read_path(RequestHead& head, std::string_view origin_form) {
  auto found = path_of(origin_form);
  if (!found) return std::move(found.error());
  head.path = std::move(found->path);
  head.query = std::move(found->query);
  return {};
}

std::optional<Refusal> read_target(RequestHead& head, std::string_view target) {
  if (!is_target(target)) return Refusal{400, "The URL contains characters that must be encoded."};
  head.target = target;
  if (target.starts_with('/')) return read_path(head, target);
  if (target == "*" && head.method == Method::options) {
    head.path = "*";
    return {};
  }
  for (const std::string_view scheme : {"http://", "https://"}) {
    if (target.size() <= scheme.size() || !equal_ignoring_case(target.substr(0, scheme.size()), scheme)) continue;
    const auto rest = target.substr(scheme.size());
    const auto end = rest.find_first_of("/?");
    const auto host = host_of(rest.substr(0, end));
    if (!host) return Refusal{400, "The URL doesn't contain a valid host."};
    head.host = *host;  // the absolute form wins over the Host field (RFC 9112 §3.2.2)
    auto origin_form = end == std::string_view::npos ? std::string("/") : std::string(rest.substr(end));
    if (origin_form.starts_with('?')) origin_form.insert(0, 1, '/');
    return read_path(head, origin_form);
  }
  return Refusal{400, "The path must begin with a slash."};
}

std::optional<Refusal> read_request_line(RequestHead& head, std::string_view line) {
  const auto first = line.find(' ');
  const auto last = line.rfind(' ');
  if (first == std::string_view::npos || first == last) return Refusal{400, "The request line isn't “METHOD URL HTTP/1.1”."};
  const auto method = line.substr(0, first);
  const auto target = line.substr(first + 1, last - first - 1);
  const auto version = line.substr(last + 1);
  if (!is_token(method)) return Refusal{400, "The method isn't valid."};
  const bool shaped = version.size() == 8 && version.starts_with("HTTP/") && version[6] == '.' && parse_number(version.substr(5, 1)) &&
                      parse_number(version.substr(7));
  if (!shaped) return Refusal{400, "The request line doesn't end with an HTTP version."};
  if (version != "HTTP/1.1" && version != "HTTP/1.0") return Refusal{505, "Only HTTP/1.0 and HTTP/1.1 are supported."};
  head.minor_version = version.back() - '0';
  if (target.size() > kLongestTarget) return Refusal{414, "The URL is longer than " + std::to_string(kLongestTarget) + " bytes."};
  const auto known = method_from(method);
  if (!known) return Refusal{501, "The method " + std::string(method.substr(0, 32)) + " isn't supported."};
  head.method = *known;
  return read_target(head, target);
}

std::optional<Refusal> read_field(RequestHead& head, std::string_view line) {
  if (line.starts_with(' ') || line.starts_with('\t')) return Refusal{400, "A header is folded across several lines."};
  const auto colon = line.find(':');
  if (colon == std::string_view::npos) return Refusal{400, "A header line has no colon."};
  const auto name = line.substr(0, colon);
  const auto value = without_blanks(line.substr(colon + 1));
  if (!is_token(name)) return Refusal{400, "A header's name isn't valid; is there a space before the colon?"};
  if (!is_field_value(value)) return Refusal{400, "A header contains control characters."};
  if (head.fields.lines().size() >= kMaxFields) return Refusal{431, "There are more than " + std::to_string(kMaxFields) + " headers."};
  head.fields.add(std::string(name), std::string(value));
  return {};
}

std::optional<Refusal> read_host(RequestHead& head) {
  const auto count = head.fields.count("Host");
  if (count > 1) return Refusal{400, "The Host header occurs more than once."};
  if (count == 0) return head.minor_version == 0 ? std::nullopt : std::optional{Refusal{400, "The Host header is missing."}};
  const auto host = host_of(*head.fields.get("Host"));
  if (!host) return Refusal{400, "The Host header doesn't contain a valid host."};
  if (head.host.empty()) head.host = *host;
  return {};
}

/// RFC 9112 §6.3, with everything doubtful refused.
std::optional<Refusal> read_framing(RequestHead& head) {
  const auto lengths = head.fields.count("Content-Length");
  const auto encodings = head.fields.count("Transfer-Encoding");
  if (lengths > 1) return Refusal{400, "Content-Length occurs more than once."};
  if (lengths > 0 && encodings > 0) return Refusal{400, "Content-Length and Transfer-Encoding can't be used together."};
  if (encodings > 0) {
    const bool chunked = encodings == 1 && equal_ignoring_case(*head.fields.get("Transfer-Encoding"), "chunked");
    if (!chunked || head.minor_version == 0) return Refusal{400, "Transfer-Encoding may only be “chunked”, once, in HTTP/1.1."};
    head.framing = Framing::chunked;
  }
  if (lengths == 1) {
    const auto length = parse_number(*head.fields.get("Content-Length"));
    if (!length) return Refusal{400, "Content-Length isn't a number."};
    head.framing = Framing::length;
    head.content_length = *length;
  }
  return {};
}

std::optional<Refusal> read_connection(RequestHead& head) {
  head.keep_alive = head.minor_version == 1;
  if (const auto options = head.fields.joined("Connection")) {
    for (const auto option : split(*options, ',')) {
      if (equal_ignoring_case(without_blanks(option), "close")) head.keep_alive = false;
    }
  }
  if (const auto expectation = head.fields.joined("Expect"); expectation && head.minor_version == 1) {
    if (!equal_ignoring_case(*expectation, "100-continue")) return Refusal{417, "The value of the Expect header isn't supported."};
    head.expects_continue = head.framing != Framing::none;
  }
  return {};
}

}  // namespace

std::optional<std::size_t> end_of_head(std::string_view bytes) noexcept {
  // An empty line, however its ends are spelt: the parser says what it thinks of them.
  for (std::size_t at = bytes.find('\n'); at != std::string_view::npos; at = bytes.find('\n', at + 1)) {
    auto rest = bytes.substr(at + 1);
    std::size_t end = at + 1;
    if (rest.starts_with('\r')) rest.remove_prefix(1), ++end;
    if (rest.starts_with('\n')) return end + 1;
  }
  return {};
}

std::expected<RequestHead, Refusal> parse_request_head(std::string_view bytes) {
  if (bytes.size() > kLargestHeaderBlock)
    return refuse(431, "The request headers are larger than " + std::to_string(kLargestHeaderBlock) + " bytes.");
  if (bytes.contains('\0')) return refuse(400, "The request headers contain a NUL byte.");
  RequestHead head;
  const auto request_line = take_line(bytes);
  if (!request_line) return refuse(400, "A header line doesn't end with CR LF.");
  if (auto refusal = read_request_line(head, *request_line)) return std::unexpected(std::move(*refusal));
  while (true) {
    const auto line = take_line(bytes);
    if (!line) return refuse(400, "A header line doesn't end with CR LF.");
    if (line->empty()) break;
    if (auto refusal = read_field(head, *line)) return std::unexpected(std::move(*refusal));
  }
  for (const auto read : {read_host, read_framing, read_connection}) {
    if (auto refusal = read(head)) return std::unexpected(std::move(*refusal));
  }
  return head;
}

}  // namespace carillon::http::h1
