#pragma once
// A chain of libav filters with one input and one output, and the loudness measured by its ebur128 filter.

#include "base/result.hpp"
#include "media/libav.hpp"

#include <optional>
#include <string>

namespace carillon::media {

/// One thread.
class FilterChain {
 public:
  /// `description` in libav's syntax, e.g. "ebur128=metadata=1"; it accepts frames in `shape` and kSampleFormat.
  [[nodiscard]] static Result<FilterChain> create(Shape shape, const std::string& description);

  /// Takes `frame`; null ends the stream.
  [[nodiscard]] Result<> push(Frame frame);
  /// The next output frame; null if more must be pushed (or at the end).
  [[nodiscard]] Result<Frame> pull();
  /// From now on, frames have this many samples, except the last one.
  void set_frame_size(int samples) { av_buffersink_set_frame_size(sink_, static_cast<unsigned>(samples)); }

  /// Integrated loudness in LUFS (EBU R 128) of what has been pulled, or none: no ebur128 in the chain, or nothing above the gate of
  /// −70 LUFS (ITU-R BS.1770-4 annex 1).
  [[nodiscard]] std::optional<double> loudness() const noexcept { return loudness_; }

 private:
  FilterGraph graph_;
  AVFilterContext* source_ = nullptr;  ///< owned by graph_, as is sink_
  AVFilterContext* sink_ = nullptr;
  std::optional<double> loudness_;
};

}  // namespace carillon::media
