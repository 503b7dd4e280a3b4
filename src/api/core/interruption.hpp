#pragma once
// Reads a body until another request needs what its reader holds.

#include "http/message.hpp"
#include "net/asio.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <memory>

namespace carillon::api {

/// Belongs to one reader, on its event loop. The function from name_options() can be called by any thread, even after this is destroyed.
class Interruption {
 public:
  explicit Interruption(asio::any_io_executor loop) : state_{std::make_shared<State>(std::move(loop))} {}

  /// Interrupts the reading, now or once it starts.
  [[nodiscard]] std::function<void()> name_options() const;
  [[nodiscard]] bool wished() const noexcept { return state_->wished; }

  /// Fills `into` until it is full, the body ends or `until` has passed; `filled` counts the bytes, even on failure. Returns whether there
  /// may be more; `conflict` if it was interrupted.
  asio::awaitable<Result<bool>> fill(http::IncomingBody& body, std::span<std::byte> into, std::size_t& filled,
                                     std::chrono::steady_clock::time_point until);

 private:
  struct State {
    explicit State(asio::any_io_executor on) : loop{std::move(on)} {}
    asio::any_io_executor loop;
    asio::cancellation_signal signal;  ///< only used on the event loop
    bool wished = false;               ///< only used on the event loop
  };
  std::shared_ptr<State> state_;
};

}  // namespace carillon::api
