#pragma once
// Where everything lies in the data folder, and the lock that says who serves it.

#include "base/file.hpp"
#include "base/random.hpp"

#include <filesystem>
#include <vector>

namespace carillon::app {

/// The paths of one data folder. Pure.
struct DataFolder {
  std::filesystem::path root;
  /// The node that shares the folder with others and keeps what is its own in a folder below it; "": it has the whole folder for itself.
  std::string node{};
  [[nodiscard]] std::filesystem::path own() const { return node.empty() ? root : root / "nodes" / node; }
  [[nodiscard]] std::filesystem::path database() const { return root / "carillon.db"; }
  [[nodiscard]] std::filesystem::path media() const { return root / "media"; }
  [[nodiscard]] std::filesystem::path requests() const { return own() / "requests"; }
  [[nodiscard]] std::filesystem::path listener_keys() const { return (node.empty() ? secrets() : own()) / "listeners"; }
  /// Of versions before 2 of the request log.
  [[nodiscard]] std::filesystem::path former_listener_key() const { return (node.empty() ? secrets() : own()) / "listener.key"; }
  /// What the operator puts there: databases of places and networks, the list of data centres.
  [[nodiscard]] std::filesystem::path lists() const { return root / "lists"; }
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

/// While it lives, no other process serves the folder; of one that is shared, no process without a part of its own, and none in this part.
struct FolderLock {
  FileDescriptor folder;
  FileDescriptor part;  ///< of a shared folder
};
/// Makes the folder if need be and takes it for this process; `conflict` while another one serves it.
[[nodiscard]] Result<FolderLock> take(const DataFolder& folder);

/// Nodes that share a folder start one after the other, so that its keys and tables are made once: waits until no other one starts. This
/// one does until the result goes.
[[nodiscard]] Result<FileDescriptor> begin_start(const DataFolder& folder);

/// What other users of this machine may read or write in the folder and should not: databases, keys, the request log, the configuration.
/// Empty where the folder itself is closed to them.
[[nodiscard]] std::vector<std::filesystem::path> open_to_others(const DataFolder& folder);

/// `corrupt` when media or a half-made restore lie in the folder and its database does not: an empty one would take their place.
[[nodiscard]] Result<> check_has_database(const DataFolder& folder);

/// The 32 random bytes of a secret's file, made (mode 0600) when there is none; `corrupt` when it is shorter.
[[nodiscard]] Result<std::string> secret_in(const std::filesystem::path& file, Random& random);

}  // namespace carillon::app
