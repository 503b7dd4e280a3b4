#pragma once
// The authority over the wire: HTTPS for its clients, plain HTTP for the test that commands it.

#include "net/server.hpp"
#include "testca/management.hpp"

#include <filesystem>

namespace carillon::testca {

struct AuthorityServerOptions {
  net::Endpoint https{"127.0.0.1", 0};
  net::Endpoint management{"127.0.0.1", 0};
  std::filesystem::path root_file;  ///< where the root of its own HTTPS is written
  ProvingGround ground;
  Settings settings;                  ///< the origin is set by the port
  bool with_revocation_list = false;  ///< certificates name its CRL, which the management port serves at /crl
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

}  // namespace carillon::testca
