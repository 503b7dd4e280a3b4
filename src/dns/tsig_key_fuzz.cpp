// A file that should hold a TSIG key.

#include "base/encoding.hpp"
#include "dns/tsig_key.hpp"

#include <cstdint>
#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const auto key = dns::parse_tsig_key({reinterpret_cast<const char*>(data), size});
  if (!key) return 0;
  // What was read is read again as the same key.
  const auto again = dns::parse_tsig_key(key->algorithm + ":" + key->name + ":" + key->secret);
  if (!again || again->name != key->name || again->algorithm != key->algorithm || again->secret != key->secret || !from_base64(key->secret))
    std::abort();
  return 0;
}
