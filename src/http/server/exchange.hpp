#pragma once
// What an exchange, one request and its answer, is in every version of HTTP: how long it may take, whose it is, whether its host is served
// on this connection, what the handler says, and how much of that was sent. The wires (h1/) call this.

#include "http/forwarded.hpp"
#include "http/message.hpp"
#include "net/address_limits.hpp"

#include <expected>

namespace carillon::http {

struct Deadlines {
  net::Within header = std::chrono::seconds{15};         ///< from the first byte of a request to the end of its header block
  net::Within idle = std::chrono::seconds{60};           ///< between requests
  net::Within body = std::chrono::seconds{30};           ///< for each piece of a request body
  net::Within body_window = std::chrono::seconds{60};    ///< in each such time of waiting for a body …
  std::uint64_t least_in_window = 60 * 512;              ///< … at least so many bytes of it come: a drip holds no connection
  net::Within unwanted_body = std::chrono::seconds{30};  ///< in all, for a body that the handler did not read
  net::Within write =
      std::chrono::seconds{30};  ///< for each batch of an answer, or piece of a stream, to leave: who reads slower is dropped
};

/// Who may ask, and for what, before any handler is asked. What is empty is not looked at.
struct Guards {
  /// Is this host (in lower case, without port) one that is served here? On a connection whose handshake named another one, a request for a
  /// host that is not is answered with 421 (RFC 9110 §15.5.20).
  std::function<bool(std::string_view host)> serves_host{};
  /// Proxies that say whose a request is; Request::peer is that client then.
  std::shared_ptr<const TrustedProxies> proxies{};
  /// Where each request of such a client is counted while it is answered.
  net::AddressLimits* limits = nullptr;
};

/// Why a request is refused before a handler sees it: the status to answer with, and a sentence.
struct Refusal {
  int status = 400;
  std::string sentence;
};

/// Whose request it is, with its place among those of the same address where only its proxy knows that. Lives as long as the exchange.
struct Client {
  net::Peer peer;
  net::AddressLimits::Slot slot{};
};
[[nodiscard]] std::expected<Client, Refusal> client_behind(const Fields& fields, const net::Peer& peer, const Guards& guards);

/// Why a request for `host` is not answered on a connection whose handshake named `server_name`; none when it is.
[[nodiscard]] std::optional<Refusal> misdirection(std::string_view server_name, std::string_view host, const Guards& guards);

/// What the handler answers. What it throws, or fields that would not be clean on the wire, become a 500 that ends the connection and is
/// logged once. On the event loop; `handler` and `request` live until it returns.
asio::awaitable<Response> answer(const Handler& handler, Request& request);

/// `other` in the place of an answer: whoever waits for its end hears of that one's.
[[nodiscard]] Response instead_of(Response& answer, Response other);

/// 1xx, 204 and 304 have no content (RFC 9110 §6.4.1).
[[nodiscard]] bool may_have_content(int status) noexcept;

/// Counts what is sent of one answer, and calls its on_finished exactly once, whatever becomes of the connection.
class Sending {
 public:
  explicit Sending(std::function<void(ByteCount)> on_finished) : on_finished_{std::move(on_finished)} {}
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;
  ~Sending() { end(); }
  void add(ByteCount sent) noexcept { sent_ += sent; }
  void end() {
    if (const auto call = std::exchange(on_finished_, {})) call(sent_);
  }

 private:
  std::function<void(ByteCount)> on_finished_;
  ByteCount sent_;
};

}  // namespace carillon::http
