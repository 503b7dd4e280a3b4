// Limits of the process (setrlimit(2), prctl(2), close_range(2)).

#include "media/confinement.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <cerrno>
#include <csignal>

namespace carillon::media {
namespace {

/// Address space. Measured need: some 120 MiB, most of it libraries; the rest is room for a strange but honest file.
[[maybe_unused]] constexpr rlim_t kMemoryLimit = rlim_t{1} << 30;
constexpr int kNiceness = 10;

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
#define CARILLON_SHADOW_MEMORY
#endif
#endif

bool limit(__rlimit_resource resource, rlim_t most) {
  const rlimit both{most, most};
  return setrlimit(resource, &both) == 0;
}

}  // namespace

Result<> confine(int last_descriptor) {
  const auto refused = [] { return fail_errno("give up rights in", "carillon-media", errno); };
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return refused();
  if (close_range(static_cast<unsigned>(last_descriptor) + 1, ~0U, 0) != 0) return refused();
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused();
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || !limit(RLIMIT_CORE, 0)) return refused();
#ifndef CARILLON_SHADOW_MEMORY  // the sanitizers' shadow alone takes terabytes of address space
  if (!limit(RLIMIT_AS, kMemoryLimit)) return refused();
#endif
  // Not being allowed to be modest is no reason to refuse the work.
  (void)setpriority(PRIO_PROCESS, 0, kNiceness);
  return {};
}

}  // namespace carillon::media
