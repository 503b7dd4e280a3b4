#pragma once
// Certificates for other servers: writes complete files, then runs a command with a deadline. Only the configuration can define exports,
// because they run commands.

#include "base/result.hpp"
#include "crypto/files/pkcs12_file.hpp"

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::certs {

enum class ExportLayout : std::uint8_t {
  files,    ///< NAME.pem (the chain), NAME.key and NAME.combined.pem (key, then chain)
  haproxy,  ///< only NAME.pem, with key and chain, for HAProxy's `crt FOLDER`
};

struct Export {
  std::string name;  ///< the name of the certificate
  std::filesystem::path folder;
  std::vector<std::string> command;  ///< run directly, without a shell; empty: none
  std::uint16_t port = 443;          ///< the other server's port, for checks afterwards
  std::string host;                  ///< its host for these checks if `name` is a wildcard; "": any name below it
  ExportLayout layout = ExportLayout::files;
  std::string owner, group;   ///< of the files; "": those of the replaced file
  std::optional<int> mode{};  ///< of the files; none: that of the replaced file, else 0600, and 0644 for a chain without its key
  std::string pkcs12{};       ///< also write this file with key and chain in `folder`; "": no such file
  std::string passphrase{};   ///< of that file
  bool operator==(const Export&) const = default;
};

inline constexpr std::chrono::seconds kExportDeadline{60};

/// The expected state of one file.
struct ExportedFile {
  std::filesystem::path path;
  std::string content;
  int mode = 0600;  ///< of a new file
  /// If set, the file is PKCS#12 with this content, and `content` is empty.
  std::optional<crypto::Pkcs12Content> pkcs12{};
};

/// The export of the name's certificate with an RSA key, which is managed beside it (rsa_mark.hpp); the files have ".rsa" in their names.
[[nodiscard]] Export rsa_export_beside(const Export& wanted);

/// The files of an export, in the order of writing. Those of "*.example.org" are called "_.example.org".
[[nodiscard]] std::vector<ExportedFile> exported_files(const Export& wanted, std::string_view chain_pem, std::string_view key_pem);

/// Those of `files` that are missing or differ in content, owner, group or mode. The salt of PKCS#12 files doesn't count. Blocks.
[[nodiscard]] std::vector<ExportedFile> stale_files(const Export& wanted, std::vector<ExportedFile> files);

/// Writes `file` atomically and durably, with the export's owner, group and mode, else with those of the replaced file. Replaces the target
/// of a symbolic link. The temporary name starts with a dot, so that servers that read whole folders ignore it. Creates the folder. Blocks.
[[nodiscard]] Result<> put_exported(const Export& wanted, const ExportedFile& file);

}  // namespace carillon::certs
