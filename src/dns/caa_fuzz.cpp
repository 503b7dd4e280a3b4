// RDATA of CAA records from a stranger's zone: a list of records, each with its length in one byte before it.

#include "base/text.hpp"
#include "dns/caa.hpp"

#include <cstdint>
#include <cstdlib>

namespace {

using namespace carillon;

void require(bool condition) {
  if (!condition) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  std::string_view bytes{reinterpret_cast<const char*>(data), size};
  std::vector<dns::CaaRecord> records;
  while (!bytes.empty()) {
    const auto length = static_cast<unsigned char>(bytes.front());
    const auto record = dns::parse_caa(bytes.substr(1, length));
    bytes.remove_prefix(std::min<std::size_t>(bytes.size(), std::size_t{1} + length));
    if (!record) continue;
    require(!record->tag.empty() && record->tag == lower_ascii(record->tag));
    records.push_back(*record);
  }
  for (const bool wildcard : {false, true}) {
    // Whoever is permitted by name is permitted when any name will do.
    if (dns::caa_permits(records, {"ca.example"}, wildcard)) require(dns::caa_permits(records, {}, wildcard));
    // One more critical tag that nobody knows forbids.
    auto stricter = records;
    stricter.push_back({.critical = true, .tag = "unheardof", .value = {}});
    require(!dns::caa_permits(stricter, {"ca.example"}, wildcard));
  }
  return 0;
}
