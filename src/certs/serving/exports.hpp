#pragma once
// Certificates for other servers: files written whole, then a command, with a deadline. Only the configuration defines them, since they run
// commands.

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs {

struct Export {
  std::string name;  ///< whose certificate
  std::filesystem::path folder;
  std::vector<std::string> command;  ///< run directly, without a shell; empty: none
  std::uint16_t port = 443;          ///< where the other server is looked at afterwards
};

inline constexpr std::chrono::seconds kExportDeadline{60};

/// Writes NAME.pem (the chain), NAME.key (mode 0600) and NAME.combined.pem (key, then chain, mode 0600: HAProxy) into the folder, each
/// whole or not at all; then runs the command. Blocks, at most kExportDeadline. The error says which file or how the command ended, with
/// the last of what it said.
[[nodiscard]] Result<> run_export(const Export& wanted, std::string_view chain_pem, std::string_view key_pem);

/// Runs a program to its end or kills it with all it started; answers its last output. `unavailable` with its status and output when it
/// failed.
[[nodiscard]] Result<std::string> run_command(const std::vector<std::string>& command, std::chrono::seconds within);

}  // namespace carillon::certs
