#pragma once
// The secret that a name server shares with us, as programs write it to files. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::dns {

/// A key for signing messages (RFC 8945).
struct TsigKey {
  std::string name;       ///< without its trailing dot
  std::string algorithm;  ///< "hmac-sha256", or -sha1, -sha224, -sha384, -sha512
  std::string secret;     ///< base64
};

/// A longer file isn't a TSIG key.
inline constexpr std::size_t kMaxTsigKeyFile = 4096;

/// Reads one key in any format of the usual tools: what `tsig-keygen` writes (`key "NAME" { algorithm …; secret "…"; };`), what
/// `keymgr -t` writes (YAML with `id`, `algorithm` and `secret`), or `[ALGORITHM:]NAME:SECRET` as `nsupdate -y` and `kdig -y` take it.
/// The algorithm is hmac-sha256 unless another one is named. `invalid`, without the secret in the message, for anything else.
[[nodiscard]] Result<TsigKey> parse_tsig_key(std::string_view text);

}  // namespace carillon::dns
