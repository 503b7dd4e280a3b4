// A certificate file of any form with a passphrase in front of it, up to the first line end: refused with a sentence, or every certificate
// and key in it can be written and read again.

#include "crypto/files/certificate_file.hpp"

#include <cstdlib>

namespace {

using namespace carillon;
using namespace carillon::crypto;

/// A run has to be short.
constexpr std::uint64_t kRounds = 5'000;

void require(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto line = bytes.find('\n');
  if (line == std::string_view::npos) return 0;
  FileOptions options{.max_rounds = kRounds};
  if (line > 0) options.passphrase = bytes.substr(0, line);
  for (const auto expected : {FileContent::certificate, FileContent::key}) {
    options.expected = expected;
    const auto file = read_certificate_file(bytes.substr(line + 1), options);
    if (!file) {
      require(file.error().kind == ErrorKind::invalid && !file.error().message.empty());
      continue;
    }
    require(file->certificates.size() + file->keys.size() > 0);
    for (const auto& certificate : file->certificates) {
      const auto pem = certificate.to_pem();
      require(pem && read_certificate_file(*pem).has_value());
    }
    for (const auto& key : file->keys) require(key.to_der().has_value());
  }
  return 0;
}
