#pragma once
// The body of one request: with Content-Length or chunked, read on the handler's demand.

#include "http/h1/chunked.hpp"
#include "http/h1/request_head.hpp"
#include "http/server/body_pace.hpp"

namespace carillon::http::h1 {

/// Received data that wasn't used yet; shared by the heads and bodies of one connection.
using Pending = std::string;

/// Exists while its request is handled. Only used by its connection's coroutine.
class WireBody final : public IncomingBody {
 public:
  WireBody(net::Transport& transport, Pending& pending, const RequestHead& head, const Deadlines& deadlines);

  [[nodiscard]] std::optional<ByteCount> length() const noexcept override;
  /// `invalid` if the coding is broken or the peer closes before the end of the body, `unavailable` if it arrives too slowly (too_slow());
  /// nothing more can be read then.
  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;

  /// From now on the body is only read to discard it: the rest must arrive within this time.
  void read_past_within(net::Within in_all) { pace_.end_within(in_all); }

  /// It arrived too slowly, and no more of it will be read.
  [[nodiscard]] bool too_slow() const noexcept { return too_slow_; }
  /// The error in its framing, as a sentence; null if there is none. After an error, no more of it will be read.
  [[nodiscard]] const std::string* malformed() const noexcept { return malformed_.empty() ? nullptr : &malformed_; }
  /// Whether all of it was read.
  [[nodiscard]] bool finished() const noexcept { return finished_; }
  /// Whether the peer still waits for 100 Continue and has sent no part of the body.
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
  BodyPace pace_;
  std::uint64_t since_progress_ = 0;
  bool awaits_continue_;
  bool finished_;
  bool broken_ = false;
  std::string malformed_;
  bool too_slow_ = false;
};

}  // namespace carillon::http::h1
