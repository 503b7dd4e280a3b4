// See guid.hpp.

#include "podcast/model/guid.hpp"

#include "base/encoding.hpp"

#include <openssl/evp.h>

#include <array>
#include <stdexcept>

namespace carillon::podcast {
namespace {

/// The namespace of podcast:guid, ead4c236-bf58-58c6-a2c6-a6b28d128cb6.
constexpr std::array<unsigned char, 16> kNamespace{0xea, 0xd4, 0xc2, 0x36, 0xbf, 0x58, 0x58, 0xc6,
                                                   0xa2, 0xc6, 0xa6, 0xb2, 0x8d, 0x12, 0x8c, 0xb6};

}  // namespace

std::string podcast_guid(std::string_view feed_address) {
  if (const auto scheme = feed_address.find("://"); scheme != std::string_view::npos) feed_address.remove_prefix(scheme + 3);
  while (feed_address.ends_with('/')) feed_address.remove_suffix(1);

  // RFC 9562 §5.5: SHA-1 of namespace and name, cut, with version and variant set.
  std::string message(reinterpret_cast<const char*>(kNamespace.data()), kNamespace.size());
  message += feed_address;
  std::array<std::byte, EVP_MAX_MD_SIZE> digest;
  unsigned length = 0;
  if (EVP_Digest(message.data(), message.size(), reinterpret_cast<unsigned char*>(digest.data()), &length, EVP_sha1(), nullptr) != 1)
    throw std::runtime_error("OpenSSL doesn't provide SHA-1");
  digest[6] = (digest[6] & std::byte{0x0F}) | std::byte{0x50};
  digest[8] = (digest[8] & std::byte{0x3F}) | std::byte{0x80};
  auto text = to_hex(std::span{digest}.first(16));
  for (const std::size_t at : {20U, 16U, 12U, 8U}) text.insert(at, 1, '-');
  return text;
}

}  // namespace carillon::podcast
