#pragma once
// Stream: a response body without a known length or ranges: events, exports. A coroutine is asked for one piece after another, so nothing
// is produced before the peer reads it.

#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace carillon {

namespace asio = boost::asio;

/// The maximum size of a piece, so that connections need little memory for streams.
inline constexpr std::size_t kLargestStreamPiece = 64 * 1024;

/// Belongs to its sender; all calls on the event loop of that connection, one next() at a time. The owner cancels it and awaits its next()
/// before destroying it.
class Stream {
 public:
  virtual ~Stream() = default;
  /// The next piece, at most kLargestStreamPiece bytes; "" at the end. Waits as long as needed, without blocking. An error ends the stream,
  /// and the peer can see that it is incomplete.
  virtual asio::awaitable<Result<std::string>> next() = 0;
  /// Called if the peer has disconnected: a waiting next() ends soon, with any result, and isn't called again.
  virtual void cancel() noexcept = 0;
};

}  // namespace carillon
