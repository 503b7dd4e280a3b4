#pragma once
// IANA's Language Subtag Registry (RFC 5646 §3). Each subtag in the registry's spelling: "de", "Latn", "AT", "1996". Pure.

#include <string>
#include <string_view>

namespace carillon::podcast::subtags {

[[nodiscard]] bool is_language(std::string_view subtag);
/// "zh", "yue".
[[nodiscard]] bool is_extended_language(std::string_view language, std::string_view subtag);
[[nodiscard]] bool is_script(std::string_view subtag);
[[nodiscard]] bool is_region(std::string_view subtag);
[[nodiscard]] bool is_variant(std::string_view subtag);
/// The replacement of a deprecated subtag or tag ("iw": "he"); "" if there is none.
[[nodiscard]] std::string_view preferred(std::string_view old);

}  // namespace carillon::podcast::subtags
