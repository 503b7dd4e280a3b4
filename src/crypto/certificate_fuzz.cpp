// Certificates from strangers: a chain of DER pieces, each behind its length in two bytes; the same bytes as a PEM text. Whatever they say,
// they are read to the end, and what is answered about them is in order.

#include "crypto/inspection.hpp"

#include <algorithm>
#include <cstdlib>
#include <set>

namespace {

using namespace carillon;
using namespace carillon::crypto;

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};
constexpr std::size_t kMaxFuzzed = 8;

void require(bool holds) {
  if (!holds) std::abort();
}

std::vector<Certificate> chain_of(std::string_view bytes) {
  std::vector<Certificate> chain;
  while (bytes.size() > 2 && chain.size() < kMaxFuzzed) {
    const auto length = static_cast<std::size_t>(static_cast<unsigned char>(bytes[0])) << 8 | static_cast<unsigned char>(bytes[1]);
    if (auto certificate = Certificate::from_der(bytes.substr(2, length))) {
      const auto der = certificate->to_der();
      require(der && Certificate::from_der(*der).has_value());
      chain.push_back(std::move(*certificate));
    }
    bytes.remove_prefix(std::min(bytes.size(), length + 2));
  }
  return chain;
}

void check(std::span<const Certificate> chain) {
  const auto order = ordered(chain);
  require(order.empty() == chain.empty() && order.size() <= chain.size());
  require(std::set<std::size_t>(order.begin(), order.end()).size() == order.size());
  if (chain.empty()) return;
  // The last certificate is the root, as a server may send it.
  const auto trust = Trust::in(chain.last(1));
  require(trust && trust->holds(chain.back()));
  const auto strange = Trust::in({});
  for (const auto* name : {"", "www.example.org", "192.0.2.7"}) {
    const auto findings = trust->inspect(chain, name, kNow);
    require(std::ranges::is_sorted(findings) && std::ranges::adjacent_find(findings) == findings.end());
    for (const auto finding : findings) require(!name_of(finding).empty());
    // Nobody can be trusted by somebody who trusts nobody.
    if (chain.size() > 1) require(!strange->inspect(chain.first(1), name, kNow, chain.subspan(1)).empty());
  }
  for (const auto& certificate : chain) {
    for (const auto& url : issuer_urls(certificate)) require(url.size() >= 7);
    for (const auto& url : revocation_list_urls(certificate)) require(url.size() >= 7);
    require(fingerprint(certificate).size() == 64 && !key_description(certificate).empty() && !signature_algorithm(certificate).empty());
    (void)issuer_of(certificate);
    (void)certificate.subject();
    (void)certificate.serial_hex();
    (void)(certificate.not_before() < certificate.not_after());
    for (const auto& name : certificate.names()) (void)is_good_for(certificate, name);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  check(chain_of(bytes));
  if (const auto bundle = roots_from_pem(bytes)) check(std::span{*bundle}.first(std::min(bundle->size(), kMaxFuzzed)));
  return 0;
}
