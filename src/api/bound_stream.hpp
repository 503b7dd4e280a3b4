#pragma once
// A stream that is good for as long as its caller's rights are.

#include "accounts/revocations.hpp"
#include "body/stream.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <memory>

namespace carillon::api {

/// Ends `stream` when `caller` loses a right, and when the session or token it came with ends; whoever may still listen comes back. On
/// `executor`, which is the loop of its connection. The others must live longer.
[[nodiscard]] std::unique_ptr<Stream> bound_to(const accounts::Caller& caller, std::unique_ptr<Stream> stream,
                                               accounts::Revocations& revocations, const Clock& clock, asio::any_io_executor executor);

}  // namespace carillon::api
