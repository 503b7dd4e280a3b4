// Fuzz target: any bytes as a recording whose length is to be known before it is decoded.

#include "audio/promise.hpp"
#include "base/file.hpp"
#include "media/protocol/protocol.hpp"

#include <sys/mman.h>
#include <cstdlib>

namespace {

void check(bool holds) {
  if (!holds) std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace carillon;
  const FileDescriptor file{memfd_create("recording", MFD_CLOEXEC)};
  check(file && write_all(file.get(), {reinterpret_cast<const std::byte*>(data), size}).has_value());
  const auto promise = audio::read_promise(file.get());
  if (!promise)
    check(promise.error().kind == ErrorKind::invalid && !promise.error().message.empty());
  else if (*promise)
    check((*promise)->duration.count() >= 0 && (*promise)->duration <= media::protocol::kLongestRecording);
  return 0;
}
