// See interruption.hpp.

#include "api/core/interruption.hpp"

namespace carillon::api {
namespace {

std::unexpected<Error> interrupted() {
  return fail(ErrorKind::conflict, "A newer request is working on this upload; request the upload's offset before sending more.");
}

asio::awaitable<Result<bool>> filling(http::IncomingBody& body, std::span<std::byte> into, std::size_t& filled,
                                      std::chrono::steady_clock::time_point until) {
  while (filled < into.size()) {
    const auto got = co_await body.read_some(into.subspan(filled));
    if (!got) co_return std::unexpected(got.error());
    if (*got == 0) co_return false;
    filled += *got;
    if (std::chrono::steady_clock::now() >= until) break;
  }
  co_return true;
}

}  // namespace

std::function<void()> Interruption::name_options() const {
  return [state = state_] {
    asio::post(state->loop, [state] {
      state->wished = true;
      state->signal.emit(asio::cancellation_type::terminal);  // whoever reads at this moment; else nobody hears it
    });
  };
}

asio::awaitable<Result<bool>> Interruption::fill(http::IncomingBody& body, std::span<std::byte> into, std::size_t& filled,
                                                 std::chrono::steady_clock::time_point until) {
  if (wished()) co_return interrupted();
  try {
    auto outcome = co_await asio::co_spawn(state_->loop, filling(body, into, filled, until),
                                           asio::bind_cancellation_slot(state_->signal.slot(), asio::use_awaitable));
    if (!outcome && wished()) co_return interrupted();
    co_return outcome;
  } catch (const boost::system::system_error& error) {
    // Interrupted between two waits.
    if (error.code() != asio::error::operation_aborted || !wished()) throw;
  }
  co_return interrupted();
}

}  // namespace carillon::api
