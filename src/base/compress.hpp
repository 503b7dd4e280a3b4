#pragma once
// gzip (RFC 1952), for what is compressed once and served many times.

#include <string>
#include <string_view>

namespace carillon {

/// The same text gives the same bytes: no time and no name stand in them.
[[nodiscard]] std::string gzip(std::string_view text);

}  // namespace carillon
