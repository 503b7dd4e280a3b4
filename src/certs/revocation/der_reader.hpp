#pragma once
// Reads DER without creating objects: a 10 MB CRL has 300,000 entries, of which only a few bytes are needed.

#include <cstdint>
#include <optional>
#include <string_view>

namespace carillon::certs {

/// One element; both views point into what was read.
struct DerElement {
  unsigned char tag = 0;
  std::string_view content;
  std::string_view whole;  ///< with tag and length
};

inline constexpr unsigned char kDerBoolean = 0x01, kDerInteger = 0x02, kDerBits = 0x03, kDerOctets = 0x04, kDerEnumerated = 0x0a,
                               kDerUtcTime = 0x17, kDerGeneralizedTime = 0x18, kDerSequence = 0x30;
/// [number], constructed.
[[nodiscard]] constexpr unsigned char der_tagged(int number) noexcept { return static_cast<unsigned char>(0xa0 + number); }
/// [number], primitive.
[[nodiscard]] constexpr unsigned char der_tagged_bytes(int number) noexcept { return static_cast<unsigned char>(0x80 + number); }

/// Reads elements one after another. A damaged element counts as the end, and failed() is then true.
class DerReader {
 public:
  explicit DerReader(std::string_view bytes) noexcept : left_{bytes} {}
  [[nodiscard]] bool at_end() const noexcept { return left_.empty(); }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  [[nodiscard]] unsigned char peek() const noexcept { return left_.empty() ? 0 : static_cast<unsigned char>(left_.front()); }

  std::optional<DerElement> next() noexcept {
    if (left_.size() < 2) return broken();
    const auto byte = [this](std::size_t at) { return static_cast<unsigned char>(left_[at]); };
    std::size_t length = byte(1);
    std::size_t head = 2;
    if (length >= 0x80) {
      const std::size_t digits = length & 0x7fU;
      if (digits == 0 || digits > 4 || left_.size() < 2 + digits) return broken();
      length = 0;
      for (std::size_t i = 0; i < digits; ++i) length = length << 8 | byte(2 + i);
      head += digits;
    }
    if (left_.size() - head < length || (byte(0) & 0x1fU) == 0x1fU) return broken();
    const DerElement element{byte(0), left_.substr(head, length), left_.substr(0, head + length)};
    left_.remove_prefix(head + length);
    return element;
  }
  /// The next one if it has this tag; otherwise none, and nothing is consumed.
  std::optional<DerElement> next(unsigned char tag) noexcept {
    if (at_end() || peek() != tag) return {};
    return next();
  }

 private:
  std::optional<DerElement> broken() noexcept {
    failed_ = !left_.empty() || failed_;
    left_ = {};
    return {};
  }

  std::string_view left_;
  bool failed_ = false;
};

}  // namespace carillon::certs
