#pragma once
// The names that mean this machine to whoever asks: “localhost” and all below it (RFC 6761 §6.3). Pure.

#include <string>
#include <string_view>
#include <vector>

namespace carillon::dns {

/// `name` in small letters, without a last dot.
[[nodiscard]] bool is_this_machine(std::string_view name) noexcept;

/// 127.0.0.1, and whatever other loopback address `hosts`, the content of a hosts file (hosts(5)), gives “localhost”. Read here and not by
/// the system's own way, which goes on to a name server where the file lacks the name.
[[nodiscard]] std::vector<std::string> loopback_addresses(std::string_view hosts);

}  // namespace carillon::dns
