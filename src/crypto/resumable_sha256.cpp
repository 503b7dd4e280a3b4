// See resumable_sha256.hpp. Written down: the eight words, the length in bytes, then what does not fill a block yet, as base64 of
// big-endian bytes.

#include "crypto/resumable_sha256.hpp"

#include "base/encoding.hpp"

#include <sodium/crypto_hash_sha256.h>

#include <algorithm>
#include <bit>

namespace carillon::crypto {
namespace {

constexpr std::size_t kWord = 4;
constexpr std::size_t kLength = 8;
constexpr std::size_t kHead = 8 * kWord + kLength;
constexpr std::uint64_t kBitsInByte = 8;
/// FIPS 180-4 §5.1.1: the length in bits has 64.
constexpr std::uint64_t kMaxBytes = (1ULL << 61) - 1;

void append(Bytes& bytes, std::uint64_t value, std::size_t width) {
  for (std::size_t left = width; left > 0; --left) bytes.push_back(static_cast<std::byte>(value >> (8 * (left - 1))));
}

std::uint64_t number_at(std::span<const std::byte> bytes, std::size_t at, std::size_t width) {
  std::uint64_t value = 0;
  for (const auto byte : bytes.subspan(at, width)) value = value << 8 | std::to_integer<std::uint64_t>(byte);
  return value;
}

}  // namespace

ResumableSha256::ResumableSha256() {
  static_assert(sizeof(State) == sizeof(crypto_hash_sha256_state));
  crypto_hash_sha256_state state{};
  crypto_hash_sha256_init(&state);
  state_ = std::bit_cast<State>(state);
}

void ResumableSha256::update(std::span<const std::byte> bytes) {
  auto state = std::bit_cast<crypto_hash_sha256_state>(state_);
  crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  state_ = std::bit_cast<State>(state);
}

Digest ResumableSha256::digest() const {
  auto state = std::bit_cast<crypto_hash_sha256_state>(state_);
  Digest digest;
  crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(digest.bytes.data()));
  return digest;
}

ByteCount ResumableSha256::length() const noexcept { return ByteCount{state_.bits / kBitsInByte}; }

std::string ResumableSha256::state() const {
  Bytes bytes;
  for (const auto word : state_.chain) append(bytes, word, kWord);
  append(bytes, length().value, kLength);
  const auto rest = length().value % kBlock;
  for (const auto byte : std::span{state_.block}.first(rest)) bytes.push_back(std::byte{byte});
  return to_base64(bytes);
}

Result<ResumableSha256> ResumableSha256::from_state(std::string_view text) {
  const auto bytes = from_base64(text);
  const auto length = bytes && bytes->size() >= kHead ? number_at(*bytes, kHead - kLength, kLength) : kMaxBytes + 1;
  if (length > kMaxBytes || bytes->size() != kHead + length % kBlock)
    return fail(ErrorKind::corrupt, "the stored state of a SHA-256 computation is damaged");
  ResumableSha256 hash;
  for (std::size_t i = 0; i < hash.state_.chain.size(); ++i)
    hash.state_.chain[i] = static_cast<std::uint32_t>(number_at(*bytes, i * kWord, kWord));
  hash.state_.bits = length * kBitsInByte;
  std::ranges::transform(std::span{*bytes}.subspan(kHead), hash.state_.block.begin(),
                         [](std::byte byte) { return std::to_integer<std::uint8_t>(byte); });
  return hash;
}

}  // namespace carillon::crypto
