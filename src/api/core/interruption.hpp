#pragma once
// A body that is read until somebody else wants what its reader holds.

#include "http/message.hpp"
#include "net/asio.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <memory>

namespace carillon::api {

/// One reader's, on its event loop. What wish() gives may be called by any thread, also after this is gone.
class Interruption {
 public:
  explicit Interruption(asio::any_io_executor loop) : state_{std::make_shared<State>(std::move(loop))} {}

  /// Interrupts the reading, now or whenever it begins.
  [[nodiscard]] std::function<void()> name_options() const;
  [[nodiscard]] bool wished() const noexcept { return state_->wished; }

  /// Fills `into` until it is full, the body ends or `until` has come; `filled` counts the bytes, also when it fails. Answers whether more
  /// may come; `conflict` when it was interrupted.
  asio::awaitable<Result<bool>> fill(http::IncomingBody& body, std::span<std::byte> into, std::size_t& filled,
                                     std::chrono::steady_clock::time_point until);

 private:
  struct State {
    explicit State(asio::any_io_executor on) : loop{std::move(on)} {}
    asio::any_io_executor loop;
    asio::cancellation_signal signal;  ///< the loop's alone
    bool wished = false;               ///< the loop's alone
  };
  std::shared_ptr<State> state_;
};

}  // namespace carillon::api
