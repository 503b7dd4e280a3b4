#pragma once
// One exchange, a request and its response, in any HTTP version: time limits, client address, check of the host, the handler call, and the
// bytes sent. Called by the protocol code (h1/).

#include "http/forwarded.hpp"
#include "http/message.hpp"
#include "net/address_limits.hpp"

#include <expected>

namespace carillon::http {

struct Deadlines {
  net::Within header = std::chrono::seconds{15};       ///< from the first byte of a request to the end of its header block
  net::Within idle = std::chrono::seconds{60};         ///< between requests
  net::Within body = std::chrono::seconds{30};         ///< for each piece of a request body
  net::Within body_window = std::chrono::seconds{60};  ///< in each such period of waiting for a body …
  std::uint64_t least_in_window = 60 * 512;  ///< … at least this many bytes must arrive, so that slow senders can't hold connections
  net::Within unwanted_body = std::chrono::seconds{30};  ///< in total, for a body that the handler didn't read
  net::Within write = std::chrono::seconds{30};   ///< for sending each batch of a response or piece of a stream; slower readers are dropped
  net::Within paused = std::chrono::minutes{10};  ///< the same for responses that need no memory while they wait: a paused player
};

/// Checks before any handler is called. Empty members are skipped.
struct Guards {
  /// Whether this host (lower case, without port) is served here. A request for any other host, on a connection with a different SNI, gets
  /// 421 (RFC 9110 §15.5.20).
  std::function<bool(std::string_view host)> serves_host{};
  /// Proxies that are trusted about clients; Request::peer is then that client.
  std::shared_ptr<const TrustedProxies> proxies{};
  /// Counts each request of such a client while it is handled.
  net::AddressLimits* limits = nullptr;
};

/// Why a request is refused before calling a handler: the response status and a sentence.
struct Refusal {
  int status = 400;
  std::string sentence;
};

/// The client of a request, with its slot for its address if only its proxy knows that. Exists as long as the exchange.
struct Client {
  net::Peer peer;
  net::AddressLimits::Slot slot{};
};
[[nodiscard]] std::expected<Client, Refusal> client_behind(const Fields& fields, const net::Peer& peer, const Guards& guards);

/// Why a request for `host` isn't allowed on a connection with the SNI `server_name`; none if it is.
[[nodiscard]] std::optional<Refusal> misdirection(std::string_view server_name, std::string_view host, const Guards& guards);

/// The handler's response. Exceptions and invalid header fields become a 500 that closes the connection and is logged once. On the event
/// loop; `handler` and `request` must exist until it returns.
asio::awaitable<Response> answer(const Handler& handler, Request& request);

/// `other` instead of a response; its on_finished is called for `other`.
[[nodiscard]] Response instead_of(Response& answer, Response other);

/// How long a reader of `body` may stand still: Deadlines::paused if it comes from files or is small, otherwise Deadlines::write.
[[nodiscard]] net::Within patience_for(const Body& body, const Deadlines& deadlines) noexcept;

/// 1xx, 204 and 304 have no content (RFC 9110 §6.4.1).
[[nodiscard]] bool may_have_content(int status) noexcept;

/// Called once for each response of a handler when nothing more of it will be sent. On the event loop; must not block or throw.
using Observer = std::function<void(const Request& request, int status, ByteCount sent)>;

/// Counts the bytes sent of one response, and calls its on_finished and the observer exactly once, even if the connection breaks.
class Sending {
 public:
  /// `request` and `observer` must outlive it.
  Sending(const Request& request, Response& response, const Observer& observer)
      : request_{request}, observer_{observer}, on_finished_{std::move(response.on_finished)}, status_{response.status} {}
  Sending(const Sending&) = delete;
  Sending& operator=(const Sending&) = delete;
  ~Sending() { end(); }
  void add(ByteCount sent) noexcept { sent_ += sent; }
  void end() {
    if (std::exchange(ended_, true)) return;
    if (on_finished_) on_finished_(sent_);
    if (observer_) observer_(request_, status_, sent_);
  }

 private:
  const Request& request_;
  const Observer& observer_;
  std::function<void(ByteCount)> on_finished_;
  ByteCount sent_;
  int status_;
  bool ended_ = false;
};

}  // namespace carillon::http
