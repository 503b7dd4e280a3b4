#pragma once
// Stream: what a response says over time, without a length known beforehand and without ranges: events, exports. A coroutine that is asked
// for one piece after the other, so nothing is made ahead of the peer that reads it.

#include "base/result.hpp"

#include <boost/asio/awaitable.hpp>

#include <string>

namespace carillon {

namespace asio = boost::asio;

/// No piece is larger: what a connection holds of a stream stays small, whatever is told.
inline constexpr std::size_t kLargestStreamPiece = 64 * 1024;

/// Belongs to whoever sends it; all calls on the event loop of that connection, one next() at a time. The owner cancels it and waits for
/// its next() before it lets go of it.
class Stream {
 public:
  virtual ~Stream() = default;
  /// The next piece, at most kLargestStreamPiece bytes; "" at the end. Waits for as long as it takes, without blocking. After an error the
  /// stream is over, and the peer sees that it is not whole.
  virtual asio::awaitable<Result<std::string>> next() = 0;
  /// The peer is gone: a next() that waits ends soon, with whatever result, and nobody calls another.
  virtual void cancel() noexcept = 0;
};

}  // namespace carillon
