// Landlock (Linux 5.13) with no rule at all: what it handles is forbidden. Its header may be older than the kernel that runs, so the few
// numbers are written here (linux/landlock.h).

#include "base/file.hpp"
#include "media/confinement/layers.hpp"

#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>
#include <cstdint>

namespace carillon::media {
namespace {

// The same numbers on every architecture.
constexpr long kCreateRuleset = 444, kRestrictSelf = 446;
constexpr unsigned kAskVersion = 1;

struct Ruleset {
  std::uint64_t paths = 0;   ///< since version 1
  std::uint64_t net = 0;     ///< since 4
  std::uint64_t scoped = 0;  ///< since 6
};

/// Bits of Ruleset::paths: 13 in version 1, then one more each for linking elsewhere (2), truncating (3) and controlling devices (5).
std::uint64_t paths_of(long version) {
  const int bits = version >= 5 ? 16 : version >= 3 ? 15 : version == 2 ? 14 : 13;
  return (std::uint64_t{1} << bits) - 1;
}

}  // namespace

std::string restrict_paths() {
  const long version = syscall(kCreateRuleset, nullptr, 0, kAskVersion);
  if (version < 1 && (errno == ENOSYS || errno == EOPNOTSUPP)) return "this kernel doesn't support Landlock, or it is disabled";
  if (version < 1) return "landlock_create_ruleset(2): " + errno_text(errno);
  Ruleset ruleset{.paths = paths_of(version)};
  if (version >= 4) ruleset.net = 0b11;     // binding to a TCP port, connecting to one
  if (version >= 6) ruleset.scoped = 0b11;  // abstract sockets, signals
  const std::size_t size = version >= 6 ? 24 : version >= 4 ? 16 : 8;
  const FileDescriptor rules{static_cast<int>(syscall(kCreateRuleset, &ruleset, size, 0))};
  if (!rules) return "landlock_create_ruleset(2): " + errno_text(errno);
  if (syscall(kRestrictSelf, rules.get(), 0) != 0) return "landlock_restrict_self(2): " + errno_text(errno);
  return {};
}

}  // namespace carillon::media
