// A CRL or an OCSP response from who knows where: it is read to the end, and never says that another certificate was revoked.

#include "certs/revocation/der_reader.hpp"
#include "certs/revocation/ocsp.hpp"
#include "certs/revocation/revocation_list.hpp"
#include "crypto/inspection.hpp"

#include <cstdlib>

namespace {

using namespace carillon;
using namespace carillon::certs;

constexpr Time kNow{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24}};

void require(bool holds) {
  if (!holds) std::abort();
}

/// It has signed what is in the corpus, about others; it stands for itself and its CA.
const crypto::Certificate& certificate() {
  static const auto made = crypto::Certificate::chain_from_pem(R"(-----BEGIN CERTIFICATE-----
MIIBcDCCARegAwIBAgIUMrQLQp8R+9EthMxiC7+w6vMln3swCgYIKoZIzj0EAwIw
DTELMAkGA1UEAwwCQ0EwIBcNMjYxMTMwMDcwOTUxWhgPMjEyNjExMDYwNzA5NTFa
MA0xCzAJBgNVBAMMAkNBMFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEaK/jSKb1
+kHazkLLMhFKEMD8I6hKTAH0CpdVByk0D24TWLxhUMsczspsEDHkK8yuTlLf8g70
bnd/BsBvI6BMvqNTMFEwHQYDVR0OBBYEFM9k00Pj6hC/H9UPtpAj0LalGMA8MB8G
A1UdIwQYMBaAFM9k00Pj6hC/H9UPtpAj0LalGMA8MA8GA1UdEwEB/wQFMAMBAf8w
CgYIKoZIzj0EAwIDRwAwRAIgS+En3vhllAG0GgwCUH7s3i2TaEBo6gj2MuzSlVYr
5SECIBZX/4QbEYwkh8wifAxwWtfzw/ErOybOjuuC4h/+swsG
-----END CERTIFICATE-----
)");
  return made->front();
}

void walk(std::string_view bytes, int depth) {
  DerReader reader{bytes};
  while (const auto element = reader.next()) {
    require(element->whole.size() >= element->content.size() + 2);
    if ((element->tag & 0x20U) != 0 && depth > 0) walk(element->content, depth - 1);
  }
  require(reader.at_end());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  walk(bytes, 8);
  const ListQuestion question{.leaf = certificate(), .issuer = certificate()};
  std::optional<ListDates> dates;
  for (const auto& answer : read_revocation_list(bytes, {&question, 1}, kNow, dates)) require(answer.status != RevocationStatus::revoked);
  require(read_ocsp_response(bytes, certificate(), certificate(), kNow).status != RevocationStatus::revoked);
  return 0;
}
