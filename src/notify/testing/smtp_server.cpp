// See smtp_server.hpp.

#include "notify/testing/smtp_server.hpp"

#include "crypto/certificate_maker.hpp"

#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <stdexcept>

extern char** environ;

namespace carillon::testing {
namespace {

constexpr int kPatienceMilliseconds = 120'000;  // of a busy machine; nobody waits as long as this otherwise

void make_certificates(const std::filesystem::path& folder, Random& random) {
  const SystemClock clock;
  const auto from = clock.now() - std::chrono::hours{1}, until = clock.now() + std::chrono::hours{24};
  const auto root_key = crypto::PrivateKey::generate_p256().value(), key = crypto::PrivateKey::generate_p256().value();
  const crypto::RootRequest root_request{.common_name = "Mail test",
                                         .not_before = from,
                                         .not_after = until,
                                         .permitted_dns = {"test"},
                                         .permitted_networks = {"127.0.0.0/255.0.0.0"}};
  const auto root = crypto::make_root(root_request, root_key, random).value();
  const crypto::LeafRequest leaf_request{
      .common_name = "mail.test", .names = {"mail.test", "127.0.0.1"}, .not_before = from, .not_after = until};
  const auto leaf = crypto::make_leaf(leaf_request, key, root, root_key, random).value();
  write_file(folder / "root.pem", root.to_pem().value()).value();
  write_file(folder / "leaf.pem", leaf.to_pem().value() + root.to_pem().value()).value();
  write_file(folder / "leaf.key", key.to_pem().value()).value();
}

}  // namespace

SmtpServer::SmtpServer(const std::string& mode, const std::vector<std::string>& switches) {
  make_certificates(folder_.path(), random_);
  std::array<int, 2> input{}, output{};
  if (::pipe2(input.data(), O_CLOEXEC) != 0 || ::pipe2(output.data(), O_CLOEXEC) != 0) throw std::runtime_error("no pipe");
  const FileDescriptor its_input{input[0]}, its_output{output[1]};
  to_ = FileDescriptor{input[1]};
  from_ = FileDescriptor{output[0]};
  std::vector<std::string> arguments{"/usr/bin/python3", "src/notify/testing/smtp_server.py", mode, folder_.path() / "leaf.pem",
                                     folder_.path() / "leaf.key"};
  arguments.insert(arguments.end(), switches.begin(), switches.end());
  std::vector<char*> raw;
  raw.reserve(arguments.size() + 1);
  for (auto& argument : arguments) raw.push_back(argument.data());
  raw.push_back(nullptr);
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, its_input.get(), 0);
  posix_spawn_file_actions_adddup2(&actions, its_output.get(), 1);
  const int result = ::posix_spawn(&process_, raw[0], &actions, nullptr, raw.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  if (result != 0) throw std::runtime_error("python3 could not be started: " + errno_text(result));
  port_ = static_cast<std::uint16_t>(boost::json::parse(next_line()).at("port").to_number<int>());
}

SmtpServer::~SmtpServer() {
  to_.reset();
  if (process_ > 0) ::waitpid(process_, nullptr, 0);
}

std::string SmtpServer::next_line() {
  while (!read_.contains('\n')) {
    pollfd waiting{.fd = from_.get(), .events = POLLIN, .revents = 0};
    std::array<char, 4096> bytes{};
    const auto got = ::poll(&waiting, 1, kPatienceMilliseconds) == 1 ? ::read(from_.get(), bytes.data(), bytes.size()) : 0;
    if (got <= 0) throw std::runtime_error("the mail server sent no greeting (is python3-aiosmtpd installed?)");
    read_.append(bytes.data(), static_cast<std::size_t>(got));
  }
  const auto end = read_.find('\n');
  auto line = read_.substr(0, end);
  read_.erase(0, end + 1);
  return line;
}

boost::json::object SmtpServer::next_mail() { return boost::json::parse(next_line()).as_object(); }

}  // namespace carillon::testing
