// See control.hpp.

#include "app/control.hpp"

#include "base/json.hpp"
#include "http/client/client.hpp"

#include <boost/json/parse.hpp>

namespace carillon::app {
namespace json = boost::json;

namespace {

ErrorKind kind_of(int status) {
  switch (status) {
    case 404:
      return ErrorKind::not_found;
    case 409:
    case 412:
      return ErrorKind::conflict;
    case 413:
      return ErrorKind::too_large;
    case 503:
      return ErrorKind::unavailable;
    case 507:
      return ErrorKind::no_space;
    default:
      return status >= 500 ? ErrorKind::internal : ErrorKind::invalid;
  }
}

/// What went wrong on the way to a server, and what to do.
}  // namespace

Result<http::Client> Control::client() const {
  if (remote_) return http::Client::over_https(*remote_);
  return http::Client::over_socket(data_.control_socket());
}

Error Control::unreachable(const Error& error) const {
  if (remote_) return error;
  const bool there = std::filesystem::exists(data_.control_socket());
  return {error.kind,
          error.message + (there ? " Is the server still running? " : " No server is running for this data folder. ") +
              "Start it with: carillon serve --data " + data_.root.string(),
          {}};
}

Result<Control::Answer> Control::answer_of(const Result<http::ClientAnswer>& answer) const {
  if (!answer) return std::unexpected(unreachable(answer.error()));
  json::error_code wrong;
  auto document = answer->body.empty() ? json::value(json::object{}) : json::parse(answer->body, wrong);
  if (wrong || !document.is_object()) return Answer{answer->status, {}};
  return Answer{answer->status, std::move(document.as_object())};
}

Result<json::object> Control::document_of(const Result<http::ClientAnswer>& given) const {
  auto answer = answer_of(given);
  if (!answer) return forward_error(answer);
  if (answer->status < 300) return std::move(answer->document);
  return std::unexpected(error_of(*answer));
}

Result<json::object> Control::call(http::Method method, const std::string& path, const json::object* document) {
  auto client = this->client();
  if (!client) return forward_error(client);
  return document_of(client->send(method, "/api/v1" + path, document ? json_text(*document) : std::string{}));
}

Result<std::string> Control::text(const std::string& path) {
  auto client = this->client();
  if (!client) return forward_error(client);
  auto answer = client->send(http::Method::get, "/api/v1" + path, {});
  if (answer && answer->status < 300) return std::move(answer->body);
  auto refused = document_of(answer);
  if (!refused) return forward_error(refused);
  return fail(ErrorKind::corrupt, "The server's response to " + path + " can't be read.");
}

Result<json::array> Control::list(const std::string& path) {
  json::array items;
  std::string cursor;
  do {
    const auto more = cursor.empty() ? std::string{} : "&cursor=" + cursor;
    auto page = call(http::Method::get, path + (path.contains('?') ? "&" : "?") + "limit=200" + more);
    if (!page) return forward_error(page);
    auto* found = page->if_contains("items");
    if (!found || !found->is_array()) return fail(ErrorKind::corrupt, "The server's response to " + path + " isn't a list.");
    for (auto& item : found->as_array()) items.push_back(std::move(item));
    const auto* next = page->if_contains("next");
    cursor = next && next->is_string() ? std::string(next->as_string()) : std::string{};
  } while (!cursor.empty());
  return items;
}

Result<Control::Answer> Control::exchange(http::Method method, const std::string& path, const json::object* document) {
  auto client = this->client();
  if (!client) return forward_error(client);
  return answer_of(client->send(method, "/api/v1" + path, document ? json_text(*document) : std::string{}));
}

Error Control::error_of(const Answer& answer) {
  const auto* detail = answer.document.if_contains("detail");
  if (detail && detail->is_string()) return {kind_of(answer.status), std::string(detail->as_string()), {}};
  return {kind_of(answer.status), "The server returned status " + std::to_string(answer.status) + " without a reason; check its log.", {}};
}

Result<json::object> Control::send_file(http::Method method, const std::string& path, const std::filesystem::path& file,
                                        const std::function<void(ByteCount, ByteCount)>& progress) {
  if (std::error_code none; !std::filesystem::exists(file, none))
    return fail(ErrorKind::not_found, "The file " + file.string() + " doesn't exist.");
  auto client = this->client();
  if (!client) return forward_error(client);
  return document_of(client->send_file(method, "/api/v1" + path, file, progress));
}

}  // namespace carillon::app
