// See data_folder.hpp.

#include "app/data_folder.hpp"

#include "base/log.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <array>
#include <cerrno>

namespace carillon::app {

namespace {

/// `shared`: beside others that take it so.
Result<FileDescriptor> take(const std::filesystem::path& file, bool shared, const std::string& conflict) {
  auto lock = open_file(file, O_RDWR | O_CREAT);
  if (!lock) return lock;
  if (::flock(lock->get(), (shared ? LOCK_SH : LOCK_EX) | LOCK_NB) == 0) return lock;
  if (errno == EWOULDBLOCK) return fail(ErrorKind::conflict, conflict);
  return fail_errno("lock", file.string(), errno);
}

}  // namespace

std::vector<std::filesystem::path> DataFolder::all_requests() const {
  std::vector<std::filesystem::path> folders{root / "requests"};
  std::error_code none;
  for (const auto& node_folder : std::filesystem::directory_iterator(root / "nodes", none))
    folders.push_back(node_folder.path() / "requests");
  return folders;
}

Result<FolderLock> take(const DataFolder& folder) {
  if (auto made = make_folder(folder.root); !made) return forward_error(made);
  if (auto made = make_folder(folder.secrets()); !made) return forward_error(made);
  if (auto made = make_folder(folder.own()); !made) return forward_error(made);
  const bool shared = !folder.node.empty();
  FolderLock taken;
  auto whole = take(folder.lock(), shared,
                    "Another Carillon process is already using the data folder " + folder.root.string() +
                        "; stop it first, or use another folder with --data.");
  if (!whole) return forward_error(whole);
  taken.folder = std::move(*whole);
  if (!shared) return taken;
  auto part = take(folder.own_lock(), false,
                   "Another Carillon process is already using the data folder " + folder.root.string() + " as the node “" + folder.node +
                       "”. Stop that process first, or set another name for this node: “node” under [server].");
  if (!part) return forward_error(part);
  taken.part = std::move(*part);
  return taken;
}

Result<FileDescriptor> begin_start(const DataFolder& folder) {
  auto lock = open_file(folder.starting(), O_RDWR | O_CREAT);
  if (!lock) return lock;
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) == 0) return lock;
  log::info("another node is starting; waiting for it", {{"data", folder.root.string()}});
  while (::flock(lock->get(), LOCK_EX) != 0) {
    if (errno != EINTR) return fail_errno("lock", folder.starting().string(), errno);
  }
  return lock;
}

std::vector<std::filesystem::path> open_to_others(const DataFolder& folder) {
  namespace fs = std::filesystem;
  constexpr auto kOthers = fs::perms::group_all | fs::perms::others_all;
  const auto is_open = [&](const fs::path& path) {
    std::error_code none;
    const auto status = fs::symlink_status(path, none);
    // A link's own mode says nothing.
    return fs::exists(status) && !fs::is_symlink(status) && (status.permissions() & kOthers) != fs::perms::none;
  };
  std::vector<fs::path> found;
  if (!is_open(folder.root)) return found;
  std::vector<fs::path> candidates{folder.secrets(), folder.authority(), folder.requests(),     folder.statistics(),
                                   folder.scans(),   folder.media(),     folder.configuration()};
  for (const auto& database : {folder.database(), folder.guard_database()}) {
    for (const char* suffix : {"", "-wal", "-shm"}) candidates.emplace_back(database.string() + suffix);
  }
  for (auto& candidate : candidates) {
    if (is_open(candidate)) found.push_back(std::move(candidate));
  }
  return found;
}

Result<> check_has_database(const DataFolder& folder) {
  namespace fs = std::filesystem;
  std::error_code none;
  if (fs::exists(folder.database(), none) && fs::file_size(folder.database(), none) > 0) return {};
  if (fs::exists(folder.root / "restoring.db", none))
    return fail(ErrorKind::corrupt,
                "A restore into " + folder.root.string() +
                    " didn't finish. Restore the backup again into a new folder; if the backup is damaged, use another one.");
  for (const auto& entry : fs::directory_iterator(folder.media(), none)) {
    // What begins with a dot is of uploads that were not finished.
    if (!entry.path().filename().string().starts_with('.'))
      return fail(ErrorKind::corrupt, "The data folder " + folder.root.string() + " contains media files, but its database " +
                                          folder.database().string() +
                                          " is missing or empty. Put it back, or restore the newest backup into a new folder: carillon "
                                          "restore BACKUP --data NEW-FOLDER.");
  }
  return {};
}

Result<std::string> secret_in(const std::filesystem::path& file, Random& random) {
  constexpr std::size_t kLength = 32;
  std::error_code none;
  if (!std::filesystem::exists(file, none)) {
    std::array<std::byte, kLength> fresh{};
    random.fill(fresh);
    if (auto written = write_file(file, as_text(fresh)); !written) return forward_error(written);
  }
  auto secret = read_file(file);
  if (secret && secret->size() < kLength)
    return fail(ErrorKind::corrupt, "The secret file " + file.string() + " is truncated; restore it from a backup.");
  return secret;
}

}  // namespace carillon::app
