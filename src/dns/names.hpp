#pragma once
// Names as one value: A-labels in small letters; and the suffixes under which anybody registers names. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::dns {

/// A-labels in small letters (RFC 5891 with the mapping of UTS #46), so that a name that is written in several ways is one value. A dot at
/// the end stays. `invalid` for what no resolver would take: forbidden letters, and xn-- labels that stand for nothing.
[[nodiscard]] Result<std::string> to_ascii(std::string_view name);

/// The one value of what a person wrote for a host: trimmed, in A-labels and small letters, without the dot at its end; or an IP address as
/// it is. `invalid`, with what to write instead, for addresses of pages, ports, wildcards and what no host can be called (RFC 1035 §2.3.1,
/// with underscores, which machines have); the error's field is "name".
[[nodiscard]] Result<std::string> host_name(std::string_view given);

/// Whether `name`, in A-labels, is a public suffix (publicsuffix.org), of a registry or of a provider: co.uk, github.io.
[[nodiscard]] bool is_public_suffix(const std::string& name);

}  // namespace carillon::dns
