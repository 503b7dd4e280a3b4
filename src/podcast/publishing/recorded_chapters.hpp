#pragma once
// The chapters that a recording itself has.

#include "audio/promise.hpp"
#include "body/body.hpp"
#include "podcast/chapters/chapters.hpp"

namespace carillon::podcast {

/// Those in the metadata of `recording`, as far as they can be shown: with a title, and before its end. `promise` is what is known about it
/// (audio::MediaProgram::read_promise). Blocks.
[[nodiscard]] Result<Chapters> chapters_in(const Body& recording, const audio::Promise& promise, std::chrono::microseconds duration);

}  // namespace carillon::podcast
