#pragma once
// Calls that block, for handlers that must not: made on a worker thread, awaited on the event loop.

#include "jobs/workers.hpp"

#include <type_traits>
#include <utility>

namespace carillon::api {

/// Runs `function` on `workers` and resumes on the caller's own loop. What it refers to must live until then, as the awaiting coroutine's
/// frame does.
template <class Function>
asio::awaitable<std::invoke_result_t<Function&>> blocking(jobs::Workers& workers, Function function) {
  return workers.run(std::move(function));
}

}  // namespace carillon::api
