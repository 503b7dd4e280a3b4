#pragma once
// An outgoing HTTP request, for programs that may wait: the command line talks to the server through it.

#include "http/message.hpp"

#include <filesystem>

namespace carillon::http {

struct ClientAnswer {
  int status = 0;
  std::string body;
  Fields fields = {};
};

/// Bytes of a file to be sent as a body.
struct FilePart {
  std::filesystem::path file;
  ByteCount offset;
  ByteCount length;
  std::function<void(ByteCount sent)> progress = {};  ///< hears how many of them went out
};

/// A server somewhere else, and what opens it.
struct RemoteServer {
  std::string origin;             ///< "https://pod.example.org:8443"
  std::string token;              ///< sent as bearer token
  std::filesystem::path ca_file;  ///< trust for a private CA; "" for the public ones
};

/// One caller at a time; blocks.
class Client {
 public:
  /// Connects to the unix socket at `path`, whatever the address says.
  [[nodiscard]] static Client over_socket(std::filesystem::path path) { return Client{std::move(path)}; }

  /// Connects over HTTPS; a token never goes over anything else.
  [[nodiscard]] static Result<Client> over_https(RemoteServer server);

  /// `body` as application/json. `unavailable` when nobody answers; every status is an answer. At most kLargestAnswer bytes are taken.
  Result<ClientAnswer> send(Method method, const std::string& target, const std::string& body = {});
  /// The file as the body, with its length said beforehand; `progress` hears bytes sent and the whole.
  Result<ClientAnswer> send_file(Method method, const std::string& target, const std::filesystem::path& file,
                                 std::function<void(ByteCount sent, ByteCount whole)> progress);
  /// A request with fields of the caller's own, and perhaps a part of a file as its body; `conflict` when the file is shorter than that.
  Result<ClientAnswer> send_part(Method method, const std::string& target, const Fields& fields, const FilePart* part = nullptr);

 private:
  explicit Client(std::filesystem::path socket) : socket_{std::move(socket)} {}
  explicit Client(RemoteServer server) : server_{std::move(server)} {}
  std::filesystem::path socket_;  ///< "" when it is another machine
  RemoteServer server_{};
};

inline constexpr ByteCount kLargestAnswer{64ULL << 20};

}  // namespace carillon::http
