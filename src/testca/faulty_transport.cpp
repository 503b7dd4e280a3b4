// See faulty_transport.hpp.

#include "testca/faulty_transport.hpp"

#include "net/asio.hpp"

namespace carillon::testca {
namespace {

/// A slow body leaves in so many pieces.
constexpr std::uint64_t kPieces = 20;

class FaultyTransport final : public net::Transport {
 public:
  FaultyTransport(std::unique_ptr<net::Transport> transport, std::shared_ptr<NextAnswer> next)
      : transport_{std::move(transport)}, next_{std::move(next)} {}

  [[nodiscard]] const net::Peer& peer() const noexcept override { return transport_->peer(); }
  [[nodiscard]] bool encrypted() const noexcept override { return transport_->encrypted(); }
  net::asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into, net::Within within) override {
    return transport_->read_some(into, within);
  }
  void allow_reading(bool allowed) noexcept override { transport_->allow_reading(allowed); }
  void enter(net::Phase phase) noexcept override { transport_->enter(phase); }
  void progressed() noexcept override { transport_->progressed(); }
  [[nodiscard]] std::string_view server_name() const noexcept override { return transport_->server_name(); }
  [[nodiscard]] std::string_view protocol() const noexcept override { return transport_->protocol(); }
  net::asio::awaitable<void> close(net::Within within) override { return transport_->close(within); }

  net::asio::awaitable<net::Sent> write(std::string head, Body body, net::Within within) override {
    const auto next = std::exchange(*next_, {});
    const auto cut = [] { return fail(ErrorKind::unavailable, "The connection was cut (injected fault)."); };
    switch (next.wire) {
      case Delivery::Wire::cut_before:
        co_return net::Sent{.body = {}, .outcome = cut()};
      case Delivery::Wire::cut_halfway: {
        auto sent = co_await transport_->write(std::move(head), body.part({}, {body.length().value / 2}), within);
        sent.outcome = cut();
        co_return sent;
      }
      case Delivery::Wire::slow:
        co_return co_await drip(std::move(head), std::move(body), within, next.delay);
      case Delivery::Wire::whole:
        break;
    }
    co_return co_await transport_->write(std::move(head), std::move(body), within);
  }

 private:
  net::asio::awaitable<net::Sent> drip(std::string head, Body body, net::Within within, Duration delay) {
    auto sent = co_await transport_->write(std::move(head), Body{}, within);
    net::asio::steady_timer timer{co_await net::asio::this_coro::executor};
    const auto length = body.length().value;
    for (std::uint64_t piece = 0; piece < kPieces && sent.outcome; ++piece) {
      timer.expires_after(delay / kPieces);
      boost::system::error_code ignored;
      co_await timer.async_wait(net::asio::redirect_error(net::asio::use_awaitable, ignored));
      const auto from = length * piece / kPieces, until = length * (piece + 1) / kPieces;
      auto more = co_await transport_->write({}, body.part({from}, {until - from}), within);
      sent.body += more.body;
      sent.outcome = std::move(more.outcome);
    }
    co_return sent;
  }

  std::unique_ptr<net::Transport> transport_;
  std::shared_ptr<NextAnswer> next_;
};

}  // namespace

std::unique_ptr<net::Transport> make_faulty_transport(std::unique_ptr<net::Transport> transport, std::shared_ptr<NextAnswer> next) {
  return std::make_unique<FaultyTransport>(std::move(transport), std::move(next));
}

}  // namespace carillon::testca
