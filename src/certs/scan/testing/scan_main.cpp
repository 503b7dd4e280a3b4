// carillon-test-scan: the scan alone, without the rest of the program, so that what is measured is the scan.
//
//   carillon-test-scan ROOT.pem LIST
//
// Scans the addresses in LIST trusting ROOT.pem; prints the rows as JSON on stdout, seconds, processor seconds and peak memory as JSON on
// stderr.

#include "base/file.hpp"
#include "certs/scan/stored.hpp"

#include <sys/resource.h>

#include <chrono>
#include <cstdio>

namespace {

using namespace carillon;

/// The list holds addresses.
class NoNames final : public dns::Resolver {
 public:
  Result<std::vector<std::string>> addresses(const std::string& name) override {
    return fail(ErrorKind::not_found, "No names are looked up here, not " + name + ".");
  }
  Result<std::vector<dns::CaaRecord>> caa(const std::string&) override { return {}; }
  Result<std::vector<std::string>> txt(const std::string&) override { return {}; }
  Result<std::string> alias(const std::string& name) override { return fail(ErrorKind::not_found, name + " has no CNAME record."); }
  Result<std::vector<std::string>> name_servers(const std::string& name) override {
    return fail(ErrorKind::not_found, name + " has no NS record.");
  }
};

int failed(const Error& error) {
  std::fprintf(stderr, "carillon-test-scan: %s\n", error.message.c_str());
  return 1;
}

double seconds(const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6; }

}  // namespace

int main(int count, char** arguments) {
  if (count != 3) {
    std::fputs("usage: carillon-test-scan ROOT.pem LIST\n", stderr);
    return 2;
  }
  auto pem = read_file(arguments[1]);
  if (!pem) return failed(pem.error());
  const auto roots = crypto::roots_from_pem(*pem);
  if (!roots) return failed(roots.error());
  const auto trust = crypto::Trust::in(*roots);
  if (!trust) return failed(trust.error());
  NoNames resolver;
  const SystemClock clock;
  const certs::LocalFiles files;
  const auto start = std::chrono::steady_clock::now();
  const auto result = certs::scan({.targets = {}, .lists = {arguments[2]}}, {resolver, *trust, clock, files});
  if (!result) return failed(result.error());
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - start;
  rusage used{};
  ::getrusage(RUSAGE_SELF, &used);
  std::fprintf(stderr, "{\"seconds\": %.2f, \"processor_seconds\": %.2f, \"peak_mib\": %.1f}\n", took.count(),
               seconds(used.ru_utime) + seconds(used.ru_stime), static_cast<double>(used.ru_maxrss) / 1024);
  std::puts(certs::rows_as_json(result->rows).c_str());
  return 0;
}
