// Fuzz target: tags around the frames of a foreign MP3. What is found lies inside the file and begins with a frame.

#include "audio/mp3_frame.hpp"
#include "audio/prefix.hpp"

#include <algorithm>
#include <cstdlib>

namespace {

using namespace carillon;
using namespace carillon::audio;

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  // The first two bytes say how much of the file is handed over as its head.
  const std::size_t head = static_cast<std::size_t>(data[0]) << 8 | data[1];
  const std::span file{reinterpret_cast<const std::byte*>(data) + 2, size - 2};
  const auto tail = file.last(std::min<std::size_t>(256, file.size()));
  (void)id3_length(file);

  const auto part = frames_of(file.first(std::min(head, file.size())), tail, {file.size()});
  const auto whole = frames_of(file, tail, {file.size()});
  // With everything in hand there is nothing more to ask for.
  check(whole || whole.error().kind == ErrorKind::invalid);
  if (whole) {
    check(whole->length.value > 0 && whole->offset + whole->length <= ByteCount{file.size()});
    check(parse_mp3_header(file.subspan(whole->offset.value)).has_value());
  }
  if (part && whole) check(part->offset == whole->offset && part->length == whole->length);
  if (part) check(whole.has_value());

  // A tag of ours made from the same bytes is a tag.
  const auto text = as_text(file.first(std::min<std::size_t>(512, file.size())));
  Tag tag;
  tag.title = text;
  tag.link = text;
  const auto written = id3_tag(tag);
  check(id3_length(as_bytes(written)).value == written.size());
  check(written.find('\xFF') == std::string::npos);
  return 0;
}
