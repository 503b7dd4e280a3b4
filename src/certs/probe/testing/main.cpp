// carillon-test-endpoints: thousands of TLS servers on loopback, each address of 127.1.0.0/16 another one, for measurements and trials.
//
//   carillon-test-endpoints ROOT.pem [PORT]
//
// Writes the root to trust to ROOT.pem, prints one JSON line with the port and the kinds (the address 127.1.A.B is of kind number (A × 256
// + B) modulo their number), and serves until it is ended.

#include "base/file.hpp"
#include "base/text.hpp"
#include "certs/probe/testing/endpoints.hpp"

#include <sys/resource.h>

#include <csignal>
#include <cstdio>

namespace {

using namespace carillon;

std::size_t number_of(const std::string& address) {
  const auto parts = split(address, '.');
  if (parts.size() != 4) return 0;
  return parse_number(parts[2]).value_or(0) * 256 + parse_number(parts[3]).value_or(0);
}

}  // namespace

int main(int count, char** arguments) {
  if (count < 2) {
    std::fputs("usage: carillon-test-endpoints ROOT.pem [PORT]\n", stderr);
    return 2;
  }
  rlimit limit{};
  ::getrlimit(RLIMIT_NOFILE, &limit);
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
  sigset_t ends;
  sigemptyset(&ends);
  sigaddset(&ends, SIGTERM);
  sigaddset(&ends, SIGINT);
  ::pthread_sigmask(SIG_BLOCK, &ends, nullptr);

  const crypto::testing::Authority authority{SystemClock{}.now()};
  if (auto written = write_file(arguments[1], authority.root().to_pem().value(), 0644); !written) {
    std::fprintf(stderr, "carillon-test-endpoints: %s\n", written.error().message.c_str());
    return 1;
  }
  const auto kinds = certs::testing::every_behaviour();
  const auto port = count > 2 ? parse_number(arguments[2]).value_or(0) : 0;
  const certs::testing::Endpoints endpoints{authority,
                                            [&](const std::string& address) { return kinds[number_of(address) % kinds.size()].behaviour; },
                                            {},
                                            static_cast<std::uint16_t>(port)};
  std::string names;
  for (const auto& kind : kinds) names.append(names.empty() ? "\"" : ", \"").append(kind.name).append("\"");
  std::printf("{\"port\": %d, \"kinds\": [%s]}\n", endpoints.port(), names.c_str());
  std::fflush(stdout);
  int signal = 0;
  ::sigwait(&ends, &signal);
  return 0;
}
