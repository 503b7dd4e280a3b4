#pragma once
// The file descriptor limit of this process: each connection needs one, each download another.

#include <sys/types.h>

#include <cstddef>

namespace carillon {

struct DescriptorLimit {
  std::size_t before = 0;  ///< at process start
  std::size_t now = 0;
};

/// Raises the soft limit to the hard one, once for the process; if that fails, it stays unchanged. Call before creating threads.
DescriptorLimit raise_descriptor_limit() noexcept;

/// Resets the soft limit of a newly spawned child to the original one: programs that use select(), or that close all descriptors up to the
/// limit, rely on a small one. Does nothing if the limit was never raised.
void restore_descriptor_limit(pid_t child) noexcept;

}  // namespace carillon
