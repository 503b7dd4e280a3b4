// See serve.hpp.

#include "http/server/serve.hpp"

#include "base/log.hpp"
#include "http/h1/connection.hpp"

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
  if (transport->protocol() != net::kHttp1) return turn_away(std::move(transport));
  return h1::serve(std::move(transport), std::move(handler), deadlines, std::move(draining), clock, std::move(guards), std::move(observer));
}

}  // namespace carillon::http
