// unshare(2), an empty root, and another user.

#include "base/result.hpp"
#include "media/confinement/layers.hpp"

#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <array>
#include <cerrno>

namespace carillon::media {
namespace {

constexpr int kApart = CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWIPC | CLONE_NEWUTS;
constexpr uid_t kNobody = 65534;
/// Folders on one of which the empty root can be mounted: at least one is there on every system.
constexpr std::array kMountPoints{"/tmp", "/proc", "/dev", "/var", "/usr"};

std::string because(std::string_view what, int number) { return std::string{what} + ": " + errno_text(number); }

/// Root by its number is who owns the master key, whatever capabilities it has lost.
bool become_nobody() {
  return setgroups(0, nullptr) == 0 && setresgid(kNobody, kNobody, kNobody) == 0 && setresuid(kNobody, kNobody, kNobody) == 0;
}

/// Without a root that has files, nothing can be opened by path even if everything else fails.
std::string empty_root() {
  if (mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) != 0) return because("mounts can't be made private", errno);
  for (const char* point : kMountPoints) {
    if (mount("none", point, "tmpfs", MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC, "size=4k,nr_inodes=1,mode=0555") != 0) {
      if (errno == ENOENT || errno == ENOTDIR) continue;
      return because("an empty root can't be mounted", errno);
    }
    if (chdir(point) != 0) return because("the empty root can't be entered", errno);
    // The old root lies under the new one for a moment, then it is gone (pivot_root(2), NOTES).
    if (syscall(SYS_pivot_root, ".", ".") == 0) {
      if (umount2(".", MNT_DETACH) != 0) return because("the old root can't be unmounted", errno);
    } else if (chroot(".") != 0) {
      return because("the root can't be changed", errno);
    }
    return chdir("/") == 0 ? std::string{} : because("the empty root can't be entered", errno);
  }
  return "there is no folder to mount an empty root on";
}

}  // namespace

std::string enter_namespaces() {
  if (unshare(kApart) != 0) {
    // Not privileged, or in a container that grants less than it seems. A user namespace gives what is needed, to nobody rather than to
    // root.
    if (geteuid() == 0 && !become_nobody()) return because("unshare(2) isn't permitted, and root can't become another user", errno);
    if (unshare(kApart | CLONE_NEWUSER) != 0) return because("unshare(2)", errno);
  }
  return empty_root();
}

std::string drop_user() {
  if (geteuid() == 0 && !become_nobody()) return because("root can't become another user", errno);
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const std::array<__user_cap_data_struct, _LINUX_CAPABILITY_U32S_3> none{};
  if (syscall(SYS_capset, &header, none.data()) != 0) return because("capabilities can't be dropped", errno);
  return {};
}

}  // namespace carillon::media
