#pragma once
// Runs blocking calls on a worker thread, for handlers that await them on the event loop.

#include "jobs/workers.hpp"

#include <type_traits>
#include <utility>

namespace carillon::api {

/// Runs `function` on `workers` and resumes on the caller's own loop. Everything that it refers to must live until then, like the frame of
/// the awaiting coroutine.
template <class Function>
asio::awaitable<std::invoke_result_t<Function&>> blocking(jobs::Workers& workers, Function function) {
  return workers.run(std::move(function));
}

}  // namespace carillon::api
