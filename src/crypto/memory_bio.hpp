#pragma once
// Text in and out of OpenSSL's BIO interface.

#include "crypto/handles.hpp"

#include <string>
#include <string_view>

namespace carillon::crypto {

/// Reads from `text`, which must outlive it. Null if OpenSSL is out of memory.
[[nodiscard]] inline BioHandle memory_bio_over(std::string_view text) {
  return BioHandle{BIO_new_mem_buf(text.data(), static_cast<int>(text.size()))};
}

/// Collects everything written to it; wiped when destroyed, because it may contain keys. Null if OpenSSL is out of memory.
[[nodiscard]] inline BioHandle memory_bio() { return BioHandle{BIO_new(BIO_s_secmem())}; }

[[nodiscard]] inline std::string content_of(BIO* bio) {
  char* data = nullptr;
  const long length = BIO_get_mem_data(bio, &data);
  return length > 0 ? std::string(data, static_cast<std::size_t>(length)) : std::string{};
}

}  // namespace carillon::crypto
