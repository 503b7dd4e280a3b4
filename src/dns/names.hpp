#pragma once
// Normalizes names to lower-case A-labels; and public suffixes, under which anyone can register names. Pure.

#include "base/result.hpp"

#include <string>
#include <string_view>

namespace carillon::dns {

/// Lower-case A-labels (RFC 5891 with the mapping of UTS #46), so that different notations of a name become the same. A trailing dot is
/// kept. `invalid` for names that no resolver would accept: forbidden characters and invalid xn-- labels.
[[nodiscard]] Result<std::string> to_ascii(std::string_view name);

/// Normalizes a host name as people write it: trimmed, as lower-case A-labels, without a trailing dot; or an IP address
/// in the notation of RFC 5952, without brackets.
/// `invalid`, with what to write instead, for URLs, ports, wildcards and invalid host names (RFC 1035 §2.3.1, with underscores, which
/// machines have; the last label can't be a number, RFC 3696 §2); the error's field is "name".
[[nodiscard]] Result<std::string> host_name(std::string_view given);

/// A name that a certificate can be for: a host_name(), or a wildcard for all names one label below a domain ("*.example.org"; RFC 9525
/// §6.3). `invalid` also for a wildcard below an IP address, a single label or a public suffix, and for addresses that no host has.
[[nodiscard]] Result<std::string> certificate_name(std::string_view given);
[[nodiscard]] inline bool is_wildcard(std::string_view name) noexcept { return name.starts_with("*."); }

/// Whether `name`, in A-labels, is a public suffix (publicsuffix.org), of a registry or of a provider: co.uk, github.io.
[[nodiscard]] bool is_public_suffix(const std::string& name);

}  // namespace carillon::dns
