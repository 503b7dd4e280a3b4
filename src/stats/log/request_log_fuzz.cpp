// Whatever bytes stand in a segment, of either version: readers take whole records or say what is wrong, never more memory than they
// should, and what they take is written so that it comes back the same.

#include "stats/log/version_1.hpp"
#include "stats/log/version_2.hpp"

#include <zlib.h>

#include <cstdlib>
#include <string>

namespace {

using namespace carillon::stats;

void read_all_1(std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto decoded = version_1::decode(bytes);
    if (!decoded) return;
    if (version_1::encoded(decoded->record) != carillon::as_text(bytes.first(decoded->length))) std::abort();
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

void read_items(std::span<const std::byte> items, const version_2::Header& header) {
  version_2::Texts texts;
  while (!items.empty()) {
    const auto item = version_2::decode_item(items, header, texts);
    if (!item) return;
    if (item->length == 0 || item->length > items.size()) std::abort();
    items = items.subspan(item->length);
    if (!item->record) continue;
    auto record = *item->record;
    record.texts_lost = false;
    // A listener or media of zeros is none: both are written as none.
    version_2::TextNumbers numbers;
    std::string again;
    version_2::append_item(again, record, header, numbers);
    if (again.size() > version_2::kLongestItems) std::abort();
    version_2::Texts own;
    for (auto rest = carillon::as_bytes(again); !rest.empty();) {
      const auto back = version_2::decode_item(rest, header, own);
      if (!back) std::abort();
      if (back->record && *back->record != record) std::abort();
      rest = rest.subspan(back->length);
    }
  }
}

void read_blocks(std::span<const std::byte> bytes, const version_2::Header& header) {
  std::string buffer;
  while (!bytes.empty()) {
    const auto block = version_2::find_block(bytes);
    if (!block) {
      const auto next = version_2::next_mark(bytes, 1);
      if (next == 0 || next > bytes.size()) std::abort();
      bytes = bytes.subspan(next);
      continue;
    }
    if (const auto items = version_2::items_of(*block, buffer)) {
      if (items->size() > version_2::kLargestBlock) std::abort();
      read_items(*items, header);
    }
    bytes = bytes.subspan(block->length);
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const unsigned char* data, std::size_t size) {
  const std::span bytes{reinterpret_cast<const std::byte*>(data), size};
  read_all_1(version_1::check_segment_header(bytes) ? bytes.subspan(version_1::kHeaderLength) : bytes);
  if (size > 0) read_all_1(carillon::as_bytes(framed(bytes)));
  const auto header = version_2::decode_header(bytes);
  if (header && version_2::encoded(*header) != carillon::as_text(bytes.first(version_2::kHeaderLength))) std::abort();
  read_blocks(header ? bytes.subspan(version_2::kHeaderLength) : bytes, header.value_or(version_2::Header{}));
  read_items(bytes, header.value_or(version_2::Header{}));
  // The same with a checksum that is right, as they are and as something compressed.
  if (size > 0 && size <= version_2::kLargestBlock) {
    read_blocks(carillon::as_bytes(version_2::plain_block(carillon::as_text(bytes))), {});
    const auto compressed = version_2::compressed_block(carillon::as_text(bytes), 1);
    if (!compressed) std::abort();
    std::string buffer;
    const auto block = version_2::find_block(carillon::as_bytes(*compressed));
    if (!block || carillon::as_text(version_2::items_of(*block, buffer).value()) != carillon::as_text(bytes)) std::abort();
    read_blocks(carillon::as_bytes(version_2::stored_block(carillon::as_text(bytes), std::size_t{1} << (size % 21))), {});
  }
  return 0;
}
