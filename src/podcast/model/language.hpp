#pragma once
// Languages as BCP 47 tags (RFC 5646), checked against the registry. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::podcast {

/// `text` as a tag in the registry's spelling: "EN-gb" becomes "en-GB". `invalid` about `field` if it isn't a registered tag, with a
/// suggestion: "Deutsch" proposes "de", "en-EN" "en", "en-UK" "en-GB".
[[nodiscard]] Result<std::string> language_tag(std::string_view field, std::string_view text);

/// The language of a tag alone: "en" of "en-GB".
[[nodiscard]] std::string_view primary_language(std::string_view tag);

/// Whether two tags are the same, ignoring spelling; also for values stored before they were checked against the registry.
[[nodiscard]] bool same_language(std::string_view one, std::string_view other);

}  // namespace carillon::podcast
