// See file.hpp.

#include "base/file.hpp"

#include "base/foreign/small_file.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>

namespace carillon {
namespace {

constexpr ByteCount kLargestWholeFile{1ULL << 30};

}  // namespace

FileDescriptor& FileDescriptor::operator=(FileDescriptor&& other) noexcept {
  if (this != &other) {
    reset();
    fd_ = other.release();
  }
  return *this;
}

int FileDescriptor::release() noexcept { return std::exchange(fd_, -1); }

void FileDescriptor::reset() noexcept {
  if (fd_ >= 0) ::close(fd_);
  fd_ = -1;
}

Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags, int mode) {
  while (true) {
    const int fd = ::open(path.c_str(), flags | O_CLOEXEC, mode);
    if (fd >= 0) return FileDescriptor{fd};
    if (errno != EINTR) return fail_errno("open", path.string(), errno);
  }
}

Result<std::string> read_file(const std::filesystem::path& path) { return read_small_file(path, kLargestWholeFile); }

Result<std::string> read_small_file(const std::filesystem::path& path, ByteCount most) {
  // Opening a pipe doesn't wait for someone to write into it.
  const auto file = open_file(path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  if (!file) return std::unexpected(file.error());
  struct stat about{};
  if (::fstat(file->get(), &about) != 0) return fail_errno("read", path.string(), errno);
  if (S_ISDIR(about.st_mode)) return fail_errno("read", path.string(), EISDIR);
  if (!S_ISREG(about.st_mode))
    return fail(ErrorKind::invalid, path.string() + " isn't a regular file but a pipe, device or socket; copy its content into a file.");
  std::string content;
  constexpr std::size_t kPiece = 64 * 1024;
  while (true) {
    if (content.size() > most.value)
      return fail(ErrorKind::too_large, path.string() + " is larger than " + to_human(most) + ". Check that it's the right file.");
    const auto before = content.size();
    content.resize(before + kPiece);
    const auto got = ::read(file->get(), content.data() + before, kPiece);
    content.resize(before + static_cast<std::size_t>(got > 0 ? got : 0));
    if (got == 0) return content;
    if (got < 0 && errno != EINTR) return fail_errno("read", path.string(), errno);
  }
}

Result<> write_all(int fd, std::span<const std::byte> bytes) {
  while (!bytes.empty()) {
    const auto put = ::write(fd, bytes.data(), bytes.size());
    if (put < 0) {
      if (errno == EINTR) continue;
      return fail_errno("write", "a file", errno);
    }
    bytes = bytes.subspan(static_cast<std::size_t>(put));
  }
  return {};
}

Result<> sync_folder(const std::filesystem::path& folder) {
  const auto handle = open_file(folder, O_RDONLY | O_DIRECTORY);
  if (!handle) return std::unexpected(handle.error());
  if (::fsync(handle->get()) != 0) return fail_errno("sync", folder.string(), errno);
  return {};
}

Result<> write_file(const std::filesystem::path& path, std::string_view content, int mode) {
  static std::atomic<unsigned> counter = 0;
  auto temporary = path;
  temporary += "." + std::to_string(::getpid()) + "-" + std::to_string(counter++) + ".tmp";
  const auto give_up = [&](Result<> why) {
    ::unlink(temporary.c_str());
    return why;
  };
  {
    const auto file = open_file(temporary, O_WRONLY | O_CREAT | O_EXCL, mode);
    if (!file) return std::unexpected(file.error());
    // The mode is the caller's, whatever the umask says.
    if (::fchmod(file->get(), static_cast<mode_t>(mode)) != 0) return give_up(fail_errno("change the mode of", path.string(), errno));
    if (const auto written = write_all(file->get(), as_bytes(content)); !written)
      return give_up(fail(written.error().kind, path.string() + ": " + written.error().message));
    if (::fsync(file->get()) != 0) return give_up(fail_errno("sync", path.string(), errno));
  }
  if (::rename(temporary.c_str(), path.c_str()) != 0) return give_up(fail_errno("rename to", path.string(), errno));
  return sync_folder(path.has_parent_path() ? path.parent_path() : ".");
}

Result<> make_folder(const std::filesystem::path& folder, int mode) {
  if (folder.empty() || ::access(folder.c_str(), F_OK) == 0) return {};
  if (auto parent = make_folder(folder.parent_path(), mode); !parent) return parent;
  if (::mkdir(folder.c_str(), static_cast<mode_t>(mode)) != 0 && errno != EEXIST)
    return fail_errno("create the folder", folder.string(), errno);
  return {};
}

Result<Space> space_at(const std::filesystem::path& path) {
  struct statvfs facts;
  if (::statvfs(path.c_str(), &facts) != 0) return fail_errno("get the free space of", path.string(), errno);
  return Space{.free = ByteCount{facts.f_bavail * facts.f_frsize}, .total = ByteCount{facts.f_blocks * facts.f_frsize}};
}

}  // namespace carillon
