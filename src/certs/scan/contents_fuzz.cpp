// Files of certificates of any kind: reading ends, and what comes out keeps its limits. The first byte chooses the file's name.

#include "certs/scan/contents.hpp"

#include <array>
#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon::certs;
  if (size == 0) return 0;
  constexpr std::array<std::string_view, 4> kNames{"a.pem", "store.jks", "config", "a.p12"};
  const std::string_view content{reinterpret_cast<const char*>(data) + 1, size - 1};
  const auto contents = contents_of(kNames[data[0] % kNames.size()], content);
  if (contents.chains.size() > kMaxCertificatesInFile) std::abort();
  for (const auto& chain : contents.chains) {
    if (chain.certificates.empty() || chain.certificates.size() > carillon::crypto::kLongestChain) std::abort();
    if (contents.chains.size() > 1 && chain.label.empty()) std::abort();
  }
  return 0;
}
