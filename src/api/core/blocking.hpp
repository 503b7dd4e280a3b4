#pragma once
// Calls that block, for handlers that must not: made on a worker thread, awaited on the event loop.

#include "net/asio.hpp"

#include <boost/asio/thread_pool.hpp>

#include <type_traits>
#include <utility>

namespace carillon::api {

namespace detail {
template <class Function>
asio::awaitable<std::invoke_result_t<Function>> called(Function function) {
  co_return function();
}
}  // namespace detail

/// Runs `function` on `workers` and resumes on the caller's own loop. What it refers to must live until then, as the awaiting coroutine's
/// frame does.
template <class Function>
asio::awaitable<std::invoke_result_t<Function>> blocking(asio::thread_pool& workers, Function function) {
  co_return co_await asio::co_spawn(workers, detail::called(std::move(function)), asio::use_awaitable);
}

}  // namespace carillon::api
