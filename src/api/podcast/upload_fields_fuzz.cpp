// Whatever stands in the fields of an upload: what is taken can be read, and every value of it is text.

#include "api/podcast/upload_fields.hpp"

#include "base/text.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  using namespace carillon::api;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  if (const auto checksum = parse_checksum(text); checksum && checksum->sum.size() != length_of(checksum->algorithm)) std::abort();
  if (!check_metadata(text)) return 0;
  if (text.size() > kLongestMetadata) std::abort();
  for (const auto part : carillon::split(text, ',')) {
    const auto pair = carillon::trimmed(part);
    const auto value = metadata_value(text, pair.substr(0, pair.find(' ')));
    if (value && !carillon::is_utf8(*value)) std::abort();
  }
  return 0;
}
