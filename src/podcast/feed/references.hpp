#pragma once
// Character references of HTML: what "&eacute;" and "&#233;" mean. Pure.

#include <string>
#include <string_view>

namespace carillon::podcast {

/// `raw` with every reference that ends in a semicolon replaced by its characters (HTML §13.5); what is no reference stays as it is. Linear
/// in the length of `raw`.
[[nodiscard]] std::string with_references_resolved(std::string_view raw);

}  // namespace carillon::podcast
