#pragma once
// DER (X.690) written by hand, where OpenSSL's builders cost more than the signature.

#include "base/time.hpp"

#include <string>
#include <string_view>

namespace carillon::testca::der {

inline constexpr unsigned char kInteger = 0x02, kBitString = 0x03, kOctetString = 0x04, kObjectIdentifier = 0x06, kUtf8String = 0x0c,
                               kUtcTime = 0x17, kGeneralizedTime = 0x18, kSequence = 0x30, kSet = 0x31;
/// Context-specific tags (X.690 §8.14).
[[nodiscard]] constexpr unsigned char primitive(unsigned number) { return static_cast<unsigned char>(0x80U | number); }
[[nodiscard]] constexpr unsigned char constructed(unsigned number) { return static_cast<unsigned char>(0xa0U | number); }

/// Tag, length, content.
[[nodiscard]] std::string element(unsigned char tag, std::string_view content);
/// UTCTime until 2049, GeneralizedTime from 2050 on (RFC 5280 §4.1.2.5); whole seconds.
[[nodiscard]] std::string time(Time time);

}  // namespace carillon::testca::der
