#pragma once
// How many descriptors this process may hold: each connection costs one, each download another.

#include <sys/types.h>

#include <cstddef>

namespace carillon {

struct DescriptorLimit {
  std::size_t before = 0;  ///< as the process was started
  std::size_t now = 0;
};

/// Raises the soft limit to the hard one, once for the process; what cannot be raised stays. Call before threads are made.
DescriptorLimit raise_descriptor_limit() noexcept;

/// Gives a child that was just spawned the soft limit from before the raise: programs that use select(), or that close every descriptor up
/// to the limit, count on a small one. Does nothing when the limit was never raised.
void restore_descriptor_limit(pid_t child) noexcept;

}  // namespace carillon
