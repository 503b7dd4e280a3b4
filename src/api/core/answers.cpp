// See answers.hpp.

#include "api/core/answers.hpp"

#include "base/json.hpp"
#include "base/text.hpp"

#include <boost/json/parse.hpp>

namespace carillon::api {

http::Response answer(int status, const boost::json::object& document) { return http::json(status, json_text(document)); }

http::Response answer(int status, const boost::json::object& document, std::int64_t revision) {
  auto response = answer(status, document);
  response.fields.set("ETag", "\"" + std::to_string(revision) + "\"");
  return response;
}

Result<std::optional<std::int64_t>> seen_revision(const http::Request& request) {
  const auto field = request.fields.joined("If-Match");
  if (!field || trimmed(*field) == "*") return std::nullopt;
  const auto tag = trimmed(*field);
  if (tag.size() > 2 && tag.front() == '"' && tag.back() == '"') {
    if (const auto number = parse_number(tag.substr(1, tag.size() - 2))) return static_cast<std::int64_t>(*number);
  }
  return fail(ErrorKind::conflict, "If-Match must contain the current ETag of this resource; fetch it again and redo your change.");
}

http::Response refusal(const Error& error, const http::Request& request) {
  auto response = http::problem(error);
  if (error.kind == ErrorKind::conflict && request.fields.get("If-Match"))
    return http::problem(412, "changed-meanwhile", error.message, error.field);
  return response;
}

http::Response changed_meanwhile(const Error& error, boost::json::object changed, std::int64_t revision) {
  auto response = http::problem(412, "changed-meanwhile", error.message, error.field);
  boost::json::error_code bad;
  auto document = boost::json::parse(whole(response.body).value_or(std::string{}), bad);
  if (bad || !document.is_object()) return response;
  document.as_object()["changed"] = std::move(changed);
  document.as_object()["revision"] = revision;
  response.body = Body::of(json_text(document));
  response.fields.set("ETag", "\"" + std::to_string(revision) + "\"");
  return response;
}

bool writes(http::Method method) noexcept {
  return method != http::Method::get && method != http::Method::head && method != http::Method::options;
}

}  // namespace carillon::api
