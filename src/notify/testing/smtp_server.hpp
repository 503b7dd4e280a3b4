#pragma once
// A real mail server (aiosmtpd) for tests: started as a process of its own, with a certificate for 127.0.0.1 under a root that it made.

#include "base/file.hpp"
#include "base/random.hpp"
#include "base/testing/testing.hpp"

#include <boost/json.hpp>

#include <string>
#include <vector>

namespace carillon::testing {

/// smtp_server.py says which arguments there are and what it does with a mail. One thread.
class SmtpServer {
 public:
  SmtpServer(const std::string& mode, const std::vector<std::string>& switches = {});
  ~SmtpServer();
  SmtpServer(const SmtpServer&) = delete;
  SmtpServer& operator=(const SmtpServer&) = delete;

  [[nodiscard]] std::uint16_t port() const noexcept { return port_; }
  [[nodiscard]] std::filesystem::path root() const { return folder_.path() / "root.pem"; }
  /// The next mail that was given to it; waits for it.
  [[nodiscard]] boost::json::object next_mail();

 private:
  std::string next_line();

  TemporaryFolder folder_;
  SystemRandom random_;
  FileDescriptor to_, from_;
  int process_ = -1;
  std::string read_;
  std::uint16_t port_ = 0;
};

}  // namespace carillon::testing
