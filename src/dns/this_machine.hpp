#pragma once
// The names that always refer to the local machine: “localhost” and all below it (RFC 6761 §6.3). Pure.

#include <string>
#include <string_view>
#include <vector>

namespace carillon::dns {

/// `name` in lower case, without a trailing dot.
[[nodiscard]] bool is_this_machine(std::string_view name) noexcept;

/// 127.0.0.1, and other loopback addresses of “localhost” in `hosts`, the content of a hosts file (hosts(5)). Parsed here because the
/// system's resolver would query a name server if the file lacks the name.
[[nodiscard]] std::vector<std::string> loopback_addresses(std::string_view hosts);

}  // namespace carillon::dns
