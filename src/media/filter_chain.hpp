#pragma once
// A chain of libav's filters with one way in and one way out, and the loudness that an ebur128 filter in it has measured.

#include "base/result.hpp"
#include "media/libav.hpp"

#include <optional>
#include <string>

namespace carillon::media {

/// One thread.
class FilterChain {
 public:
  /// `description` in libav's language, e.g. "ebur128=metadata=1"; it takes frames in `shape` and kSampleFormat.
  [[nodiscard]] static Result<FilterChain> create(Shape shape, const std::string& description);

  /// Takes `frame`; null ends the stream.
  [[nodiscard]] Result<> push(Frame frame);
  /// What has come out, or null while more must be pushed (or all is out).
  [[nodiscard]] Result<Frame> pull();
  /// At most this many samples a frame from now on, the last one fewer.
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
