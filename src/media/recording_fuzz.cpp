// Fuzz target: any bytes as a recording. Whatever they are, it ends in sound of the shape asked for or in a sentence for the uploader.

#include "base/file.hpp"
#include "media/recording.hpp"

#include <sys/mman.h>
#include <cstdlib>

namespace {

using namespace carillon;
using namespace carillon::media;

/// A few bytes may promise hours; a minute of them is enough.
constexpr std::chrono::minutes kLongest{1};

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  static const bool quiet = (av_log_set_level(AV_LOG_QUIET), true);
  check(quiet);
  const FileDescriptor file{memfd_create("recording", MFD_CLOEXEC)};
  check(file && write_all(file.get(), {reinterpret_cast<const std::byte*>(data), size}).has_value());
  auto recording = Recording::open(file.get(), size % 2 == 0 ? 44'100 : 48'000, kLongest);
  if (!recording) {
    check(recording.error().kind == ErrorKind::invalid && !recording.error().message.empty());
    return 0;
  }
  const Shape shape = (*recording)->shape();
  if (size % 3 == 0) {
    const auto probed = (*recording)->probe([](double) { return carillon::Result<>{}; });
    check(probed ? probed->duration.count() > 0 : probed.error().kind == ErrorKind::invalid);
    return 0;
  }
  std::int64_t samples = 0;
  for (;;) {
    auto frame = (*recording)->next();
    if (!frame) {
      check(frame.error().kind == ErrorKind::invalid);
      return 0;
    }
    if (!*frame) break;
    check((*frame)->format == kSampleFormat && (*frame)->ch_layout.nb_channels == shape.channels && (*frame)->pts == samples);
    samples += (*frame)->nb_samples;
  }
  check(samples > 0 && (*recording)->fraction() <= 1);
  return 0;
}
