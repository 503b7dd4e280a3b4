#pragma once
// The command line's way to the running server: the API over the control socket, or over HTTPS with a token; answers as JSON or as one
// clear Error.

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

  /// `path` below /api/v1. An answer of 4xx or 5xx is an Error with the server's own sentence; no server is `unavailable`.
  Result<boost::json::object> call(http::Method method, const std::string& path, const boost::json::object* document = nullptr);
  /// Every item of a list, page by page.
  Result<boost::json::array> list(const std::string& path);
  /// The same, where a refusal has more to say than one sentence: every answer with a JSON object is handed on with its status.
  struct Answer {
    int status = 0;
    boost::json::object document;
  };
  Result<Answer> exchange(http::Method method, const std::string& path, const boost::json::object* document = nullptr);
  /// What such an answer says as an error.
  [[nodiscard]] static Error error_of(const Answer& answer);
  /// Sends a file as the body; `progress` hears bytes sent and the whole.
  Result<boost::json::object> send_file(http::Method method, const std::string& path, const std::filesystem::path& file,
                                        const std::function<void(ByteCount sent, ByteCount whole)>& progress);
  /// Sends a recording in pieces and goes on after a lost connection or a restart of the server, for as long as something moves. Answers
  /// the upload's id.
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
