#pragma once
// What carillon-media gives up before it reads the first foreign byte. Several layers, each of which would do by itself against most
// attacks: what the machine does not have is reported and left out.

#include "base/bytes.hpp"
#include "base/result.hpp"

#include <chrono>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::media {

enum class Layer {
  system_calls,  ///< seccomp: the few system calls that decoding needs, some only on the descriptors that were handed over
  landlock,      ///< no path can be opened, no TCP port used, nobody outside signalled
  namespaces,    ///< an empty file system, no network interface, no shared memory of others
  user,          ///< not root, and no capability
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
  std::string missing;  ///< why it is not in force; "" when it is
};

/// Confines the process, which must have one thread, for good: closes every other descriptor, limits memory, processor time, files and
/// processes, forbids core files and new privileges, dies with the program that started it, steps behind the server in the queue for the
/// processor, and puts every layer in force that the machine has. After a forbidden system call standard error says "forbidden system call
/// NAME (NUMBER)" and the process is killed by SIGSYS.
/// Fails with `unavailable` when the kernel refuses one of the limits: then nothing may be decoded.
[[nodiscard]] Result<std::vector<LayerState>> confine(const ConfinementPlan& plan);

}  // namespace carillon::media
