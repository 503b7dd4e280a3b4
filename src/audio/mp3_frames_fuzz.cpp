// Fuzz target: the walk over MP3 frames says the same however the bytes are cut, and an Info frame fits whatever it found.

#include "audio/mp3_frame.hpp"
#include "audio/prefix.hpp"

#include <cstdlib>

namespace {

using namespace carillon;
using namespace carillon::audio;

Result<Mp3Stream> walk(std::span<const std::byte> bytes, std::size_t piece) {
  Mp3Walker walker;
  while (!bytes.empty()) {
    const auto part = bytes.first(std::min(piece, bytes.size()));
    if (auto fed = walker.feed(part); !fed) return forward_error(fed);
    bytes = bytes.subspan(part.size());
  }
  return walker.finish();
}

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::span bytes{reinterpret_cast<const std::byte*>(data), size};
  const auto whole = walk(bytes, size == 0 ? 1 : size);
  const auto pieces = walk(bytes, size < 4'096 ? 7 : 1'000);
  check(whole.has_value() == pieces.has_value());
  (void)main_data_begin(bytes);
  if (!whole) {
    check(whole.error().message == pieces.error().message);
    return 0;
  }
  check(whole->frames == pieces->frames && whole->length == pieces->length && whole->length.value == size);
  check(whole->constant_bitrate == pieces->constant_bitrate && whole->reservoir == pieces->reservoir);
  check(whole->duration().count() > 0);
  const auto info = info_frame(*whole);
  const auto header = parse_mp3_header(as_bytes(info));
  check(header && header->length == info.size() && header->sample_rate == whole->first.sample_rate);
  return 0;
}
