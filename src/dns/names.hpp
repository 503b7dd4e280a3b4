#pragma once
// Names as one value: A-labels in small letters; and the suffixes under which anybody registers names. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::dns {

/// A-labels in small letters (RFC 5891 with the mapping of UTS #46), so that a name that is written in several ways is one value. A dot at
/// the end stays. `invalid` for what no resolver would take: forbidden letters, and xn-- labels that stand for nothing.
[[nodiscard]] Result<std::string> to_ascii(std::string_view name);

/// Whether `name`, in A-labels, is a public suffix (publicsuffix.org), of a registry or of a provider: co.uk, github.io.
[[nodiscard]] bool is_public_suffix(const std::string& name);

}  // namespace carillon::dns
