#pragma once
// Certificates for other servers: files written whole, then a command, with a deadline. Only the configuration defines them, since they run
// commands.

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs {

enum class ExportLayout : std::uint8_t {
  files,    ///< NAME.pem (the chain), NAME.key and NAME.combined.pem (key, then chain)
  haproxy,  ///< NAME.pem alone, with key and chain: what HAProxy reads with `crt FOLDER`
};

struct Export {
  std::string name;  ///< whose certificate
  std::filesystem::path folder;
  std::vector<std::string> command;  ///< run directly, without a shell; empty: none
  std::uint16_t port = 443;          ///< where the other server is looked at afterwards
  ExportLayout layout = ExportLayout::files;
  std::string owner, group;   ///< of the files; "": as the file that is replaced has it
  std::optional<int> mode{};  ///< of the files; none: as the file that is replaced has it, else 0600, and 0644 for a chain without its key
  bool operator==(const Export&) const = default;
};

inline constexpr std::chrono::seconds kExportDeadline{60};

/// One file as it should be.
struct ExportedFile {
  std::filesystem::path path;
  std::string content;
  int mode = 0600;  ///< of a new one
};

/// The files of an export, in the order in which they are to be written.
[[nodiscard]] std::vector<ExportedFile> exported_files(const Export& wanted, std::string_view chain_pem, std::string_view key_pem);

/// Those of `files` that are missing, have another content, or another owner, group or mode than the export names. Blocks.
[[nodiscard]] std::vector<ExportedFile> stale_files(const Export& wanted, std::vector<ExportedFile> files);

/// Puts `file` in its place, whole or not at all, durably: with the export's owner, group and mode, else with those of the file that is
/// replaced. Of a symbolic link the target is replaced. Until then it has a name that begins with a dot, which servers that read whole
/// folders ignore. Makes the folder. Blocks.
[[nodiscard]] Result<> put_exported(const Export& wanted, const ExportedFile& file);

/// Runs a program to its end or kills it with all it started, at the latest when `stop` is requested; answers its last output.
/// `unavailable` with its status and output when it failed.
[[nodiscard]] Result<std::string> run_command(const std::vector<std::string>& command, std::chrono::seconds within,
                                              const std::stop_token& stop = {});

}  // namespace carillon::certs
