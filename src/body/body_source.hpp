#pragma once
// BodySource: reads any Body on an event loop. Available data is copied immediately; if it has to wait (for the disk or another machine),
// the reader is suspended, and nothing blocks.

#include "body/body.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace boost::asio {
class thread_pool;
}

namespace carillon {

namespace asio = boost::asio;

/// Belongs to the sender of the body; all calls on the event loop of that connection, one read() at a time. The owner must await its read()
/// before destroying it. A protocol that can't wait when asked for bytes (HTTP/2) calls read_now(), and suspends its stream with read() if
/// that returns nothing.
class BodySource {
 public:
  /// `disk` reads the files that are not in memory; it must outlive this.
  BodySource(Body body, asio::thread_pool& disk);
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  ~BodySource();

  [[nodiscard]] ByteCount left() const noexcept { return reader_.left(); }
  /// Copies available data: memory, files in the page cache, received remote data. 0 if it would have to wait, and at the end.
  [[nodiscard]] Result<std::size_t> read_now(std::span<std::byte> into);
  /// At least one byte; 0 only at the end. Suspends as long as needed; callers with a deadline call cancel() after it. After an error, the
  /// source can't be used. `corrupt` if the length of a file or object differs from its slice.
  asio::awaitable<Result<std::size_t>> read(std::span<std::byte> into);
  /// A read() that waits for another machine ends soon with `unavailable`, and every later one immediately.
  void cancel() noexcept;

 private:
  asio::awaitable<Result<std::size_t>> read_from_disk(std::span<std::byte> into);
  asio::awaitable<Result<>> next_piece(RemoteSlice from);
  /// Takes received remote data.
  std::size_t take(std::span<std::byte> into) noexcept;

  BodyReader reader_;
  asio::thread_pool& disk_;
  std::unique_ptr<Stream> stream_;  ///< of the remote slice that is being read
  std::string piece_;               ///< the last piece from the stream
  std::size_t taken_ = 0;           ///< of `piece_`
  bool cancelled_ = false;
};

}  // namespace carillon
