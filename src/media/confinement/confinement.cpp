// Limits of the process (setrlimit(2), prctl(2), close_range(2)), and the order of the layers.

#include "media/confinement/confinement.hpp"

#include "media/confinement/layers.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>
#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>

namespace carillon::media {
#ifndef CARILLON_INSTRUMENTED
namespace {

/// Address space. Measured need: some 120 MiB, most of it libraries; the rest is room for a strange but honest file.
constexpr rlim_t kMemoryLimit = rlim_t{1} << 30;
constexpr int kNiceness = 10;

bool limit(__rlimit_resource resource, rlim_t soft, rlim_t hard) {
  const rlimit both{soft, hard};
  return setrlimit(resource, &both) == 0;
}

bool limit(__rlimit_resource resource, rlim_t most) { return limit(resource, most, most); }

/// Where close_range(2) is not known (Linux before 5.9, and old containers): more than carillon itself may have open.
constexpr unsigned kDescriptorsTried = 1 << 20;

/// Closes `first` to `last`.
bool close_between(unsigned first, unsigned last) {
  if (close_range(first, last, 0) == 0) return true;
  if (errno != ENOSYS && errno != EPERM) return false;
  rlimit open_files{};
  if (getrlimit(RLIMIT_NOFILE, &open_files) != 0) return false;
  const auto end = static_cast<unsigned>(std::min<rlim_t>({kDescriptorsTried, open_files.rlim_max, rlim_t{last} + 1}));
  for (unsigned descriptor = first; descriptor < end; ++descriptor) close(static_cast<int>(descriptor));
  return true;
}

/// Closes every descriptor that is not in `kept`.
bool close_others(std::span<const int> kept) {
  std::vector<unsigned> sorted;
  for (const int descriptor : kept) {
    if (descriptor >= 0) sorted.push_back(static_cast<unsigned>(descriptor));
  }
  std::ranges::sort(sorted);
  unsigned next = 0;
  for (const unsigned descriptor : sorted) {
    if (descriptor > next && !close_between(next, descriptor - 1)) return false;
    next = descriptor + 1;
  }
  return close_between(next, ~0U);
}

}  // namespace
#endif

std::string_view name_of(Layer layer) noexcept {
  switch (layer) {
    case Layer::system_calls:
      return "seccomp";
    case Layer::landlock:
      return "landlock";
    case Layer::namespaces:
      return "namespaces";
    case Layer::user:
      return "user";
  }
  return "";
}

Result<std::vector<LayerState>> confine(const ConfinementPlan& plan) {
  const auto refused = [] {
    const int number = errno;
    auto failure = fail_errno("drop privileges in", "carillon-media", number);
    failure.error().kind = ErrorKind::unavailable;
    return failure;
  };
  std::vector<LayerState> states;
  const auto put = [&](Layer layer, auto&& enforce) {
    const bool left_out = std::ranges::find(plan.without, layer) != plan.without.end();
    states.push_back({layer, left_out ? std::string{"left out by a test"} : enforce()});
  };
#ifdef CARILLON_INSTRUMENTED
  // Sanitizers and coverage map terabytes, read /proc, start threads and write profiles at the end: all that is forbidden here.
  for (const Layer layer : kLayers) put(layer, [] { return std::string{"this build is instrumented"}; });
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused();
#else
  if (!close_others(std::array{STDERR_FILENO, plan.control, plan.source, plan.target})) return refused();
  put(Layer::namespaces, enter_namespaces);
  put(Layer::user, drop_user);
  // Another user clears what is to happen at the parent's death, so this comes after it.
  const pid_t parent = getppid();
  if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return refused();
  if (getppid() != parent) return fail(ErrorKind::unavailable, "carillon exited before carillon-media started");
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return refused();
  if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || !limit(RLIMIT_CORE, 0)) return refused();
  // Not being allowed to be modest is no reason to refuse the work.
  (void)setpriority(PRIO_PROCESS, 0, kNiceness);
  put(Layer::landlock, restrict_paths);
  // The second after the soft limit is for whoever ignores the signal: the hard one kills.
  const auto seconds = static_cast<rlim_t>(plan.processor_time.count());
  if (!limit(RLIMIT_AS, kMemoryLimit) || !limit(RLIMIT_DATA, kMemoryLimit) || !limit(RLIMIT_CPU, seconds, seconds + 1) ||
      !limit(RLIMIT_FSIZE, plan.output.value) || !limit(RLIMIT_NPROC, 0) || !limit(RLIMIT_MEMLOCK, 0) || !limit(RLIMIT_MSGQUEUE, 0) ||
      !limit(RLIMIT_NOFILE, plan.descriptors))
    return refused();
  put(Layer::system_calls, [&] { return restrict_system_calls({.control = plan.control, .source = plan.source, .target = plan.target}); });
#endif
  std::ranges::sort(states, {}, &LayerState::layer);
  return states;
}

}  // namespace carillon::media
