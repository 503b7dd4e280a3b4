#pragma once
// The bytes of a segment of version 2, both ways, as docs/formats/request-log.md has them. Pure.
//
// A segment is a header and blocks. A block has a checksum and holds items, compressed or not: texts, each with a number, and records,
// which name texts by their numbers.

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
/// Of the items of a block, before compression: what a reader has to hold, and what one write can tear.
inline constexpr std::size_t kLargestBlock = 1 << 20;
/// Of a block on the disk, without its header. Compressing cannot make more of a block than this (ZSTD_COMPRESSBOUND).
inline constexpr std::size_t kLargestStored = kLargestBlock + (kLargestBlock >> 7) + 128;
/// Texts of a segment that have a number: the memory of a writer and a reader. What comes after these stands in its records themselves.
inline constexpr std::size_t kMaxTexts = 16 * 1024;
inline constexpr std::size_t kMaxTextBytes = 4 << 20;
/// More than any record takes with all the texts that it brings along.
inline constexpr std::size_t kLongestItems = 8 * 1024;

struct Header {
  bool sealed = false;        ///< complete and compressed: nothing will be appended
  Time base;                  ///< what the times of records count from
  std::uint64_t records = 0;  ///< of a sealed segment
};
[[nodiscard]] std::string encoded(const Header& header);
/// `corrupt` when `bytes` do not begin with a header of this version.
Result<Header> decode_header(std::span<const std::byte> bytes);

/// Items as a block, compressed or as they are. `items` has at most kLargestBlock bytes.
[[nodiscard]] std::string plain_block(std::string_view items);
[[nodiscard]] Result<std::string> compressed_block(std::string_view items, int level);
/// A block of what is compressed already, saying that it holds `items_length` bytes.
[[nodiscard]] std::string stored_block(std::string_view stored, std::size_t items_length);

/// A block at the beginning of `bytes`, with a good checksum.
struct Block {
  std::size_t length = 0;  ///< in the file, its header included
  std::size_t items_length = 0;
  bool compressed = false;
  std::span<const std::byte> stored;
};
/// `corrupt`, with the reason, when there is none.
Result<Block> find_block(std::span<const std::byte> bytes);
/// How many bytes find_block() would look at: 0 where what is there cannot be the beginning of a block.
[[nodiscard]] std::size_t claimed_length(std::span<const std::byte> bytes) noexcept;
/// Where in `bytes` the next block might begin, from `from` on; their length if nowhere.
[[nodiscard]] std::size_t next_mark(std::span<const std::byte> bytes, std::size_t from) noexcept;
/// The items of a block, in `buffer` where it is compressed. Never more than kLargestBlock, whatever the block claims.
Result<std::span<const std::byte>> items_of(const Block& block, std::string& buffer);

/// Numbers for the texts of one segment as it is written: the same text, the same number.
class TextNumbers {
 public:
  struct Number {
    std::uint32_t value;
    bool is_new;
  };
  /// None when the segment has as many as it may.
  std::optional<Number> number_of(std::string_view text);
  [[nodiscard]] std::size_t size() const noexcept { return order_.size(); }
  /// Forgets what came after the first `size` texts: they did not reach the disk.
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

/// Appends a record to `items`, after the texts that it is the first to name. Texts that are too long are cut, broken UTF-8 is replaced.
void append_item(std::string& items, const Record& record, const Header& header, TextNumbers& numbers);

/// The texts of one segment as it is read.
class Texts {
 public:
  /// `corrupt` where the number is out of range or taken.
  Result<> add(std::uint64_t number, std::string_view text);
  [[nodiscard]] const std::string* find(std::uint64_t number) const noexcept;  ///< none where it was never told
 private:
  std::vector<std::optional<std::string>> texts_;
  std::size_t bytes_ = 0;
};

/// One item at the beginning of `items`.
struct Item {
  std::size_t length = 0;
  std::optional<Record> record;  ///< none: it was a text, which `texts` has now
};
/// `corrupt` when there is none. A record whose texts are unknown has them empty, and says so (Record::texts_lost).
Result<Item> decode_item(std::span<const std::byte> items, const Header& header, Texts& texts);

}  // namespace carillon::stats::version_2
