#pragma once
// The sandbox that carillon-media enters before it reads untrusted data. It has several layers, each of which alone stops most attacks;
// layers that the machine doesn't support are reported and skipped.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::media {

enum class Layer {
  system_calls,  ///< seccomp: the few system calls that decoding needs, some only on the passed descriptors
  landlock,      ///< no paths can be opened, no TCP ports used, no outside processes signaled
  namespaces,    ///< an empty file system, no network interfaces, no shared memory with other processes
  user,          ///< not root, no capabilities
};
inline constexpr Layer kLayers[] = {Layer::system_calls, Layer::landlock, Layer::namespaces, Layer::user};

[[nodiscard]] std::string_view name_of(Layer layer) noexcept;

struct ConfinementPlan {
  // The descriptors that stay open, beside standard error.
  int control = -1;
  int source = -1;
  int target = -1;
  std::chrono::seconds processor_time{};  ///< then SIGXCPU ends the process
  ByteCount output;                       ///< a longer file ends the process with SIGXFSZ
  // For tests, which want to see what one layer does by itself.
  std::span<const Layer> without = {};
  unsigned descriptors = 0;  ///< the first that can't be decrypted: 0 leaves those that are open, and no other
};

struct LayerState {
  Layer layer;
  std::string missing;  ///< why it isn't active; "" if it is
};

/// Permanently sandboxes the process, which must be single-threaded: closes all other descriptors, limits memory, processor time, files and
/// processes, forbids core files and new privileges, dies with its parent, lowers its priority below the server's, and activates every
/// layer that the machine supports. After a forbidden system call, it writes "forbidden system call NAME (NUMBER)" to standard error and is
/// killed by SIGSYS. Fails with `unavailable` if the kernel rejects one of the limits: then nothing must be decoded.
[[nodiscard]] Result<std::vector<LayerState>> confine(const ConfinementPlan& plan);

}  // namespace carillon::media
