// Frames from a stranger, behind the preface and cut anywhere: whatever they are, the connection ends when the peer has gone, every request
// that was handled is reported once, and no more of them are handled at the same time than allowed.

#include "base/testing/testing.hpp"
#include "http/h2/connection.hpp"
#include "http/h2/limits.hpp"
#include "net/asio.hpp"

#include <boost/asio/thread_pool.hpp>

#include <cstdlib>
#include <cstring>

namespace {

using namespace carillon;
namespace asio = boost::asio;

void require(bool condition) {
  if (!condition) std::abort();
}

class FuzzTransport final : public net::DuplexTransport {
 public:
  FuzzTransport(std::string says, std::size_t piece) : says_{std::move(says)}, piece_{piece} {}
  const net::Peer& peer() const noexcept override { return peer_; }
  bool encrypted() const noexcept override { return true; }
  std::string_view protocol() const noexcept override { return net::kHttp2; }
  void enter(net::Phase) noexcept override {}
  void allow_reading(bool) noexcept override {}
  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into, net::Within) override {
    const auto count = std::min({into.size(), piece_, says_.size() - at_});
    std::memcpy(into.data(), says_.data() + at_, count);
    at_ += count;
    co_return count;
  }
  asio::awaitable<net::Sent> write(std::string, Body, net::Within) override {
    std::abort();
    co_return net::Sent{};
  }
  std::size_t room() noexcept override { return net::kBatch; }
  asio::awaitable<Result<>> wait_for_room(net::Within) override { co_return Result<>{}; }
  asio::awaitable<net::Passed> send(std::span<const std::byte> bytes, net::Within) override {
    co_return net::Passed{.bytes = bytes.size()};
  }
  asio::thread_pool& disk() noexcept override {
    static asio::thread_pool pool{1};
    return pool;
  }
  void on_drain(std::function<void()>) override {}
  asio::awaitable<void> close(net::Within) override { co_return; }

 private:
  net::Peer peer_{.address = "192.0.2.7"};
  std::string says_;
  std::size_t piece_;
  std::size_t at_ = 0;
};

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size == 0) return 0;
  std::string says = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  says.append(reinterpret_cast<const char*>(data) + 1, size - 1);
  const testing::ManualClock clock;
  asio::io_context loop;
  std::size_t running = 0, handled = 0, observed = 0;
  bool over = false;
  asio::co_spawn(loop,
                 http::h2::serve(
                     std::make_unique<FuzzTransport>(std::move(says), 1 + data[0]),
                     [&](http::Request& request) -> asio::awaitable<http::Response> {
                       ++handled;
                       require(++running <= http::h2::kMaxRequests);
                       require(request.path == "*" || request.path.starts_with('/'));
                       require(!request.host.empty() && request.fields.count("Host") == 1);
                       const auto body = co_await request.body->read_all(ByteCount{1 << 20});
                       --running;
                       co_return body ? http::plain(200, std::string(body->size() % 20'000, 'x')) : http::problem(body.error());
                     },
                     {}, [] { return false; }, clock, {}, [&](const http::Request&, int, ByteCount) { ++observed; }),
                 [&](const std::exception_ptr& failure) {
                   over = true;
                   require(!failure);
                 });
  loop.run();
  require(over && running == 0 && handled == observed);
  return 0;
}
