// See data_folder.hpp.

#include "app/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <array>
#include <cerrno>

namespace carillon::app {

Result<FileDescriptor> take(const DataFolder& folder) {
  if (auto made = make_folder(folder.root); !made) return passed_on(made);
  if (auto made = make_folder(folder.secrets()); !made) return passed_on(made);
  auto lock = open_file(folder.lock(), O_RDWR | O_CREAT);
  if (!lock) return passed_on(lock);
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ErrorKind::conflict, "Another Carillon serves the data folder " + folder.root.string() +
                                           " already; stop it first, or give --data another folder.");
    return fail_errno("lock", folder.lock().string(), errno);
  }
  return lock;
}

Result<std::string> secret_in(const std::filesystem::path& file, Random& random) {
  constexpr std::size_t kLength = 32;
  std::error_code none;
  if (!std::filesystem::exists(file, none)) {
    std::array<std::byte, kLength> fresh{};
    random.fill(fresh);
    if (auto written = write_file(file, as_text(fresh)); !written) return passed_on(written);
  }
  auto secret = read_file(file);
  if (secret && secret->size() < kLength)
    return fail(ErrorKind::corrupt, "The secret " + file.string() + " is cut off; bring it back from a backup.");
  return secret;
}

}  // namespace carillon::app
