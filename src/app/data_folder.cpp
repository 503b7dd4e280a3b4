// See data_folder.hpp.

#include "app/data_folder.hpp"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

namespace carillon::app {

Result<FileDescriptor> take(const DataFolder& folder) {
  if (auto made = make_folder(folder.root); !made) return passed_on(made);
  if (auto made = make_folder(folder.secrets()); !made) return passed_on(made);
  auto lock = open_file(folder.lock(), O_RDWR | O_CREAT);
  if (!lock) return passed_on(lock);
  if (::flock(lock->get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK)
      return fail(ErrorKind::conflict, "Another Carillon serves the data folder " + folder.root.string() + " already; stop it first, or give --data another folder.");
    return fail_errno("lock", folder.lock().string(), errno);
  }
  return lock;
}

}  // namespace carillon::app
