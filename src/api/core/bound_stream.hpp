#pragma once
// Streams and bodies that are good for as long as their caller's rights are.

#include "accounts/revocations.hpp"
#include "body/stream.hpp"
#include "http/message.hpp"

#include <boost/asio/any_io_executor.hpp>

#include <atomic>
#include <memory>

namespace carillon::api {

/// Ends `stream` when `caller` loses a right, and when the session or token it came with ends; whoever may still listen comes back. On
/// `executor`, which is the loop of its connection. The others must live longer.
[[nodiscard]] std::unique_ptr<Stream> bound_to(const accounts::Caller& caller, std::unique_ptr<Stream> stream,
                                               accounts::Revocations& revocations, const Clock& clock, asio::any_io_executor executor);

/// A request's body that fails (`refused`) once its caller has lost a right: a long upload ends with them. Of the body's own loop.
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
