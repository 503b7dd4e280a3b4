#pragma once
// What carillon-media gives up before it touches foreign bytes.

#include "base/result.hpp"

namespace carillon::media {

/// Limits memory, forbids core files and new privileges, closes every descriptor above `last_descriptor`, dies with the program that
/// started it, and steps behind the server in the queue for the processor. Fails with `unavailable` when the kernel refuses one of them:
/// then nothing may be decoded.
[[nodiscard]] Result<> confine(int last_descriptor);

}  // namespace carillon::media
