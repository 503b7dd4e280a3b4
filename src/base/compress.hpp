#pragma once
// gzip (RFC 1952), for data that is compressed once and served many times.

#include <string>
#include <string_view>

namespace carillon {

/// The same text results in the same bytes: they contain no time or name.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace carillon
