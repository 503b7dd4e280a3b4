// Whatever bytes stand in a segment: the decoder takes whole records or says what is wrong, and what it takes is encoded to the same bytes.

#include "stats/record_format.hpp"

#include <cstdlib>

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  std::span bytes{reinterpret_cast<const std::byte*>(data), size};
  if (carillon::stats::check_segment_header(bytes)) bytes = bytes.subspan(carillon::stats::kHeaderLength);
  while (!bytes.empty()) {
    const auto decoded = carillon::stats::decode(bytes);
    if (!decoded) break;
    if (carillon::stats::encoded(decoded->record) != carillon::as_text(bytes.first(decoded->length))) std::abort();
    bytes = bytes.subspan(decoded->length);
  }
  return 0;
}
