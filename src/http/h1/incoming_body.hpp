#pragma once
// The body of one request on the wire: counted or chunked, read as the handler asks for it.

#include "http/h1/chunked.hpp"
#include "http/h1/request_head.hpp"

namespace carillon::http::h1 {

/// What came from the peer and was not used yet; shared by the heads and bodies of one connection.
using Pending = std::string;

/// Lives as long as its request is answered. Its connection's coroutine alone.
class WireBody final : public IncomingBody {
 public:
  WireBody(net::Transport& transport, Pending& pending, const RequestHead& head, net::Within within);

  [[nodiscard]] std::optional<ByteCount> length() const noexcept override;
  /// `invalid` when the coding is broken or the peer ends before the body does; nothing more can be read then.
  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;

  /// All of it was read.
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// The peer still waits for 100 Continue: it has sent nothing of the body.
  [[nodiscard]] bool awaits_continue() const noexcept { return awaits_continue_; }

 private:
  asio::awaitable<Result<>> fill();

  net::Transport& transport_;
  Pending& pending_;
  Framing framing_;
  std::uint64_t length_;
  std::uint64_t left_;
  ChunkedDecoder chunks_;
  net::Within within_;
  bool awaits_continue_;
  bool finished_;
  bool broken_ = false;
};

}  // namespace carillon::http::h1
