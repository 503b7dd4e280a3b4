// Whatever bytes stand in a segment: the decoder takes whole records or says what is wrong, and what it takes is encoded to the same bytes.

#include "stats/log/record_format.hpp"

#include <zlib.h>

#include <cstdlib>
#include <string>

namespace {

void read_all(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto decoded = carillon::stats::decode(bytes);
    if (!decoded) return;
    if (carillon::stats::encoded(decoded->record) != carillon::as_text(bytes.first(decoded->length))) std::abort();
    bytes = bytes.subspan(decoded->length);
  }
}

/// The bytes as the payload of a record whose checksum is right: no mutation of the whole would find one.
std::string framed(std::span<const std::byte> payload) {
  std::string frame;
  const auto put = [&frame](unsigned long value) {
    for (int shift = 0; shift < 32; shift += 8) frame += static_cast<char>(static_cast<unsigned char>(value >> shift));
  };
  put(payload.size());
  const auto sum = ::crc32(0, reinterpret_cast<const Bytef*>(frame.data()), 4);
  put(::crc32(sum, reinterpret_cast<const Bytef*>(payload.data()), static_cast<uInt>(payload.size())));
  return frame.append(carillon::as_text(payload));
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::span bytes{reinterpret_cast<const std::byte*>(data), size};
  read_all(carillon::stats::check_segment_header(bytes) ? bytes.subspan(carillon::stats::kHeaderLength) : bytes);
  if (size > 0) read_all(carillon::as_bytes(framed(bytes)));
  return 0;
}
