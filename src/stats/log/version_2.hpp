#pragma once
// Encodes and decodes segments of version 2, see docs/formats/request-log.md. Pure.
//
// A segment is a header and blocks. A block has a checksum and contains items, compressed or not: texts, each with a number, and records,
// which refer to texts by number.

#include "base/result.hpp"
#include "stats/log/record.hpp"

#include <functional>
#include <span>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace carillon::stats::version_2 {

inline constexpr std::size_t kHeaderLength = 36;
inline constexpr std::size_t kBlockHeaderLength = 16;
/// The maximum size of a block's items before compression: limits a reader's memory and the damage of one write.
inline constexpr std::size_t kLargestBlock = 1 << 20;
/// The maximum size of a block on disk, without its header: the compression bound (ZSTD_COMPRESSBOUND).
inline constexpr std::size_t kLargestStored = kLargestBlock + (kLargestBlock >> 7) + 128;
/// Numbered texts per segment: limits the memory of writers and readers. Further texts are stored in the records themselves.
inline constexpr std::size_t kMaxTexts = 16 * 1024;
inline constexpr std::size_t kMaxTextBytes = 4 << 20;
/// More than any record needs, including its texts.
inline constexpr std::size_t kLongestItems = 8 * 1024;

struct Header {
  bool sealed = false;        ///< complete and compressed: nothing will be appended
  Time base;                  ///< the base of the records' times
  std::uint64_t records = 0;  ///< of a sealed segment
};
[[nodiscard]] std::string encoded(const Header& header);
/// `corrupt` when `bytes` do not begin with a header of this version.
Result<Header> decode_header(std::span<const std::byte> bytes);

/// Items as an uncompressed block. `items` has at most kLargestBlock bytes.
[[nodiscard]] std::string plain_block(std::string_view items);
[[nodiscard]] Result<std::string> compressed_block(std::string_view items, int level);
/// A block of already compressed data, declaring `items_length` bytes.
[[nodiscard]] std::string stored_block(std::string_view stored, std::size_t items_length);

/// A block at the start of `bytes`, with a valid checksum.
struct Block {
  std::size_t length = 0;  ///< in the file, its header included
  std::size_t items_length = 0;
  bool compressed = false;
  std::span<const std::byte> stored;
};
/// `corrupt`, with the reason, if there is none.
Result<Block> find_block(std::span<const std::byte> bytes);
/// How many bytes find_block() would check: 0 if the data can't be the start of a block.
[[nodiscard]] std::size_t claimed_length(std::span<const std::byte> bytes) noexcept;
/// Where in `bytes` the next block might start, from `from` on; their length if nowhere.
[[nodiscard]] std::size_t next_mark(std::span<const std::byte> bytes, std::size_t from) noexcept;
/// The items of a block, in `buffer` if it is compressed. Never more than kLargestBlock, regardless of the declared length.
Result<std::span<const std::byte>> items_of(const Block& block, std::string& buffer);

/// Numbers for the texts of a segment being written: equal texts have the same number.
class TextNumbers {
 public:
  struct Number {
    std::uint32_t value;
    bool is_new;
  };
  /// None if the segment has reached the limit.
  std::optional<Number> number_of(std::string_view text);
  [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }
  /// Drops texts after the first `size`, which didn't reach the disk.
  void cut_to(std::size_t size);

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const noexcept { return std::hash<std::string_view>{}(text); }
  };
  std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> numbers_;
  std::vector<const std::string*> order_;
  std::size_t bytes_ = 0;
};

/// Appends a record to `items`, after the texts that it is the first to use. Too long texts are cut, invalid UTF-8 is replaced.
void append_item(std::string& items, const Record& record, const Header& header, TextNumbers& numbers);

/// The texts of a segment being read.
class Texts {
 public:
  /// `corrupt` if the number is out of range or already used.
  Result<> add(std::uint64_t number, std::string_view text);
  [[nodiscard]] const std::string* find(std::uint64_t number) const noexcept;  ///< null if it is unknown
 private:
  std::vector<std::optional<std::string>> texts_;
  std::size_t bytes_ = 0;
};

/// One item at the start of `items`.
struct Item {
  std::size_t length = 0;
  std::optional<Record> record;  ///< none: it was a text, which is now in `texts`
};
/// `corrupt` if there is none. Unknown texts of a record are empty, and Record::texts_lost is set.
Result<Item> decode_item(std::span<const std::byte> items, const Header& header, Texts& texts);

}  // namespace carillon::stats::version_2
