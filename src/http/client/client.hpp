#pragma once
// A blocking HTTP client, with which the command line talks to the server.

#include "http/message.hpp"

#include <filesystem>

namespace carillon::http {

struct ClientAnswer {
  int status = 0;
  std::string body;
  Fields fields = {};
};

/// A part of a file to send as a body.
struct FilePart {
  std::filesystem::path file;
  ByteCount offset;
  ByteCount length;
  std::function<void(ByteCount sent)> progress = {};  ///< called with the number of bytes sent
};

/// A remote server and the credentials for it.
struct RemoteServer {
  std::string origin;             ///< "https://pod.example.org:8443"
  std::string token;              ///< sent as bearer token
  std::filesystem::path ca_file;  ///< trust for a private CA; "" for the public ones
};

/// One caller at a time; blocks.
class Client {
 public:
  /// Connects to the Unix socket at `path`, regardless of the URL.
  [[nodiscard]] static Client over_socket(std::filesystem::path path) { return Client{std::move(path)}; }

  /// Connects over HTTPS; a token is never sent over anything else.
  [[nodiscard]] static Result<Client> over_https(RemoteServer server);

  /// `body` as application/json. `unavailable` if no server responds; every HTTP status is a response. Reads at most kLargestAnswer bytes.
  Result<ClientAnswer> send(Method method, const std::string& target, const std::string& body = {});
  /// The file as the body, with Content-Length; `progress` gets the bytes sent and the total.
  Result<ClientAnswer> send_file(Method method, const std::string& target, const std::filesystem::path& file,
                                 std::function<void(ByteCount sent, ByteCount whole)> progress);
  /// A request with additional header fields, and optionally a part of a file as its body; `conflict` if the file is too short.
  Result<ClientAnswer> send_part(Method method, const std::string& target, const Fields& fields, const FilePart* part = nullptr);

 private:
  explicit Client(std::filesystem::path socket) : socket_{std::move(socket)} {}
  explicit Client(RemoteServer server) : server_{std::move(server)} {}
  std::filesystem::path socket_;  ///< "" for a remote server
  RemoteServer server_{};
};

inline constexpr ByteCount kLargestAnswer{64ULL << 20};

}  // namespace carillon::http
