// See descriptors.hpp.

#include "base/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <atomic>

namespace carillon {
namespace {

/// Some machines say "without limit", or a thousand million: more than this is of no use, and costs whoever walks over them.
constexpr rlim_t kMaxDescriptors = 1U << 20;

std::atomic<rlim_t> soft_limit_of_children{0};

}  // namespace

DescriptorLimit raise_descriptor_limit() noexcept {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return {};
  DescriptorLimit result{.before = limit.rlim_cur, .now = limit.rlim_cur};
  const auto wanted = std::min(limit.rlim_max, kMaxDescriptors);
  if (limit.rlim_cur < wanted) {
    const rlimit raised{.rlim_cur = wanted, .rlim_max = limit.rlim_max};
    if (::setrlimit(RLIMIT_NOFILE, &raised) == 0) {
      soft_limit_of_children = limit.rlim_cur;
      result.now = wanted;
    }
  }
  return result;
}

void restore_descriptor_limit(pid_t child) noexcept {
  const auto soft = soft_limit_of_children.load();
  rlimit limit{};
  if (soft == 0 || ::prlimit(child, RLIMIT_NOFILE, nullptr, &limit) != 0) return;
  limit.rlim_cur = std::min(soft, limit.rlim_max);
  (void)::prlimit(child, RLIMIT_NOFILE, &limit, nullptr);
}

}  // namespace carillon
