#pragma once
// Streams and bodies that end when their caller loses a right.

#include "accounts/revocations.hpp"
#include "body/stream.hpp"
#include "http/message.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <memory>

namespace carillon::api {

/// Ends `stream` when `caller` loses a right, or when their session or token expires; callers who still have the right can reconnect. Runs
/// on `executor`, the event loop of the connection. The other arguments must outlive it.
[[nodiscard]] std::unique_ptr<Stream> bound_to(const accounts::Caller& caller, std::unique_ptr<Stream> stream,
                                               accounts::Revocations& revocations, const Clock& clock, asio::any_io_executor executor);

/// A request body that fails (`refused`) once its caller has lost a right, so that long uploads stop. On the body's own event loop.
class BoundBody final : public http::IncomingBody {
 public:
  BoundBody(const accounts::Caller& caller, http::IncomingBody& body, accounts::Revocations& revocations);

  [[nodiscard]] std::optional<ByteCount> length() const noexcept override { return body_.length(); }
  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;

 private:
  http::IncomingBody& body_;
  std::atomic<bool> lost_ = false;
  std::unique_ptr<accounts::Revocations::Watch> watch_;
};

}  // namespace carillon::api
