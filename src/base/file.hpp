#pragma once
// Files that survive a power cut: written to a temporary name, synced, renamed, the folder synced.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <filesystem>
#include <string>

namespace carillon {

/// Owns a file descriptor; -1 is none.
class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) noexcept : fd_{fd} {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_{other.release()} {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept;
  ~FileDescriptor() { reset(); }
  [[nodiscard]] int get() const noexcept { return fd_; }
  [[nodiscard]] explicit operator bool() const noexcept { return fd_ >= 0; }
  int release() noexcept;
  void reset() noexcept;

 private:
  int fd_ = -1;
};

/// open(2) with O_CLOEXEC; `mode` is for O_CREAT.
[[nodiscard]] Result<FileDescriptor> open_file(const std::filesystem::path& path, int flags, int mode = 0600);
[[nodiscard]] Result<std::string> read_file(const std::filesystem::path& path);  ///< whole; blocks
/// Replaces `path` whole or not at all, durably. Blocks.
[[nodiscard]] Result<> write_file(const std::filesystem::path& path, std::string_view content, int mode = 0600);
[[nodiscard]] Result<> write_all(int fd, std::span<const std::byte> bytes);
[[nodiscard]] Result<> sync_folder(const std::filesystem::path& folder);
[[nodiscard]] Result<> make_folder(const std::filesystem::path& folder, int mode = 0700);  ///< with its parents

struct Space {
  ByteCount free;
  ByteCount total;
};
[[nodiscard]] Result<Space> space_at(const std::filesystem::path& path);

}  // namespace carillon
