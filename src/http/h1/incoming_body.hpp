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
  WireBody(net::Transport& transport, Pending& pending, const RequestHead& head, const Deadlines& deadlines);

  [[nodiscard]] std::optional<ByteCount> length() const noexcept override;
  /// `invalid` when the coding is broken or the peer ends before the body does, `unavailable` when it comes too slowly (too_slow());
  /// nothing more can be read then.
  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;

  /// From now on the body is only read to get past it: what is left of it has this time in all.
  void read_past_within(net::Within in_all) { until_ = std::chrono::steady_clock::now() + in_all; }

  /// It came too slowly and nothing more of it will be read.
  [[nodiscard]] bool too_slow() const noexcept { return too_slow_; }
  /// What is wrong with its framing, in a sentence; null while it's all right. Nothing more of it will be read.
  [[nodiscard]] const std::string* malformed() const noexcept { return malformed_.empty() ? nullptr : &malformed_; }
  /// All of it was read.
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// The peer still waits for 100 Continue: it has sent nothing of the body.
  [[nodiscard]] bool awaits_continue() const noexcept { return awaits_continue_; }

 private:
  asio::awaitable<Result<>> fill();
  asio::awaitable<Result<std::size_t>> receive(std::span<std::byte> into);

  net::Transport& transport_;
  Pending& pending_;
  Framing framing_;
  std::uint64_t length_;
  std::uint64_t left_;
  ChunkedDecoder chunks_;
  const Deadlines& deadlines_;
  net::Within waited_{};       ///< for the peer, in this window: a handler that takes its time is not the peer's fault
  std::uint64_t arrived_ = 0;  ///< in this window
  std::uint64_t since_progress_ = 0;
  std::chrono::steady_clock::time_point until_ = std::chrono::steady_clock::time_point::max();
  bool awaits_continue_;
  bool finished_;
  bool broken_ = false;
  std::string malformed_;
  bool too_slow_ = false;
};

}  // namespace carillon::http::h1
