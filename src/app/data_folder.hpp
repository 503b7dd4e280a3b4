#pragma once
// The paths in the data folder, and the lock of the process that serves it.

#include "base/file.hpp"
#include "base/random.hpp"

#include <filesystem>
#include <vector>

namespace carillon::app {

/// The paths of one data folder. Pure.
struct DataFolder {
  std::filesystem::path root;
  /// The node, if it shares the folder with others and has its own subfolder; "": it has the whole folder for itself.
  std::string node{};
  [[nodiscard]] std::filesystem::path own() const { return node.empty() ? root : root / "nodes" / node; }
  [[nodiscard]] std::filesystem::path database() const { return root / "carillon.db"; }
  [[nodiscard]] std::filesystem::path media() const { return root / "media"; }
  [[nodiscard]] std::filesystem::path requests() const { return own() / "requests"; }
  [[nodiscard]] std::filesystem::path listener_keys() const { return (node.empty() ? secrets() : own()) / "listeners"; }
  /// Of versions before 2 of the request log.
  [[nodiscard]] std::filesystem::path former_listener_key() const { return (node.empty() ? secrets() : own()) / "listener.key"; }
  /// Files from the operator: location and network databases, the data center list.
  [[nodiscard]] std::filesystem::path lists() const { return root / "lists"; }
  /// Counted days.
  [[nodiscard]] std::filesystem::path statistics() const { return root / "statistics.db"; }
  /// The request logs of every node.
  [[nodiscard]] std::vector<std::filesystem::path> all_requests() const;
  [[nodiscard]] std::filesystem::path guard_database() const { return root / "guard.db"; }
  [[nodiscard]] std::filesystem::path master_key() const { return root / "secrets" / "master.key"; }
  [[nodiscard]] std::filesystem::path link_key() const { return root / "secrets" / "link.key"; }
  [[nodiscard]] std::filesystem::path drills() const { return own() / "drills"; }
  [[nodiscard]] std::filesystem::path secrets() const { return root / "secrets"; }
  [[nodiscard]] std::filesystem::path authority() const { return root / "ca"; }
  [[nodiscard]] std::filesystem::path root_certificate() const { return authority() / "root.pem"; }
  [[nodiscard]] std::filesystem::path scans() const { return root / "scans"; }
  [[nodiscard]] std::filesystem::path control_socket() const { return own() / "control.sock"; }
  [[nodiscard]] std::filesystem::path configuration() const { return root / "carillon.toml"; }
  [[nodiscard]] std::filesystem::path node_name() const { return root / "node"; }
  [[nodiscard]] std::filesystem::path starting() const { return root / "starting"; }
  [[nodiscard]] std::filesystem::path lock() const { return root / "lock"; }
  [[nodiscard]] std::filesystem::path own_lock() const { return own() / "lock"; }
};

/// While it exists, no other process serves the folder. In a shared folder, no process without its own part, and no other one in this part.
struct FolderLock {
  FileDescriptor folder;
  FileDescriptor part;  ///< of a shared folder
};
/// Creates the folder if needed and locks it for this process; `conflict` if another one serves it.
[[nodiscard]] Result<FolderLock> take(const DataFolder& folder);

/// Nodes that share a folder start one after another, so that its keys and tables are created only once: waits until no other node is
/// starting. This node counts as starting until the result is destroyed.
[[nodiscard]] Result<FileDescriptor> begin_start(const DataFolder& folder);

/// Files in the folder that other users of this machine can read or write but shouldn't: databases, keys, the request log, the
/// configuration. Empty if they can't access the folder itself.
[[nodiscard]] std::vector<std::filesystem::path> open_to_others(const DataFolder& folder);

/// `corrupt` if the folder has media or an unfinished restore but no database, because a new, empty database would replace it.
[[nodiscard]] Result<> check_has_database(const DataFolder& folder);

/// The 32 random bytes in a secret's file, which is created (mode 0600) if missing; `corrupt` if it is shorter.
[[nodiscard]] Result<std::string> secret_in(const std::filesystem::path& file, Random& random);

}  // namespace carillon::app
