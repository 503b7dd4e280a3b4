// See plain_transport.hpp.

#include "net/plain_transport.hpp"

#include <algorithm>
#include <cstring>

namespace carillon::net {
namespace {

class PlainTransport final : public Transport {
 public:
  PlainTransport(std::shared_ptr<Connection> connection, asio::thread_pool& disk) : connection_{std::move(connection)}, disk_{disk} {}

  const Peer& peer() const noexcept override { return connection_->peer(); }
  bool encrypted() const noexcept override { return false; }
  void allow_reading(bool allowed) noexcept override { connection_->allow_reading(allowed); }
  void enter(Phase phase) noexcept override { connection_->enter(phase); }
  void progressed() noexcept override { connection_->progressed(); }

  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into, Within within) override {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (true) {
      const auto got = connection_->receive(into);
      if (!got) co_return std::unexpected(got.error());
      if (*got) co_return **got;
      if (auto ready = co_await connection_->wait_readable(deadline - std::chrono::steady_clock::now()); !ready)
        co_return forward_error(ready);
    }
  }

  asio::awaitable<Sent> write(std::string head, Body body, Within within) override {
    const auto head_length = head.size();
    const auto whole = head_length + body.length().value;
    Bytes batch(std::min<std::uint64_t>(whole, std::max(kBatch, head_length)));
    std::memcpy(batch.data(), head.data(), head_length);
    std::size_t filled = head_length;
    std::uint64_t left_for_peer = 0;
    Result<> outcome;
    BodySource source{std::move(body), disk_};
    while (outcome && (filled > 0 || source.left().value > 0)) {
      while (filled < batch.size() && source.left().value > 0) {
        auto got = source.read_now(std::span{batch}.subspan(filled));
        if (got && *got == 0) got = co_await connection_->next_of(source, std::span{batch}.subspan(filled), within);
        if (!got) {
          outcome = std::unexpected(got.error());
          break;
        }
        filled += *got;
      }
      if (!outcome) break;
      auto written = co_await connection_->send_all(std::span{batch}.first(filled), within);
      left_for_peer += written.bytes;
      filled = 0;
      outcome = std::move(written.outcome);
    }
    if (!outcome) left_for_peer -= std::min<std::uint64_t>(left_for_peer, connection_->unacknowledged());
    co_return Sent{ByteCount{left_for_peer > head_length ? left_for_peer - head_length : 0}, std::move(outcome)};
  }

  asio::awaitable<void> close(Within) override {
    connection_->shut_down_sending();
    co_return;
  }

 private:
  std::shared_ptr<Connection> connection_;
  asio::thread_pool& disk_;
};

}  // namespace

std::unique_ptr<Transport> make_plain_transport(std::shared_ptr<Connection> connection, asio::thread_pool& disk) {
  return std::make_unique<PlainTransport>(std::move(connection), disk);
}

}  // namespace carillon::net
