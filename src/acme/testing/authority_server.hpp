#pragma once
// The authority over the wire: HTTPS for its clients, plain HTTP for the test that commands it.

#include "acme/testing/management.hpp"
#include "net/server.hpp"

#include <filesystem>

namespace carillon::acme::testing {

struct AuthorityServerOptions {
  net::Endpoint https{"127.0.0.1", 0};
  net::Endpoint management{"127.0.0.1", 0};
  std::filesystem::path root_file;  ///< where the root of its own HTTPS is written
  ProvingGround ground;
  Settings settings;  ///< the origin is set by the port
};

/// Serves from start() until it goes.
class AuthorityServer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<AuthorityServer>> start(AuthorityServerOptions options);
  ~AuthorityServer();

  [[nodiscard]] std::string directory_url() const;
  [[nodiscard]] std::string management_url() const;
  [[nodiscard]] Authority& authority();

 private:
  struct Impl;
  explicit AuthorityServer(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace carillon::acme::testing
