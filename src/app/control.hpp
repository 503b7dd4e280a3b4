#pragma once
// The command line's client for the running server: the API over the control socket, or over HTTPS with a token; returns JSON or an Error.

#include "app/data_folder.hpp"
#include "http/client/client.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>

#include <functional>

namespace carillon::app {

/// One caller, one thread; blocks.
class Control {
 public:
  explicit Control(DataFolder data, std::optional<http::RemoteServer> remote = {}) : data_{std::move(data)}, remote_{std::move(remote)} {}

  /// `path` below /api/v1. A 4xx or 5xx response is an Error with the server's message; `unavailable` if there is no server.
  Result<boost::json::object> call(http::Method method, const std::string& path, const boost::json::object* document = nullptr);
  /// A response that isn't JSON, whole.
  Result<std::string> text(const std::string& path);
  /// Every item of a list, page by page.
  Result<boost::json::array> list(const std::string& path);
  /// The same for callers that need the whole error: every response with a JSON object is returned with its status.
  struct Answer {
    int status = 0;
    boost::json::object document;
  };
  Result<Answer> exchange(http::Method method, const std::string& path, const boost::json::object* document = nullptr);
  /// Such a response as an Error.
  [[nodiscard]] static Error error_of(const Answer& answer);
  /// Sends a file as the body; `progress` gets the bytes sent and the total.
  Result<boost::json::object> send_file(http::Method method, const std::string& path, const std::filesystem::path& file,
                                        const std::function<void(ByteCount sent, ByteCount whole)>& progress);
  /// Uploads a recording in chunks and resumes after a lost connection or a server restart, as long as there is progress. Returns the
  /// upload's ID.
  Result<std::string> upload(const std::filesystem::path& file, const std::function<void(ByteCount arrived, ByteCount whole)>& progress);

 private:
  [[nodiscard]] Result<http::Client> client() const;
  [[nodiscard]] Error unreachable(const Error& error) const;
  [[nodiscard]] Result<Answer> answer_of(const Result<http::ClientAnswer>& answer) const;
  [[nodiscard]] Result<boost::json::object> document_of(const Result<http::ClientAnswer>& answer) const;

  DataFolder data_;
  std::optional<http::RemoteServer> remote_;
};

}  // namespace carillon::app
