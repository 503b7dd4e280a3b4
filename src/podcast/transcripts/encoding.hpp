#pragma once
// Converts uploaded transcripts to UTF-8. Only for podcast/transcripts/.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::podcast::transcripts {

/// `bytes` as UTF-8 without a byte-order mark. `charset` is the encoding declared by the sender, "" if none; `language` is that of the
/// text. Without a declared encoding, or if it is wrong, UTF-16 is detected by its byte-order mark, and Windows-1252 (a superset of
/// Latin-1) by the language and the resulting letters. `invalid` for everything else, and for texts that were already damaged, like
/// "GrÃ¼ÃŸe".
[[nodiscard]] Result<std::string> utf8_of(std::string_view bytes, std::string_view charset, std::string_view language);

}  // namespace carillon::podcast::transcripts
