// The bytes behind a name: version, mark if there is one, episode, prefix, number of files, their digests (the master's first), number of
// pieces, for each piece file, offset and length as LEB128 numbers, and at the end the first bytes of an HMAC of all of this.

#include "delivery/arrangement.hpp"

#include "base/encoding.hpp"
#include "base/id.hpp"
#include "crypto/hmac.hpp"

#include <algorithm>
#include <optional>

namespace carillon::delivery {
namespace {

constexpr char kVersion = 1, kVersionWithMark = 2;
constexpr std::size_t kMarkLength = 8;
constexpr std::size_t kIdLength = 26;
/// Forging a name takes 2^127 requests on average (RFC 2104 §5 allows half the length).
constexpr std::size_t kSignatureLength = 16;

void append_number(std::string& bytes, std::uint64_t number) {
  while (number >= 0x80) {
    bytes += static_cast<char>((number & 0x7F) | 0x80);
    number >>= 7;
  }
  bytes += static_cast<char>(number);
}

void append_digest(std::string& bytes, const Digest& digest) { bytes.append(as_text(digest.bytes)); }

std::string signature_of(std::string_view bytes, const NameKey& key) {
  return std::string{as_text(crypto::hmac_sha256(key.bytes, as_bytes(bytes)).bytes).substr(0, kSignatureLength)};
}

/// Does not stop at the first difference, so that its time says nothing about where that is.
bool is_same(std::string_view one, std::string_view other) {
  if (one.size() != other.size()) return false;
  unsigned difference = 0;
  for (std::size_t i = 0; i < one.size(); ++i) difference |= static_cast<unsigned char>(one[i] ^ other[i]);
  return difference == 0;
}

/// Takes a name's bytes apart; after anything that doesn't fit, everything is none.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : rest_{bytes} {}
  std::optional<std::string_view> take(std::size_t count) {
    if (count > rest_.size()) return {};
    const auto taken = rest_.substr(0, count);
    rest_.remove_prefix(count);
    return taken;
  }
  std::optional<std::uint64_t> number() {
    std::uint64_t number = 0;
    for (unsigned shift = 0; shift < 63; shift += 7) {
      const auto byte = take(1);
      if (!byte) return {};
      const auto value = static_cast<unsigned char>(byte->front());
      number |= static_cast<std::uint64_t>(value & 0x7F) << shift;
      if (value < 0x80) return number;
    }
    return {};
  }
  std::optional<Digest> digest() {
    Digest digest;
    const auto bytes = take(digest.bytes.size());
    if (!bytes) return {};
    std::ranges::copy(as_bytes(*bytes), digest.bytes.begin());
    return digest;
  }
  [[nodiscard]] bool is_done() const noexcept { return rest_.empty(); }

 private:
  std::string_view rest_;
};

std::optional<Arrangement> read(std::string_view bytes) {
  Reader reader{bytes};
  Arrangement arrangement;
  const auto version = reader.take(1);
  if (version && version->front() == kVersionWithMark) {
    const auto mark = reader.take(kMarkLength);
    if (!mark) return {};
    for (std::size_t i = 0; i < kMarkLength; ++i) arrangement.mark |= std::uint64_t{static_cast<unsigned char>((*mark)[i])} << (8 * i);
    if (arrangement.mark == 0) return {};
  } else if (!version || version->front() != kVersion) {
    return {};
  }
  const auto episode = reader.take(kIdLength);
  const auto prefix = reader.digest();
  const auto files = reader.number();
  if (!episode || !prefix || !files || *files == 0 || *files > kMaxInsertedFiles + 1) return {};
  arrangement.episode = *episode;
  arrangement.prefix = *prefix;
  std::vector<Digest> digests;
  for (std::uint64_t i = 0; i < *files; ++i) {
    const auto digest = reader.digest();
    if (!digest) return {};
    digests.push_back(*digest);
  }
  arrangement.content = digests.front();
  const auto pieces = reader.number();
  if (!pieces || *pieces > kMaxPieces) return {};
  for (std::uint64_t i = 0; i < *pieces; ++i) {
    const auto file = reader.number(), offset = reader.number(), length = reader.number();
    if (!file || *file >= digests.size() || !offset || !length) return {};
    arrangement.pieces.push_back({.frames = digests[*file], .offset = {*offset}, .length = {*length}});
  }
  if (!reader.is_done()) return {};
  return arrangement;
}

}  // namespace

ByteCount Arrangement::length() const noexcept {
  ByteCount length;
  for (const auto& piece : pieces) length += piece.length;
  return length;
}

NameKey name_key_of(std::string_view secret) {
  return {crypto::hmac_sha256(as_bytes(secret), as_bytes(std::string_view{"names of arrangements"})).bytes};
}

Result<std::string> name_of(const Arrangement& arrangement, const NameKey& key) {
  if (!is_id(arrangement.episode)) return fail(ErrorKind::invalid, "an arrangement needs the id of an episode");
  if (arrangement.pieces.empty()) return fail(ErrorKind::invalid, "an arrangement needs at least one piece");
  if (arrangement.pieces.size() > kMaxPieces)
    return fail(ErrorKind::invalid, "an arrangement can have at most " + std::to_string(kMaxPieces) + " pieces");
  std::vector<Digest> files{arrangement.content};
  std::string pieces;
  append_number(pieces, arrangement.pieces.size());
  for (const auto& piece : arrangement.pieces) {
    if (piece.length == ByteCount{}) return fail(ErrorKind::invalid, "a piece of an arrangement is empty");
    auto file = std::ranges::find(files, piece.frames);
    if (file == files.end()) file = files.insert(files.end(), piece.frames);
    append_number(pieces, static_cast<std::uint64_t>(file - files.begin()));
    append_number(pieces, piece.offset.value);
    append_number(pieces, piece.length.value);
  }
  if (files.size() > kMaxInsertedFiles + 1)
    return fail(ErrorKind::invalid, "an arrangement can contain at most " + std::to_string(kMaxInsertedFiles) + " other files");
  std::string bytes{arrangement.mark == 0 ? kVersion : kVersionWithMark};
  for (std::size_t i = 0; i < kMarkLength && arrangement.mark != 0; ++i) bytes += static_cast<char>(arrangement.mark >> (8 * i) & 0xFF);
  bytes += arrangement.episode;
  append_digest(bytes, arrangement.prefix);
  append_number(bytes, files.size());
  for (const auto& file : files) append_digest(bytes, file);
  bytes += pieces;
  bytes += signature_of(bytes, key);
  auto name = to_base64url(as_bytes(bytes));
  if (name.size() > kLongestName) return fail(ErrorKind::invalid, "the name of an arrangement would be too long");
  return name;
}

Result<Arrangement> arrangement_from(std::string_view name, const NameKey& key) {
  constexpr std::string_view kUnknown = "There is no such arrangement.";
  if (name.size() > kLongestName) return fail(ErrorKind::not_found, std::string{kUnknown});
  const auto bytes = from_base64url(name);
  if (!bytes || bytes->size() <= kSignatureLength) return fail(ErrorKind::not_found, std::string{kUnknown});
  const auto text = as_text(*bytes);
  const auto signed_part = text.substr(0, text.size() - kSignatureLength);
  if (!is_same(text.substr(signed_part.size()), signature_of(signed_part, key))) return fail(ErrorKind::not_found, std::string{kUnknown});
  auto arrangement = read(signed_part);
  // Base64 can write the same bytes in several ways; only one of them is the name.
  if (!arrangement || name_of(*arrangement, key).value_or("") != name) return fail(ErrorKind::not_found, std::string{kUnknown});
  return std::move(*arrangement);
}

}  // namespace carillon::delivery
