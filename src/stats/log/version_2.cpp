// See version_2.hpp.

#include "stats/log/version_2.hpp"

#include "base/text.hpp"

#include <zlib.h>
#include <zstd.h>

#include <algorithm>
#include <cstring>
#include <memory>

namespace carillon::stats::version_2 {
namespace {

constexpr std::string_view kMagic = "CARREQLG";
constexpr std::uint32_t kVersion = 2;
constexpr std::uint32_t kSealed = 1;
constexpr std::string_view kPlainMark = "CRBP";
constexpr std::string_view kCompressedMark = "CRBZ";
constexpr std::string_view kAnyMark = "CRB";
constexpr std::size_t kMarkLength = 4;

constexpr std::uint64_t kTextItem = 1;
constexpr std::uint64_t kRecordItem = 2;

/// How a text of a record is told.
constexpr std::uint64_t kNoText = 0;
constexpr std::uint64_t kTextHere = 1;
constexpr std::uint64_t kFirstNumber = 2;

/// What a record has.
enum Flag : std::uint64_t {
  kHasMedia = 1 << 0,
  kHasListener = 1 << 1,
  kHasWhole = 1 << 2,
  kHasFirst = 1 << 3,
  kHasTook = 1 << 4,
  kHasNetwork = 1 << 5,
  kIsEmbedded = 1 << 6,
  kDataCentreKnown = 1 << 7,
  kIsDataCentre = 1 << 8,  ///< without kDataCentreKnown: a shared address
  kKnownFlags = (1 << 9) - 1,
};

template <class Integer>
void put(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

template <class Integer>
Integer taken(std::span<const std::byte> bytes) {
  std::uint64_t value = 0;
  for (std::size_t i = 0; i < sizeof(Integer); ++i) value |= std::to_integer<std::uint64_t>(bytes[i]) << (8 * i);
  return static_cast<Integer>(value);
}

void put_number(std::string& out, std::uint64_t value) {
  while (value >= 0x80) {
    out += static_cast<char>(static_cast<unsigned char>(value | 0x80));
    value >>= 7;
  }
  out += static_cast<char>(static_cast<unsigned char>(value));
}

std::uint64_t zigzag(std::int64_t value) { return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63); }
std::int64_t unzigzag(std::uint64_t value) { return static_cast<std::int64_t>(value >> 1) ^ -static_cast<std::int64_t>(value & 1); }

std::uint32_t checksum(std::span<const std::byte> first, std::span<const std::byte> second = {}) {
  const auto add = [](uLong sum, std::span<const std::byte> bytes) {
    return bytes.empty() ? sum : ::crc32(sum, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  };
  return static_cast<std::uint32_t>(add(add(0, first), second));
}

/// Visits every text of a record with its limit, in the order of the format. `in_dictionary`: it is likely to come again and again.
template <class RecordLike, class Visit>
void each_text(RecordLike& record, const Visit& visit) {
  visit(record.episode, kLongestEpisode, true);
  visit(record.arrangement, kLongestArrangement, true);
  visit(record.token, kLongestToken, false);
  visit(record.host, kLongestHost, true);
  visit(record.method, kLongestMethod, true);
  visit(record.range, kLongestRange, false);
  visit(record.prefix, kLongestPrefix, false);
  visit(record.country, kLongestCountry, true);
  visit(record.region, kLongestRegion, true);
  visit(record.session, kLongestSession, false);
  visit(record.user_agent, kLongestUserAgent, true);
  visit(record.referrer, kLongestReferrer, true);
}

/// Cleaned where it is malformed: a replacement is longer than what it replaces.
std::string mended(std::string_view text, std::size_t limit) { return std::string{cut_to(clean_for_xml(text.substr(0, limit)), limit)}; }

void put_text(std::string& record, std::string& texts, TextNumbers& numbers, std::string_view text, bool in_dictionary) {
  if (text.empty()) return put_number(record, kNoText);
  if (in_dictionary) {
    if (const auto number = numbers.number_of(text)) {
      if (number->is_new) {
        put_number(texts, kTextItem);
        put_number(texts, number->value);
        put_number(texts, text.size());
        texts += text;
      }
      return put_number(record, kFirstNumber + number->value);
    }
  }
  put_number(record, kTextHere);
  put_number(record, text.size());
  record += text;
}

/// Takes values off the front of an item; remembers whether all of them were there and within their limits.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_{bytes}, all_{bytes.size()} {}

  std::uint64_t number() {
    std::uint64_t value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      const auto byte = take_bytes(1);
      if (byte.empty()) return 0;
      const auto part = std::to_integer<std::uint64_t>(byte[0]);
      if (shift == 63 && part > 1) break;  // beyond 64 bits
      value |= (part & 0x7F) << shift;
      if (part < 0x80) return value;
    }
    good_ = false;
    return 0;
  }
  std::uint64_t number(std::uint64_t most) {
    const auto value = number();
    if (value > most) good_ = false;
    return good_ ? value : 0;
  }
  template <std::size_t Length>
  void take(std::array<std::byte, Length>& into) {
    const auto part = take_bytes(Length);
    if (!part.empty()) std::memcpy(into.data(), part.data(), Length);
  }
  std::string_view text(std::size_t limit) {
    const auto length = number(limit);
    const auto text = as_text(take_bytes(length));
    if (!is_utf8(text)) good_ = false;
    return good_ ? text : std::string_view{};
  }
  void refuse() noexcept { good_ = false; }
  [[nodiscard]] bool good() const noexcept { return good_; }
  [[nodiscard]] std::size_t taken_bytes() const noexcept { return all_ - bytes_.size(); }

 private:
  std::span<const std::byte> take_bytes(std::size_t length) {
    if (bytes_.size() < length) good_ = false;
    if (!good_) return {};
    const auto part = bytes_.first(length);
    bytes_ = bytes_.subspan(length);
    return part;
  }

  std::span<const std::byte> bytes_;
  std::size_t all_;
  bool good_ = true;
};

std::string block_header(std::string_view mark, std::size_t stored, std::size_t items) {
  std::string header{mark};
  put(header, static_cast<std::uint32_t>(stored));
  put(header, static_cast<std::uint32_t>(items));
  return header;
}

std::string block_of(std::string_view mark, std::string_view stored, std::size_t items) {
  auto block = block_header(mark, stored.size(), items);
  // The lengths are under the checksum too.
  put(block, checksum(as_bytes(block), as_bytes(stored)));
  block += stored;
  return block;
}

bool is_mark(std::span<const std::byte> bytes) noexcept {
  const auto mark = as_text(bytes.first(kMarkLength));
  return mark == kPlainMark || mark == kCompressedMark;
}

struct FreeCompressor {
  void operator()(ZSTD_CCtx* context) const noexcept { ZSTD_freeCCtx(context); }
};

Record decoded_record(Reader& reader, const Header& header, const Texts& texts) {
  Record record;
  const auto flags = reader.number(kKnownFlags);
  const auto has = [flags](Flag flag) { return (flags & flag) != 0; };
  // Wraps where the numbers are absurd: any time comes back as it went in.
  record.time = from_microseconds(static_cast<std::int64_t>(static_cast<std::uint64_t>(to_microseconds(header.base)) +
                                                            static_cast<std::uint64_t>(unzigzag(reader.number()))));
  record.status = static_cast<int>(reader.number(UINT16_MAX));
  record.http = static_cast<Http>(reader.number(UINT8_MAX));
  record.asked = static_cast<Asked>(reader.number(UINT8_MAX));
  record.key = static_cast<std::uint32_t>(reader.number(UINT32_MAX));
  record.sent = ByteCount{reader.number()};
  if (has(kHasWhole)) record.whole = ByteCount{reader.number()};
  if (has(kHasFirst)) record.first = ByteCount{reader.number()};
  if (has(kHasTook)) record.took = std::chrono::milliseconds{reader.number(INT64_MAX)};
  if (has(kHasNetwork)) record.network = static_cast<std::uint32_t>(reader.number(UINT32_MAX));
  if (has(kHasMedia)) reader.take(record.media.bytes);
  if (has(kHasListener)) reader.take(record.listener);
  record.embedded = has(kIsEmbedded);
  if (has(kDataCentreKnown)) record.data_centre = has(kIsDataCentre);
  record.shared = has(kIsDataCentre) && !has(kDataCentreKnown);
  each_text(record, [&](std::string& text, std::size_t limit, bool /*in_dictionary*/) {
    const auto how = reader.number(kFirstNumber + kMaxTexts - 1);
    if (how == kNoText) return;
    if (how == kTextHere) {
      text = reader.text(limit);
      return;
    }
    const auto* known = texts.find(how - kFirstNumber);
    if (!known)
      record.texts_lost = true;
    else if (known->size() > limit)
      reader.refuse();
    else
      text = *known;
  });
  return record;
}

}  // namespace

std::string encoded(const Header& header) {
  std::string bytes{kMagic};
  put(bytes, kVersion);
  put(bytes, header.sealed ? kSealed : std::uint32_t{0});
  put(bytes, static_cast<std::uint64_t>(to_microseconds(header.base)));
  put(bytes, header.records);
  put(bytes, checksum(as_bytes(bytes)));
  return bytes;
}

Result<Header> decode_header(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderLength) return fail(ErrorKind::corrupt, "the segment header is incomplete");
  if (as_text(bytes.first(kMagic.size())) != kMagic) return fail(ErrorKind::corrupt, "this isn't a request log segment");
  if (taken<std::uint32_t>(bytes.subspan(kHeaderLength - 4, 4)) != checksum(bytes.first(kHeaderLength - 4)))
    return fail(ErrorKind::corrupt, "the segment header has the wrong checksum");
  const auto version = taken<std::uint32_t>(bytes.subspan(8, 4));
  if (version != kVersion)
    return fail(ErrorKind::corrupt, "the segment has version " + std::to_string(version) + ", which this program can't read");
  const auto flags = taken<std::uint32_t>(bytes.subspan(12, 4));
  if (flags > kSealed) return fail(ErrorKind::corrupt, "the segment header has flags that this program doesn't support");
  return Header{.sealed = flags == kSealed,
                .base = from_microseconds(static_cast<std::int64_t>(taken<std::uint64_t>(bytes.subspan(16, 8)))),
                .records = taken<std::uint64_t>(bytes.subspan(24, 8))};
}

std::string plain_block(std::string_view items) { return block_of(kPlainMark, items, items.size()); }

Result<std::string> compressed_block(std::string_view items, int level) {
  const std::unique_ptr<ZSTD_CCtx, FreeCompressor> context{ZSTD_createCCtx()};
  if (!context) return fail(ErrorKind::unavailable, "compress a block of the request log: no memory");
  std::string stored(ZSTD_compressBound(items.size()), '\0');
  const auto length = ZSTD_compressCCtx(context.get(), stored.data(), stored.size(), items.data(), items.size(), level);
  if (ZSTD_isError(length) != 0)
    return fail(ErrorKind::unavailable, std::string{"compress a block of the request log: "} + ZSTD_getErrorName(length));
  stored.resize(length);
  return stored_block(stored, items.size());
}

std::string stored_block(std::string_view stored, std::size_t items_length) { return block_of(kCompressedMark, stored, items_length); }

Result<Block> find_block(std::span<const std::byte> bytes) {
  if (bytes.size() < kBlockHeaderLength) return fail(ErrorKind::corrupt, "a block ends within its header");
  if (!is_mark(bytes)) return fail(ErrorKind::corrupt, "expected a block, found something else");
  const auto length = claimed_length(bytes);
  if (length == 0) return fail(ErrorKind::corrupt, "a block has an impossible length");
  if (bytes.size() < length) return fail(ErrorKind::corrupt, "a block is incomplete");
  const auto stored = bytes.subspan(kBlockHeaderLength, length - kBlockHeaderLength);
  if (taken<std::uint32_t>(bytes.subspan(12, 4)) != checksum(bytes.first(12), stored))
    return fail(ErrorKind::corrupt, "a block has the wrong checksum");
  return Block{.length = length,
               .items_length = taken<std::uint32_t>(bytes.subspan(8, 4)),
               .compressed = as_text(bytes.first(kMarkLength)) == kCompressedMark,
               .stored = stored};
}

std::size_t claimed_length(std::span<const std::byte> bytes) noexcept {
  if (bytes.size() < kBlockHeaderLength || !is_mark(bytes)) return 0;
  const std::size_t stored = taken<std::uint32_t>(bytes.subspan(4, 4)), items = taken<std::uint32_t>(bytes.subspan(8, 4));
  if (stored == 0 || stored > kLargestStored || items == 0 || items > kLargestBlock) return 0;
  if (as_text(bytes.first(kMarkLength)) == kPlainMark && items != stored) return 0;
  return kBlockHeaderLength + stored;
}

std::size_t next_mark(std::span<const std::byte> bytes, std::size_t from) noexcept {
  const auto at = as_text(bytes).find(kAnyMark, from);
  return at == std::string_view::npos ? bytes.size() : at;
}

Result<std::span<const std::byte>> items_of(const Block& block, std::string& buffer) {
  if (!block.compressed) return block.stored;
  // What a bomb would make of it has no room: the buffer is as long as a block may be.
  buffer.resize(block.items_length);
  const auto length = ZSTD_decompress(buffer.data(), buffer.size(), block.stored.data(), block.stored.size());
  if (ZSTD_isError(length) != 0)
    return fail(ErrorKind::corrupt, std::string{"a compressed block can't be decompressed ("} + ZSTD_getErrorName(length) + ")");
  if (length != block.items_length) return fail(ErrorKind::corrupt, "a compressed block is shorter than declared");
  return as_bytes(buffer);
}

std::optional<TextNumbers::Number> TextNumbers::number_of(std::string_view text) {
  if (const auto found = numbers_.find(text); found != numbers_.end()) return Number{found->second, false};
  if (order_.size() >= kMaxTexts || bytes_ + text.size() > kMaxTextBytes) return {};
  const auto number = static_cast<std::uint32_t>(order_.size());
  const auto added = numbers_.emplace(text, number).first;
  order_.push_back(&added->first);
  bytes_ += text.size();
  return Number{number, true};
}

void TextNumbers::cut_to(std::size_t size) {
  while (order_.size() > size) {
    bytes_ -= order_.back()->size();
    numbers_.erase(numbers_.find(*order_.back()));
    order_.pop_back();
  }
}

void append_item(std::string& items, const Record& record, const Header& header, TextNumbers& numbers) {
  std::uint64_t flags = 0;
  const auto set = [&flags](Flag flag, bool on) { flags |= on ? flag : 0; };
  const bool has_listener = std::ranges::any_of(record.listener, [](std::byte byte) { return byte != std::byte{0}; });
  set(kHasMedia, record.media != Digest{});
  set(kHasListener, has_listener);
  set(kHasWhole, record.whole.has_value());
  set(kHasFirst, record.first.has_value());
  set(kHasTook, record.took.has_value());
  set(kHasNetwork, record.network.has_value());
  set(kIsEmbedded, record.embedded);
  set(kDataCentreKnown, record.data_centre.has_value());
  set(kIsDataCentre, record.data_centre.value_or(record.shared));

  std::string one;
  one.reserve(256);
  put_number(one, kRecordItem);
  put_number(one, flags);
  put_number(one, zigzag(static_cast<std::int64_t>(static_cast<std::uint64_t>(to_microseconds(record.time)) -
                                                   static_cast<std::uint64_t>(to_microseconds(header.base)))));
  put_number(one, static_cast<std::uint16_t>(record.status));
  put_number(one, static_cast<std::uint8_t>(record.http));
  put_number(one, static_cast<std::uint8_t>(record.asked));
  put_number(one, record.key);
  put_number(one, record.sent.value);
  if (record.whole) put_number(one, record.whole->value);
  if (record.first) put_number(one, record.first->value);
  if (record.took) put_number(one, static_cast<std::uint64_t>(std::max<std::int64_t>(record.took->count(), 0)));
  if (record.network) put_number(one, *record.network);
  if (flags & kHasMedia) one += as_text(record.media.bytes);
  if (has_listener) one += as_text(record.listener);
  // New texts go to `items` at once, before the record that names them.
  each_text(record, [&](const std::string& text, std::size_t limit, bool in_dictionary) {
    if (text.size() <= limit && is_utf8(text))
      put_text(one, items, numbers, text, in_dictionary);
    else
      put_text(one, items, numbers, is_utf8(text) ? std::string{carillon::cut_to(text, limit)} : mended(text, limit), in_dictionary);
  });
  items += one;
}

Result<> Texts::add(std::uint64_t number, std::string_view text) {
  if (number >= kMaxTexts || bytes_ + text.size() > kMaxTextBytes) return fail(ErrorKind::corrupt, "a segment has too many strings");
  if (number >= texts_.size()) texts_.resize(number + 1);
  if (texts_[number]) return fail(ErrorKind::corrupt, "two strings have the same number");
  texts_[number].emplace(text);
  bytes_ += text.size();
  return {};
}

const std::string* Texts::find(std::uint64_t number) const noexcept {
  if (number >= texts_.size() || !texts_[number]) return nullptr;
  return &*texts_[number];
}

Result<Item> decode_item(std::span<const std::byte> items, const Header& header, Texts& texts) {
  Reader reader{items};
  Item item;
  const auto kind = reader.number();
  if (kind == kTextItem) {
    const auto number = reader.number();
    const auto text = reader.text(kLongestText);
    if (reader.good()) {
      if (auto added = texts.add(number, text); !added) return forward_error(added);
    }
  } else if (kind == kRecordItem) {
    item.record = decoded_record(reader, header, texts);
  } else {
    reader.refuse();
  }
  if (!reader.good()) return fail(ErrorKind::corrupt, "a block has a valid checksum, but its content has the wrong format");
  item.length = reader.taken_bytes();
  return item;
}

}  // namespace carillon::stats::version_2
