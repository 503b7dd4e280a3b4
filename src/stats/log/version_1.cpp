// See version_1.hpp.

#include "stats/log/version_1.hpp"

#include "base/text.hpp"

#include <zlib.h>

#include <cstring>
#include <limits>

namespace carillon::stats::version_1 {
namespace {

constexpr std::string_view kMagic = "CARREQLG";
constexpr std::uint32_t kVersion = 1;

template <class Integer>
void put(std::string& out, Integer value) {
  for (std::size_t i = 0; i < sizeof(Integer); ++i) out += static_cast<char>(static_cast<unsigned char>(value >> (8 * i)));
}

void put_text(std::string& out, std::string_view text, std::size_t limit) {
  // Cleaned first where it is malformed: a replacement is longer than what it replaces.
  const std::string clean =
      is_utf8(text) ? std::string{cut_to(text, limit)} : std::string{cut_to(clean_for_xml(text.substr(0, limit)), limit)};
  put(out, static_cast<std::uint16_t>(clean.size()));
  out += clean;
}

std::uint32_t checksum(std::span<const std::byte> first, std::span<const std::byte> second = {}) {
  const auto add = [](uLong sum, std::span<const std::byte> bytes) {
    return bytes.empty() ? sum : ::crc32(sum, reinterpret_cast<const Bytef*>(bytes.data()), static_cast<uInt>(bytes.size()));
  };
  return static_cast<std::uint32_t>(add(add(0, first), second));
}

/// Takes values off the front of a payload; remembers whether all of them were there and within their limits.
class Reader {
 public:
  explicit Reader(std::span<const std::byte> bytes) : bytes_{bytes} {}

  template <class Integer>
  Integer take() {
    std::uint64_t value = 0;
    const auto part = take_bytes(sizeof(Integer));
    for (std::size_t i = 0; i < part.size(); ++i) value |= std::to_integer<std::uint64_t>(part[i]) << (8 * i);
    return static_cast<Integer>(value);
  }
  template <std::size_t Length>
  void take(std::array<std::byte, Length>& into) {
    const auto part = take_bytes(Length);
    if (!part.empty()) std::memcpy(into.data(), part.data(), Length);
  }
  std::string take_text(std::size_t limit) {
    const std::size_t length = take<std::uint16_t>();
    const auto text = as_text(take_bytes(length));
    if (length > limit || !is_utf8(text)) good_ = false;
    return good_ ? std::string{text} : std::string{};
  }
  [[nodiscard]] bool took_all() const { return good_ && bytes_.empty(); }

 private:
  std::span<const std::byte> take_bytes(std::size_t length) {
    if (bytes_.size() < length) good_ = false;
    if (!good_) return {};
    const auto part = bytes_.first(length);
    bytes_ = bytes_.subspan(length);
    return part;
  }

  std::span<const std::byte> bytes_;
  bool good_ = true;
};

}  // namespace

std::string segment_header() {
  std::string header{kMagic};
  put(header, kVersion);
  put(header, checksum(as_bytes(header)));
  return header;
}

Result<> check_segment_header(std::span<const std::byte> bytes) {
  if (bytes.size() < kHeaderLength) return fail(ErrorKind::corrupt, "the segment header is incomplete");
  if (as_text(bytes.first(kMagic.size())) != kMagic) return fail(ErrorKind::corrupt, "this isn't a request log segment");
  Reader reader{bytes.subspan(kMagic.size())};
  const auto version = reader.take<std::uint32_t>();
  if (reader.take<std::uint32_t>() != checksum(bytes.first(kMagic.size() + sizeof version)))
    return fail(ErrorKind::corrupt, "the segment header has the wrong checksum");
  if (version != kVersion)
    return fail(ErrorKind::corrupt,
                "the segment has version " + std::to_string(version) + ", this program reads version " + std::to_string(kVersion));
  return {};
}

std::string encoded(const Record& record) {
  std::string payload;
  payload.reserve(kLongestPayload);
  put(payload, static_cast<std::uint64_t>(to_microseconds(record.time)));
  put(payload, record.sent.value);
  put(payload, static_cast<std::uint16_t>(record.status));
  payload += as_text(record.media.bytes);
  payload += as_text(record.listener);
  put_text(payload, record.episode, kLongestEpisode);
  put_text(payload, record.method, kLongestMethod);
  put_text(payload, record.range, kLongestRange);
  put_text(payload, record.prefix, kLongestPrefix);
  put_text(payload, record.country, kLongestCountry);
  put_text(payload, record.user_agent, kLongestUserAgent);
  put_text(payload, record.referrer, kLongestReferrer);

  std::string framed;
  framed.reserve(kFrameLength + payload.size());
  put(framed, static_cast<std::uint32_t>(payload.size()));
  // The length is under the checksum too: a stretch of zeros, which a power cut may leave, is then no record.
  put(framed, checksum(as_bytes(framed), as_bytes(payload)));
  framed += payload;
  return framed;
}

Result<Decoded> decode(std::span<const std::byte> bytes) {
  if (bytes.size() < kFrameLength) return fail(ErrorKind::corrupt, "a record ends within its frame");
  Reader frame{bytes.first(kFrameLength)};
  const std::size_t length = frame.take<std::uint32_t>();
  const auto sum = frame.take<std::uint32_t>();
  if (length < kShortestPayload || length > kLongestPayload) return fail(ErrorKind::corrupt, "a record has an impossible length");
  if (bytes.size() - kFrameLength < length) return fail(ErrorKind::corrupt, "a record is incomplete");
  const auto payload = bytes.subspan(kFrameLength, length);
  if (sum != checksum(bytes.first(sizeof(std::uint32_t)), payload)) return fail(ErrorKind::corrupt, "a record has the wrong checksum");

  Reader reader{payload};
  Decoded decoded{.record = {}, .length = kFrameLength + length};
  auto& record = decoded.record;
  record.time = from_microseconds(reader.take<std::int64_t>());
  record.sent = ByteCount{reader.take<std::uint64_t>()};
  record.status = reader.take<std::uint16_t>();
  reader.take(record.media.bytes);
  reader.take(record.listener);
  record.episode = reader.take_text(kLongestEpisode);
  record.method = reader.take_text(kLongestMethod);
  record.range = reader.take_text(kLongestRange);
  record.prefix = reader.take_text(kLongestPrefix);
  record.country = reader.take_text(kLongestCountry);
  record.user_agent = reader.take_text(kLongestUserAgent);
  record.referrer = reader.take_text(kLongestReferrer);
  if (!reader.took_all()) return fail(ErrorKind::corrupt, "a record has a valid checksum but the wrong format");
  return decoded;
}

}  // namespace carillon::stats::version_1
