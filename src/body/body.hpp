#pragma once
// Body: the bytes of a response as a list of slices with a length known beforehand. An episode is three slices (tag, Info frame, frames), a
// range is a sub-list, a feed is one slice, so all protocols and stores use the same type. body_source.hpp reads one on an event loop.

#include "base/bytes.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace carillon {

/// A range of an open regular file. The file is shared: one descriptor serves all listeners, without moving its position (pread).
struct FileSlice {
  std::shared_ptr<const FileDescriptor> file;
  ByteCount offset;
  ByteCount length;
};

/// A range of memory, kept alive by `owner`.
struct BytesSlice {
  std::shared_ptr<const void> owner;
  std::span<const std::byte> bytes;
};

class Stream;

/// Bytes that are neither in memory nor in a local file, e.g. an object in a remote store. Immutable. Any thread.
class Remote {
 public:
  virtual ~Remote() = default;
  /// The `length` bytes from `offset`, without blocking. If the stream returns less or more, its reader fails.
  [[nodiscard]] virtual std::unique_ptr<Stream> stream(ByteCount offset, ByteCount length) const = 0;
  /// Up to into.size() bytes from `offset`, at least one. Blocks; worker threads.
  [[nodiscard]] virtual Result<std::size_t> read(ByteCount offset, std::span<std::byte> into) const = 0;
};

/// A range of a remote object.
struct RemoteSlice {
  std::shared_ptr<const Remote> object;
  ByteCount offset;
  ByteCount length;
};

using Slice = std::variant<FileSlice, BytesSlice, RemoteSlice>;
[[nodiscard]] ByteCount length_of(const Slice& slice) noexcept;

/// Immutable once built; cheap to copy (slices are shared). Any thread.
class Body {
 public:
  Body() = default;
  /// One slice that owns `text`.
  [[nodiscard]] static Body of(std::string text);
  [[nodiscard]] static Body of(std::shared_ptr<const std::string> text);

  void append(Slice slice);
  void append(const Body& body);
  [[nodiscard]] ByteCount length() const noexcept { return length_; }
  [[nodiscard]] const std::vector<Slice>& slices() const noexcept { return slices_; }
  /// The `length` bytes from `offset`; both must be within the body.
  [[nodiscard]] Body part(ByteCount offset, ByteCount length) const;

 private:
  std::vector<Slice> slices_;
  ByteCount length_;
};

/// Reads a Body from start to end. One thread at a time.
class BodyReader {
 public:
  explicit BodyReader(Body body) noexcept : body_{std::move(body)} {}
  [[nodiscard]] ByteCount left() const noexcept { return body_.length() - done_; }

  enum class Wait { never, for_disk, allowed };
  /// Copies up to `into.size()` bytes. With Wait::never, copies only data in memory (preadv2 RWF_NOWAIT) and returns 0 if it would have to
  /// wait for the disk or another machine: then call it again on a worker thread. Wait::for_disk waits for files but stops before remote
  /// data. With Wait::allowed, 0 is only returned at the end. `corrupt` if a file is shorter than its slice.
  [[nodiscard]] Result<std::size_t> read(std::span<std::byte> into, Wait wait);

  /// The rest of the next slice, if it is remote.
  [[nodiscard]] std::optional<RemoteSlice> next_remote();
  /// Skips bytes of that slice that were read in another way.
  void skip(ByteCount count) noexcept;

 private:
  /// The next slice; null at the end.
  const Slice* next_slice() noexcept;

  Body body_;
  ByteCount done_;
  std::size_t slice_ = 0;
  ByteCount within_;
};

/// The whole body as text, for tests and small bodies. Blocks.
[[nodiscard]] Result<std::string> whole(const Body& body);

}  // namespace carillon
