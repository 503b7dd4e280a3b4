#pragma once
// Foreign transcripts as UTF-8. For podcast/transcripts/ alone.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::podcast::transcripts {

/// `bytes` as UTF-8 without a byte-order mark. `charset` is what their sender calls their encoding, "" when nothing; `language` is the one
/// they are in. Without a name, and where the name is not true, UTF-16 is known by its mark, and Windows-1252 (of which Latin-1 is a part)
/// by the language and by what the letters would be. `invalid` for everything else, and for texts that were damaged before: nobody wants to
/// read "GrÃ¼ÃŸe".
[[nodiscard]] Result<std::string> utf8_of(std::string_view bytes, std::string_view charset, std::string_view language);

}  // namespace carillon::podcast::transcripts
