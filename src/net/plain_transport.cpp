// See plain_transport.hpp.

#include "net/plain_transport.hpp"

#include <algorithm>
#include <cstring>

namespace carillon::net {
namespace {

/// Reading stored media may take this long; how long the peer may take is another matter.
constexpr std::chrono::seconds kLongestRead{30};

class PlainTransport final : public DuplexTransport {
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
    std::uint64_t left_for_peer = 0;
    Result<> outcome;
    BodySource source{std::move(body), disk_};
    Bytes batch;
    while (outcome && (!head.empty() || source.left().value > 0)) {
      auto length = std::min<std::uint64_t>(head.size() + source.left().value, kBatch);
      if (length > kSmallestBatch) {
        // Nothing is read before the kernel accepts it: a peer that pauses costs no buffer.
        auto free = connection_->room();
        if (free == 0) {
          batch = Bytes{};
          outcome = co_await connection_->wait_writable(within);
          if (!outcome) break;
          free = std::max(connection_->room(), kSmallestBatch);
        }
        length = std::min<std::uint64_t>(length, free);
      }
      if (batch.size() < length) batch.resize(std::max<std::uint64_t>(length, head.size()));
      std::memcpy(batch.data(), head.data(), head.size());
      std::size_t filled = std::exchange(head, {}).size();
      while (filled < length && source.left().value > 0) {
        const auto into = std::span{batch}.subspan(filled, length - filled);
        auto got = source.read_now(into);
        if (got && *got == 0) got = co_await connection_->next_of(source, into, std::min<Within>(within, kLongestRead));
        if (!got) {
          outcome = std::unexpected(got.error());
          break;
        }
        filled += *got;
      }
      if (!outcome) break;
      auto written = co_await connection_->send_all(std::span{batch}.first(filled), within);
      left_for_peer += written.bytes;
      outcome = std::move(written.outcome);
    }
    if (!outcome) left_for_peer -= std::min<std::uint64_t>(left_for_peer, connection_->unacknowledged());
    co_return Sent{ByteCount{left_for_peer > head_length ? left_for_peer - head_length : 0}, std::move(outcome)};
  }

  std::size_t room() noexcept override { return connection_->room(); }
  asio::awaitable<Result<>> wait_for_room(Within within) override { return connection_->wait_writable(within); }
  asio::thread_pool& disk() noexcept override { return disk_; }
  void on_drain(std::function<void()> notify) override { connection_->on_drain(std::move(notify)); }

  asio::awaitable<Passed> send(std::span<const std::byte> bytes, Within within) override {
    auto written = co_await connection_->send_all(bytes, within);
    Passed passed{.bytes = written.bytes, .outcome = std::move(written.outcome)};
    if (!passed.outcome || bytes.empty()) passed.unacknowledged = connection_->unacknowledged();
    co_return passed;
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
