// See incoming_body.hpp.

#include "http/h1/incoming_body.hpp"

#include "net/asio.hpp"

#include <algorithm>
#include <array>
#include <cstring>

namespace carillon::http::h1 {
namespace {

constexpr std::size_t kPiece = 16 * 1024;
/// A body that brings this much is worth its place among too many connections.
constexpr std::uint64_t kProgress = 16 * 1024;

}  // namespace

WireBody::WireBody(net::Transport& transport, Pending& pending, const RequestHead& head, const Deadlines& deadlines)
    : transport_{transport},
      pending_{pending},
      framing_{head.framing},
      length_{head.content_length},
      left_{head.content_length},
      deadlines_{deadlines},
      pace_{deadlines},
      awaits_continue_{head.expects_continue},
      finished_{head.framing == Framing::none || (head.framing == Framing::length && head.content_length == 0)} {}

std::optional<ByteCount> WireBody::length() const noexcept {
  if (framing_ == Framing::chunked) return {};
  return ByteCount{length_};
}

asio::awaitable<Result<>> WireBody::fill() {
  if (awaits_continue_) {
    awaits_continue_ = false;
    const auto sent = co_await transport_.write("HTTP/1.1 100 Continue\r\n\r\n", Body{}, deadlines_.write);
    if (!sent.outcome) co_return std::unexpected(sent.outcome.error());
  }
  std::array<std::byte, kPiece> piece;
  const auto got = co_await receive(piece);
  if (!got) co_return std::unexpected(got.error());
  if (*got == 0) co_return fail(ErrorKind::invalid, "The connection closed before the request body was complete.");
  pending_.append(as_text(std::span{piece}.first(*got)));
  co_return Result<>{};
}

asio::awaitable<Result<std::size_t>> WireBody::receive(std::span<std::byte> into) {
  pace_.begin();
  while (true) {
    const auto before = BodyPace::Clock::now();
    const auto patience = pace_.patience();
    auto got = patience.count() > 0 ? co_await transport_.read_some(into, patience)
                                    : Result<std::size_t>{fail(ErrorKind::unavailable, "the peer timed out")};
    const net::Within waited = BodyPace::Clock::now() - before;
    if (auto why = pace_.note(waited, got.value_or(0))) {
      too_slow_ = true;
      co_return fail(ErrorKind::unavailable, std::move(*why));
    }
    if (got) {
      since_progress_ += *got;
      if (since_progress_ >= kProgress) {
        since_progress_ = 0;
        transport_.progressed();
      }
    }
    // A wait that ended early failed for another reason.
    if (got || waited < patience) co_return got;
  }
}

asio::awaitable<Result<std::size_t>> WireBody::read_some(std::span<std::byte> into) {
  if (broken_) co_return fail(ErrorKind::invalid, "The request body could not be read.");
  while (!finished_ && !into.empty()) {
    if (pending_.empty()) {
      if (auto filled = co_await fill(); !filled) {
        broken_ = true;
        co_return forward_error(filled);
      }
    }
    if (framing_ == Framing::length) {
      const auto take = std::min<std::uint64_t>({left_, pending_.size(), into.size()});
      std::memcpy(into.data(), pending_.data(), take);
      pending_.erase(0, take);
      left_ -= take;
      finished_ = left_ == 0;
      co_return take;
    }
    // No more than fits: what the decoder hands out is copied at once.
    const auto step = chunks_.take(std::string_view{pending_}.substr(0, into.size()));
    if (!step) {
      broken_ = true;
      malformed_ = step.error().message;
      co_return std::unexpected(step.error());
    }
    const auto content = step->content.size();
    if (content > 0) std::memcpy(into.data(), step->content.data(), content);  // no content has no address
    pending_.erase(0, step->used);
    finished_ = chunks_.done();
    if (content > 0) co_return content;
  }
  co_return std::size_t{0};
}

}  // namespace carillon::http::h1
