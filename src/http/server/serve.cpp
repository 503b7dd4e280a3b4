// See serve.hpp.

#include "http/server/serve.hpp"

#include "base/log.hpp"
#include "http/h1/connection.hpp"
#include "http/h2/connection.hpp"

namespace carillon::http {
namespace {

constexpr std::chrono::seconds kClose{2};

asio::awaitable<void> turn_away(std::unique_ptr<net::Transport> transport) {
  log::error("a connection negotiated an unsupported protocol", {{"protocol", transport->protocol()}});
  co_await transport->close(kClose);
}

}  // namespace

asio::awaitable<void> serve(std::unique_ptr<net::Transport> transport, Handler handler, Deadlines deadlines, std::function<bool()> draining,
                            const Clock& clock, Guards guards, Observer observer) {
  const auto protocol = transport->protocol();
  if (protocol == net::kHttp2) {
    auto* duplex = dynamic_cast<net::DuplexTransport*>(transport.get());
    if (duplex == nullptr) return turn_away(std::move(transport));
    transport.release();  // owned by the next line
    return h2::serve(std::unique_ptr<net::DuplexTransport>{duplex}, std::move(handler), deadlines, std::move(draining), clock,
                     std::move(guards), std::move(observer));
  }
  if (protocol != net::kHttp1 && protocol != net::kHttp10) return turn_away(std::move(transport));
  return h1::serve(std::move(transport), std::move(handler), deadlines, std::move(draining), clock, std::move(guards), std::move(observer));
}

}  // namespace carillon::http
