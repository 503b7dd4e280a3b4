// See message.hpp.

#include "http/message.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/log.hpp"
#include "base/text.hpp"

#include <boost/json/object.hpp>

#include <algorithm>
#include <array>

namespace carillon::http {
namespace {

constexpr std::array<std::pair<Method, std::string_view>, 7> kMethods{{{Method::get, "GET"},
                                                                       {Method::head, "HEAD"},
                                                                       {Method::post, "POST"},
                                                                       {Method::put, "PUT"},
                                                                       {Method::patch, "PATCH"},
                                                                       {Method::del, "DELETE"},
                                                                       {Method::options, "OPTIONS"}}};

/// What fails for a reason that passes (a busy database) may be asked again this soon.
constexpr std::chrono::seconds kRetryAfter{2};
/// How much of a body is read at a time when all of it is wanted.
constexpr std::size_t kPiece = 64 * 1024;

Response with_text(int status, std::string content_type, std::string text) {
  Response response{.status = status};
  response.fields.set("Content-Type", std::move(content_type));
  response.body = Body::of(std::move(text));
  return response;
}

}  // namespace

std::optional<Method> method_from(std::string_view token) noexcept {
  for (const auto& [method, name] : kMethods) {
    if (name == token) return method;
  }
  return {};
}

std::string_view name_of(Method method) noexcept {
  for (const auto& [known, name] : kMethods) {
    if (known == method) return name;
  }
  return "GET";
}

void Fields::add(std::string name, std::string value) { lines_.push_back({std::move(name), std::move(value)}); }

void Fields::set(std::string_view name, std::string value) {
  std::erase_if(lines_, [&](const Line& line) { return equal_ignoring_case(line.name, name); });
  lines_.push_back({std::string(name), std::move(value)});
}

std::optional<std::string_view> Fields::get(std::string_view name) const noexcept {
  for (const auto& line : lines_) {
    if (equal_ignoring_case(line.name, name)) return line.value;
  }
  return {};
}

std::optional<std::string> Fields::joined(std::string_view name) const {
  std::optional<std::string> result;
  for (const auto& line : lines_) {
    if (!equal_ignoring_case(line.name, name)) continue;
    if (result)
      result->append(", ").append(line.value);
    else
      result = line.value;
  }
  return result;
}

std::size_t Fields::count(std::string_view name) const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(lines_, [&](const Line& line) { return equal_ignoring_case(line.name, name); }));
}

asio::awaitable<Result<std::string>> IncomingBody::read_all(ByteCount limit) {
  const auto too_large = [&] {
    return fail(ErrorKind::too_large, "The request body is larger than the " + to_human(limit) + " allowed here.");
  };
  if (const auto known = length(); known && *known > limit) co_return too_large();
  std::string content;
  while (true) {
    const auto before = content.size();
    content.resize(before + kPiece);
    const auto got = co_await read_some(std::as_writable_bytes(std::span{content}).subspan(before));
    if (!got) co_return std::unexpected(got.error());
    content.resize(before + *got);
    if (*got == 0) co_return content;
    if (content.size() > limit.value) co_return too_large();
  }
}

std::string_view Request::path_parameter(std::string_view name) const {
  const auto found = path_parameters.find(name);
  return found == path_parameters.end() ? std::string_view{} : std::string_view{found->second};
}

std::optional<std::string> Request::query_parameter(std::string_view name) const {
  for (const auto pair : split(query, '&')) {
    const auto equals = pair.find('=');
    const auto decoded = [](std::string_view text) {
      std::string spaced(text);
      std::ranges::replace(spaced, '+', ' ');
      return percent_decoded(spaced);
    };
    const auto key = decoded(pair.substr(0, equals));
    if (!key || *key != name) continue;
    const auto value = decoded(equals == std::string_view::npos ? std::string_view{} : pair.substr(equals + 1));
    if (value) return *value;
  }
  return {};
}

std::string_view reason_of(int status) noexcept {
  switch (status) {
    case 100:
      return "Continue";
    case 200:
      return "OK";
    case 201:
      return "Created";
    case 202:
      return "Accepted";
    case 204:
      return "No Content";
    case 206:
      return "Partial Content";
    case 301:
      return "Moved Permanently";
    case 302:
      return "Found";
    case 303:
      return "See Other";
    case 304:
      return "Not Modified";
    case 307:
      return "Temporary Redirect";
    case 308:
      return "Permanent Redirect";
    case 400:
      return "Bad Request";
    case 401:
      return "Unauthorized";
    case 403:
      return "Forbidden";
    case 404:
      return "Not Found";
    case 405:
      return "Method Not Allowed";
    case 408:
      return "Request Timeout";
    case 409:
      return "Conflict";
    case 410:
      return "Gone";
    case 411:
      return "Length Required";
    case 412:
      return "Precondition Failed";
    case 413:
      return "Content Too Large";
    case 414:
      return "URI Too Long";
    case 415:
      return "Unsupported Media Type";
    case 416:
      return "Range Not Satisfiable";
    case 417:
      return "Expectation Failed";
    case 421:
      return "Misdirected Request";
    case 422:
      return "Unprocessable Content";
    case 423:
      return "Locked";
    case 428:
      return "Precondition Required";
    case 429:
      return "Too Many Requests";
    case 431:
      return "Request Header Fields Too Large";
    case 451:
      return "Unavailable For Legal Reasons";
    case 460:
      return "Checksum Mismatch";
    case 500:
      return "Internal Server Error";
    case 501:
      return "Not Implemented";
    case 502:
      return "Bad Gateway";
    case 503:
      return "Service Unavailable";
    case 505:
      return "HTTP Version Not Supported";
    case 507:
      return "Insufficient Storage";
    default:
      return "";
  }
}

Response plain(int status, std::string sentence) { return with_text(status, "text/plain; charset=utf-8", std::move(sentence) + "\n"); }

Response not_found(std::string sentence) { return plain(404, std::move(sentence)); }

namespace {

/// A sentence quotes what came in; what came in may be a quarter of a megabyte. Its end says what is wrong, so the middle goes.
constexpr std::size_t kLongestBeginning = 700, kLongestEnd = 300;

std::string without_middle(std::string_view text) {
  if (text.size() <= kLongestBeginning + kLongestEnd) return std::string(text);
  auto end = text.substr(text.size() - kLongestEnd);
  while (!end.empty() && (static_cast<unsigned char>(end.front()) & 0xC0U) == 0x80U) end.remove_prefix(1);
  return std::string(cut_to(text, kLongestBeginning)) + " … " + std::string(end);
}

}  // namespace

Response problem(int status, std::string_view type, std::string_view detail, std::string_view field) {
  boost::json::object document{{"type", "urn:carillon:problem:" + std::string(type)},
                               {"title", std::string(reason_of(status))},
                               {"status", status},
                               {"detail", without_middle(detail)}};
  if (!field.empty()) document["field"] = std::string(cut_to(field, kLongestBeginning));
  return with_text(status, "application/problem+json", json_text(document));
}

Response problem(const Error& error) {
  if (has_internals(error))
    log::error("unhandled error while handling a request",
               {{"event", "request.failed"}, {"kind", carillon::name_of(error.kind)}, {"reason", error.message}});
  auto response = problem(status_of(error.kind), carillon::name_of(error.kind), public_message(error), error.field);
  if (response.status == 503) response.fields.set("Retry-After", std::to_string(kRetryAfter.count()));
  return response;
}

int status_of(ErrorKind kind) noexcept {
  switch (kind) {
    case ErrorKind::invalid:
      return 422;
    case ErrorKind::not_found:
      return 404;
    case ErrorKind::conflict:
      return 409;
    case ErrorKind::refused:
      return 403;
    case ErrorKind::too_large:
      return 413;
    case ErrorKind::no_space:
      return 507;
    case ErrorKind::unavailable:
      return 503;
    case ErrorKind::corrupt:
    case ErrorKind::internal:
      return 500;
  }
  return 500;
}

Response json(int status, std::string document) { return with_text(status, "application/json", std::move(document)); }
Response html(int status, std::string document) {
  auto response = with_text(status, "text/html; charset=utf-8", std::move(document));
  response.policy = std::make_unique<PagePolicy>();
  return response;
}

Response redirect(int status, std::string location) {
  auto response = plain(status, "This page has moved to " + location);
  response.fields.set("Location", std::move(location));
  return response;
}

}  // namespace carillon::http
