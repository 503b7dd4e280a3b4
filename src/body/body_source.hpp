#pragma once
// BodySource: a Body as its sender reads it on an event loop, whatever it is made of. What is at hand is copied at once; for what has to be
// waited for (a disk, another machine) the reader is suspended, and nothing blocks.

#include "body/body.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace boost::asio {
class thread_pool;
}

namespace carillon {

namespace asio = boost::asio;

/// Belongs to whoever sends the body; all calls on the event loop of that connection, one read() at a time. The owner waits for its read()
/// before it lets go of it. A protocol that is asked for bytes and may not wait (HTTP/2) calls read_now(), and suspends its stream with
/// read() where that gives nothing.
class BodySource {
 public:
  /// `disk` reads the files that are not in memory; it must outlive this.
  BodySource(Body body, asio::thread_pool& disk);
  BodySource(const BodySource&) = delete;
  BodySource& operator=(const BodySource&) = delete;
  ~BodySource();

  [[nodiscard]] ByteCount left() const noexcept { return reader_.left(); }
  /// Copies what is at hand: memory, files in the page cache, what a remote object has said already. 0 when the next byte has to be waited
  /// for, and at the end.
  [[nodiscard]] Result<std::size_t> read_now(std::span<std::byte> into);
  /// At least one byte; 0 only at the end. Suspends for as long as it takes: who needs a deadline calls cancel() when it has passed. After
  /// an error the source is of no more use. `corrupt` when a file or an object is not as long as its slice.
  asio::awaitable<Result<std::size_t>> read(std::span<std::byte> into);
  /// A read() that waits for another machine ends soon, and every later one at once, as `unavailable`.
  void cancel() noexcept;

 private:
  asio::awaitable<Result<std::size_t>> read_from_disk(std::span<std::byte> into);
  asio::awaitable<Result<>> next_piece(RemoteSlice from);
  /// Of what the remote object has said.
  std::size_t take(std::span<std::byte> into) noexcept;

  BodyReader reader_;
  asio::thread_pool& disk_;
  std::unique_ptr<Stream> stream_;  ///< of the remote slice that is being read
  std::string piece_;               ///< what it said last
  std::size_t taken_ = 0;           ///< of `piece_`
  bool cancelled_ = false;
};

}  // namespace carillon
