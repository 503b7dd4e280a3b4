// See connection.hpp. One connection is one coroutine, to be read from top to bottom.

#include "http/h1/connection.hpp"

#include "base/log.hpp"
#include "http/h1/incoming_body.hpp"
#include "http/security_fields.hpp"
#include "net/asio.hpp"

#include <array>
#include <charconv>

namespace carillon::http::h1 {
namespace {

constexpr std::size_t kPiece = 8 * 1024;
/// Every connection that waits for a request holds a buffer of this: most heads fit.
constexpr std::size_t kHeadPiece = 2 * 1024;
/// After an answer that ends the connection what the peer still sends is read and dropped: closing at once would make its kernel throw our
/// answer away while it sends its body. It ends when nothing comes for kLongestSilence, after Deadlines::unwanted_body in all, and after
/// kMaxLingering bytes: who still sends then does not look for an answer.
constexpr std::chrono::seconds kLongestSilence{5};
constexpr std::size_t kMaxLingering = 16 << 20;
constexpr std::chrono::seconds kClose{2};
/// A peer that says nothing more while it is told something is no reason to end that; the wait must have an end all the same.
constexpr std::chrono::hours kLongestLook{24};

/// How the peer knows where the content of an answer ends.
enum class Ending { length, chunks, close };

/// One piece of a stream as the wire has it.
std::string chunk_of(std::string_view piece) {
  constexpr int kHexadecimal = 16;
  std::array<char, kHexadecimal + 1> size{};
  auto* const end = std::to_chars(size.data(), size.data() + size.size(), piece.size(), kHexadecimal).ptr;
  return std::string(size.data(), end).append("\r\n").append(piece).append("\r\n");
}
constexpr std::string_view kLastChunk = "0\r\n\r\n";

std::string head_of(const Response& response, const Clock& clock, bool closing, Ending ending = Ending::length) {
  std::string head = "HTTP/1.1 " + std::to_string(response.status) + " ";
  head.append(reason_of(response.status)).append("\r\nDate: ").append(to_http_date(clock.now())).append("\r\n");
  for (const auto& line : response.fields.lines()) head.append(line.name).append(": ").append(line.value).append("\r\n");
  if (ending == Ending::chunks) head.append("Transfer-Encoding: chunked\r\n");
  if (ending == Ending::length && may_have_content(response.status))
    head.append("Content-Length: ").append(std::to_string(response.body.length().value)).append("\r\n");
  if (closing) head.append("Connection: close\r\n");
  head.append("\r\n");
  return head;
}

class Connection {
 public:
  Connection(std::unique_ptr<net::Transport> transport, Handler handler, Deadlines deadlines, std::function<bool()> draining,
             const Clock& clock, Guards guards, Observer observer)
      : transport_{std::move(transport)},
        handler_{std::move(handler)},
        deadlines_{deadlines},
        draining_{std::move(draining)},
        clock_{clock},
        guards_{std::move(guards)},
        observer_{std::move(observer)} {}

  asio::awaitable<void> serve() {
    while (co_await serve_one()) {}
    co_await transport_->close(kClose);
  }

 private:
  /// One request and its answer; false ends the connection.
  asio::awaitable<bool> serve_one() {
    if (!co_await first_bytes()) co_return false;
    const auto end = co_await whole_head();
    if (!end) co_return false;
    auto head = parse_request_head(std::string_view{pending_}.substr(0, *end));
    pending_.erase(0, *end);
    if (!head) {
      co_await refuse(std::move(head.error()));
      co_return false;
    }

    transport_->enter(net::Phase::exchange);
    answered_ = true;
    auto client = client_behind(head->fields, transport_->peer(), guards_);
    if (!client) {
      co_await refuse(std::move(client.error()));
      co_return false;
    }
    if (auto refusal = misdirection(transport_->server_name(), head->host, guards_)) {
      co_await refuse(std::move(*refusal));
      co_return false;
    }

    WireBody body{*transport_, pending_, *head, deadlines_};
    Request request{.method = head->method,
                    .target = std::move(head->target),
                    .path = std::move(head->path),
                    .query = std::move(head->query),
                    .host = std::move(head->host),
                    .fields = std::move(head->fields),
                    .peer = std::move(client->peer),
                    .encrypted = transport_->encrypted(),
                    .version = head->minor_version == 0 ? Version::http_1_0 : Version::http_1_1,
                    .body = &body,
                    .path_parameters = {}};
    Response response = co_await answer(handler_, request);
    if (body.too_slow()) {
      if (response.status >= 500) response = instead_of(response, plain(408, "The request body arrived too slowly; please try again."));
      response.close = true;
    }
    if (const auto* wrong = body.malformed()) {
      // For every handler the same as for a malformed head, whatever it made of the error.
      if (response.status >= 400) response = instead_of(response, plain(400, *wrong));
      response.close = true;
    }
    add_security_fields(response, request.host, request.encrypted);
    const bool head_only = request.method == Method::head;
    // A peer that still waits for 100 Continue may now send its body or not: nobody can tell where the next request begins.
    const bool body_is_left = !body.finished();
    const bool until_close = response.stream && head->minor_version == 0;
    const bool closing = until_close || response.close || !head->keep_alive || draining_() ||
                         (body_is_left && (body.awaits_continue() || !fits_to_be_read_past(body)));

    Sending sending{request, response, observer_};
    if (response.stream) {
      const auto ending = until_close ? Ending::close : Ending::chunks;
      auto streamed_head = head_of(response, clock_, closing, ending);
      if (head_only) response.stream.reset();
      if (!co_await send(std::move(streamed_head), std::move(response.stream), ending, sending)) co_return false;
      if (closing) {
        if (body_is_left) co_await linger();
        co_return false;
      }
      if (body_is_left) co_return co_await read_past(body);
      co_return true;
    }
    auto head_bytes = head_of(response, clock_, closing);
    auto content = head_only || !may_have_content(response.status) ? Body{} : std::move(response.body);
    const auto patience = patience_for(content, deadlines_);
    const auto sent = co_await transport_->write(std::move(head_bytes), std::move(content), patience);
    sending.add(sent.body);
    sending.end();
    if (!sent.outcome) co_return false;
    if (closing) {
      if (body_is_left) co_await linger();
      co_return false;
    }
    if (body_is_left) co_return co_await read_past(body);
    co_return true;
  }

  /// A head and the stream behind it, to its end; false when that did not come to pass.
  asio::awaitable<bool> send(std::string head, std::unique_ptr<Stream> stream, Ending ending, Sending& sending) {
    if (auto sent = co_await transport_->write(std::move(head), Body{}, deadlines_.write); !sent.outcome) co_return false;
    if (!stream) co_return true;
    // A drain need not wait for what has no end.
    transport_->enter(net::Phase::stream);
    bool whole = false;
    while (!draining_()) {
      auto piece = co_await next_of(*stream);
      if (!piece) break;
      whole = piece->empty();
      std::string bytes;
      if (ending == Ending::close)
        bytes = *piece;
      else
        bytes = whole ? std::string{kLastChunk} : chunk_of(*piece);
      const auto sent = co_await transport_->write(std::move(bytes), Body{}, deadlines_.write);
      if (!sent.outcome) whole = false;
      if (whole || !sent.outcome) break;
      sending.add(ByteCount{piece->size()});
    }
    transport_->enter(net::Phase::exchange);
    sending.end();
    co_return whole;
  }

  /// What a stream says next; none when it broke off or the peer went away meanwhile.
  asio::awaitable<std::optional<std::string>> next_of(Stream& stream) {
    const auto executor = co_await asio::this_coro::executor;
    Watch watch{asio::steady_timer{executor, asio::steady_timer::time_point::max()}};
    transport_->allow_reading(true);
    asio::co_spawn(executor, look_for_departure(stream, watch), [&watch](const std::exception_ptr&) {
      watch.over = true;
      watch.ended.cancel();
    });
    std::string reason;
    std::optional<std::string> piece;
    try {
      auto said = watch.gone ? Result<std::string>{} : co_await stream.next();
      if (said)
        piece = std::move(*said);
      else
        reason = said.error().message;
    } catch (const std::exception& error) { reason = error.what(); }
    // Whoever looks is done before the connection is written to: TLS reads and writes with one state.
    watch.dismissed = true;
    transport_->allow_reading(false);
    boost::system::error_code ignored;
    while (!watch.over) co_await watch.ended.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
    transport_->allow_reading(true);
    if (watch.gone) co_return std::nullopt;
    if (!piece) log::warning("a stream was interrupted", {{"reason", reason}});
    co_return piece;
  }

  struct Watch {
    asio::steady_timer ended;  ///< cancelled when nobody looks any more
    bool dismissed = false;    ///< there is a piece to be sent
    bool over = false;
    bool gone = false;
  };

  /// Reads ahead until reading is no longer allowed. The end of what the peer says is taken for its departure: browsers close in one piece.
  asio::awaitable<void> look_for_departure(Stream& stream, Watch& watch) {
    while (pending_.size() < kLargestHeaderBlock && co_await read_more(kLongestLook)) {}
    if (watch.dismissed) co_return;
    watch.gone = true;
    stream.cancel();
  }

  /// Waits for the next request to begin; false when there is none.
  asio::awaitable<bool> first_bytes() {
    if (pending_.starts_with("\r\n")) pending_.erase(0, 2);  // what some clients send behind a body is no beginning of a request
    if (!pending_.empty()) co_return true;
    if (draining_()) co_return false;
    if (answered_) transport_->enter(net::Phase::idle);
    co_return co_await read_more(deadlines_.idle);
  }

  /// Reads until the head is whole; none when the peer went away or was refused. The deadline is for all of it: a slow drip is no excuse.
  asio::awaitable<std::optional<std::size_t>> whole_head() {
    const auto deadline = std::chrono::steady_clock::now() + deadlines_.header;
    bool forgiven = false;
    while (true) {
      // One empty line before a request is forgiven (RFC 9112 §2.2), also when it comes in two pieces.
      if (!forgiven && pending_.starts_with("\r\n")) {
        pending_.erase(0, 2);
        forgiven = true;
      }
      if (const auto end = end_of_head(std::string_view{pending_}.substr(0, kLargestHeaderBlock + 2))) co_return end;
      if (pending_.size() > kLargestHeaderBlock) {
        const bool no_line_yet = !pending_.contains('\n');
        co_await refuse(no_line_yet
                            ? Refusal{414, "The URL is too long."}
                            : Refusal{431, "The request headers are larger than " + std::to_string(kLargestHeaderBlock) + " bytes."});
        co_return std::nullopt;
      }
      // What no head can hold is refused at once; the head of a proxy that is not trusted here is such a thing.
      if (pending_.contains('\0')) {
        co_await refuse({400, "The request headers contain a NUL byte."});
        co_return std::nullopt;
      }
      transport_->enter(net::Phase::arriving);
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left.count() <= 0 || !co_await read_more(left)) {
        if (std::chrono::steady_clock::now() >= deadline) co_await refuse(Refusal{408, "The request took too long to arrive."});
        co_return std::nullopt;
      }
    }
  }

  asio::awaitable<bool> read_more(net::Within within) {
    std::array<std::byte, kHeadPiece> piece;
    const auto got = co_await transport_->read_some(piece, within);
    if (!got || *got == 0) co_return false;
    pending_.append(as_text(std::span{piece}.first(*got)));
    co_return true;
  }

  asio::awaitable<void> refuse(Refusal refusal) {
    transport_->enter(net::Phase::arriving);
    auto response = plain(refusal.status, std::move(refusal.sentence));
    add_security_fields(response, transport_->server_name(), transport_->encrypted());
    auto head = head_of(response, clock_, true);
    const auto sent = co_await transport_->write(std::move(head), std::move(response.body), deadlines_.write);
    if (sent.outcome) co_await linger();
  }

  asio::awaitable<void> linger() {
    const auto deadline = std::chrono::steady_clock::now() + deadlines_.unwanted_body;
    std::array<std::byte, kPiece> piece;
    // It has its answer: among too many connections none can be missed better.
    transport_->enter(net::Phase::idle);
    // Our side is closed first, so that the peer sees the end of the answer.
    co_await transport_->close(kClose);
    for (std::size_t dropped = 0; dropped < kMaxLingering;) {
      const auto left = deadline - std::chrono::steady_clock::now();
      if (left.count() <= 0) co_return;
      const auto got = co_await transport_->read_some(piece, std::min<net::Within>(left, kLongestSilence));
      if (!got || *got == 0) co_return;
      dropped += *got;
    }
  }

  static bool fits_to_be_read_past(const WireBody& body) { return !body.length() || body.length()->value <= kLargestBodyReadPast; }

  /// The body has this time in all and this many bytes: nobody wants it.
  asio::awaitable<bool> read_past(WireBody& body) {
    transport_->enter(net::Phase::arriving);
    body.read_past_within(deadlines_.unwanted_body);
    std::array<std::byte, kPiece> piece;
    for (std::size_t dropped = 0; dropped <= kLargestBodyReadPast;) {
      const auto got = co_await body.read_some(piece);
      if (!got) co_return false;
      if (*got == 0) co_return true;
      dropped += *got;
    }
    co_await linger();
    co_return false;
  }

  std::unique_ptr<net::Transport> transport_;
  Handler handler_;
  Deadlines deadlines_;
  std::function<bool()> draining_;
  const Clock& clock_;
  Guards guards_;
  Observer observer_;
  Pending pending_;
  bool answered_ = false;  ///< at least one request
};

}  // namespace

asio::awaitable<void> serve(std::unique_ptr<net::Transport> transport, Handler handler, Deadlines deadlines, std::function<bool()> draining,
                            const Clock& clock, Guards guards, Observer observer) {
  Connection connection{std::move(transport), std::move(handler), deadlines, std::move(draining), clock,
                        std::move(guards),    std::move(observer)};
  co_await connection.serve();
}

}  // namespace carillon::http::h1
