// See paging.hpp.

#include "api/core/paging.hpp"

#include "base/encoding.hpp"
#include "base/text.hpp"

namespace carillon::api {

Result<Page> page_of(const http::Request& request) {
  Page page;
  if (const auto limit = request.query_parameter("limit")) {
    const auto number = parse_number(*limit);
    if (!number || *number == 0 || *number > kLargestPage)
      return fail(ErrorKind::invalid, "“limit” must be a number from 1 to " + std::to_string(kLargestPage) + ".", "limit");
    page.limit = *number;
  }
  if (const auto cursor = request.query_parameter("cursor")) {
    const auto bytes = from_base64url(*cursor);
    if (!bytes || bytes->empty() || !is_utf8(as_text(*bytes)))
      return fail(ErrorKind::invalid, "“cursor” must be the “next” value of an earlier response, unchanged.", "cursor");
    page.after = as_text(*bytes);
  }
  return page;
}

boost::json::object paged(boost::json::array items, std::string_view key, bool more) {
  boost::json::object document{{"items", std::move(items)}, {"next", nullptr}};
  if (more) document["next"] = to_base64url(as_bytes(key));
  return document;
}

}  // namespace carillon::api
