#pragma once
// Languages as BCP 47 tags (RFC 5646), held against the registry. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::podcast {

/// `text` as a tag in the registry's spelling: "EN-gb" is "en-GB". `invalid` about `field` for what is no registered tag, with the one that
/// was probably meant: "Deutsch" proposes "de", "en-EN" "en", "en-UK" "en-GB".
[[nodiscard]] Result<std::string> language_tag(std::string_view field, std::string_view text);

/// The language of a tag alone: "en" of "en-GB".
[[nodiscard]] std::string_view primary_language(std::string_view tag);

/// Whether two tags are one, whatever their spelling; also of what was stored before it was held against the registry.
[[nodiscard]] bool same_language(std::string_view one, std::string_view other);

}  // namespace carillon::podcast
