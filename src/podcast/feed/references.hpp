#pragma once
// HTML character references such as "&eacute;" and "&#233;". Pure.

#include <string>
#include <string_view>

namespace carillon::podcast {

/// `raw` with every reference that ends in a semicolon replaced by its characters (HTML §13.5); everything else is unchanged. Linear in the
/// length of `raw`.
[[nodiscard]] std::string with_references_resolved(std::string_view raw);

}  // namespace carillon::podcast
