#pragma once
// Wakes a coroutine on the same event loop.

#include "net/asio.hpp"
#include "net/transport.hpp"

#include <utility>

namespace carillon::http::h2 {

/// One coroutine waits, others on its event loop raise it. A signal raised earlier ends the next wait immediately.
class Signal {
 public:
  explicit Signal(const asio::any_io_executor& executor) : timer_{executor} {}

  void raise() {
    raised_ = true;
    timer_.cancel();
  }
  /// False if it wasn't raised within `within`.
  asio::awaitable<bool> wait(net::Within within) {
    if (!raised_) {
      timer_.expires_after(within);
      boost::system::error_code ignored;
      co_await timer_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    }
    co_return std::exchange(raised_, false);
  }

 private:
  asio::steady_timer timer_;
  bool raised_ = false;
};

}  // namespace carillon::http::h2
