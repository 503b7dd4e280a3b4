#pragma once
// The text in a file, whatever its encoding, and the PEM blocks in it. For certificate_file alone.

#include "base/result.hpp"

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::crypto {

/// `bytes` as one-byte text. UTF-16 (with a byte order mark, or without if it's ASCII) becomes ASCII, with '?' for other characters. A
/// UTF-8 mark is dropped; everything else stays unchanged.
[[nodiscard]] std::string as_text(std::string_view bytes);

/// One “-----BEGIN …-----” block with its end (RFC 7468), with any line breaks.
struct PemBlock {
  std::string label;   ///< "CERTIFICATE"
  std::string der;     ///< decoded; for an old encrypted key, what is encrypted
  std::string cipher;  ///< the DEK-Info of an old encrypted key (RFC 1421 §4.6.1.3), else ""
  std::size_t line = 0;
};
/// The blocks in their order in the text; none if there are none. Fails with `invalid` for a block that is cut off or isn't base64.
[[nodiscard]] Result<std::vector<PemBlock>> pem_blocks(std::string_view text);
/// The block with the lines that OpenSSL expects.
[[nodiscard]] std::string proper_pem(const PemBlock& block);

/// The bytes of a text that is only base64, with any white space; otherwise none.
[[nodiscard]] std::optional<std::string> bare_base64(std::string_view text);

}  // namespace carillon::crypto
