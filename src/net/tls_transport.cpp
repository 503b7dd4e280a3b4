// A TLS connection. OpenSSL writes its records into a capture BIO, and a batch of them leaves in one send: a send a record costs twice the
// CPU.

#include "base/text.hpp"
#include "net/tls.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace carillon::net {
namespace {

constexpr std::size_t kRecord = 16 * 1024;
/// However long a read may wait, what TLS itself has to say meanwhile is taken by the peer within this, or it is no peer.
constexpr std::chrono::seconds kLongestReply{30};
/// Read and encrypted at a time: small enough to be in the cache still when it is encrypted.
constexpr std::size_t kPiece = 64 * 1024;
/// A batch of plain bytes, the piece that made it whole, and what their records add.
constexpr std::size_t kCaptured = kBatch + kPiece + 16 * 1024;

/// Where the capture BIO puts the records.
struct Captured {
  Bytes bytes;
};

int capture_write(BIO* bio, const char* data, std::size_t length, std::size_t* written) {
  auto& captured = *static_cast<Captured*>(BIO_get_data(bio));
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  captured.bytes.insert(captured.bytes.end(), bytes, bytes + length);
  *written = length;
  return 1;
}

long capture_control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH || command == BIO_CTRL_DUP ? 1 : 0; }

int capture_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

BIO_METHOD* capture_method() {
  static BIO_METHOD* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "capture");
    BIO_meth_set_write_ex(made, capture_write);
    BIO_meth_set_ctrl(made, capture_control);
    BIO_meth_set_create(made, capture_create);
    return made;
  }();
  return method;
}

class TlsTransport final : public Transport {
 public:
  TlsTransport(std::shared_ptr<Connection> connection, TlsContext& context, asio::thread_pool& disk)
      : connection_{std::move(connection)}, disk_{disk}, ssl_{SSL_new(context.native()), &SSL_free} {
    if (!ssl_) return;
    auto* in = BIO_new_socket(connection_->descriptor(), BIO_NOCLOSE);
    auto* out = BIO_new(capture_method());
    BIO_set_data(out, &captured_);
    SSL_set_bio(ssl_.get(), in, out);
    SSL_set_accept_state(ssl_.get());
  }

  asio::awaitable<Result<>> shake_hands(std::chrono::steady_clock::time_point deadline) {
    if (!ssl_) co_return fail(ErrorKind::internal, "out of memory for a TLS connection");
    while (true) {
      ERR_clear_error();
      const int done = SSL_do_handshake(ssl_.get());
      const int reason = SSL_get_error(ssl_.get(), done);
      // Alerts, too, leave before anything else is decided.
      if (auto sent = co_await send_captured(deadline - std::chrono::steady_clock::now()); !sent.outcome) co_return std::move(sent.outcome);
      if (done == 1) {
        remember_server_name();
        co_return Result<>{};
      }
      if (reason != SSL_ERROR_WANT_READ) co_return fail(ErrorKind::invalid, "the TLS handshake failed");
      if (auto ready = co_await connection_->wait_readable(deadline - std::chrono::steady_clock::now()); !ready) co_return ready;
    }
  }

  [[nodiscard]] bool was_challenge() const noexcept { return protocol() == kAcmeProtocol; }

  const Peer& peer() const noexcept override { return connection_->peer(); }
  bool encrypted() const noexcept override { return true; }
  void allow_reading(bool allowed) noexcept override { connection_->allow_reading(allowed); }
  void enter(Phase phase) noexcept override { connection_->enter(phase); }
  void progressed() noexcept override { connection_->progressed(); }
  std::string_view server_name() const noexcept override { return server_name_; }
  std::string_view protocol() const noexcept override {
    const unsigned char* protocol = nullptr;
    unsigned length = 0;
    SSL_get0_alpn_selected(ssl_.get(), &protocol, &length);
    return length == 0 ? kHttp1 : std::string_view{reinterpret_cast<const char*>(protocol), length};
  }

  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into, Within within) override {
    const auto deadline = std::chrono::steady_clock::now() + within;
    while (true) {
      ERR_clear_error();
      std::size_t got = 0;
      const int done = SSL_read_ex(ssl_.get(), into.data(), into.size(), &got);
      const int reason = SSL_get_error(ssl_.get(), done);
      // Answers to a KeyUpdate (RFC 8446 §4.6.3) are written while reading.
      if (auto sent = co_await send_captured(std::min<Within>(within, kLongestReply)); !sent.outcome)
        co_return std::unexpected(sent.outcome.error());
      if (done == 1) co_return got;
      if (reason == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
      if (reason != SSL_ERROR_WANT_READ) co_return fail(ErrorKind::unavailable, "the TLS connection failed");
      if (auto ready = co_await connection_->wait_readable(deadline - std::chrono::steady_clock::now()); !ready)
        co_return forward_error(ready);
    }
  }

  asio::awaitable<Sent> write(std::string head, Body body, Within within) override {
    const auto head_length = head.size();
    const auto whole = head_length + body.length().value;
    Bytes piece(std::min<std::uint64_t>(whole, std::max(kPiece, head_length)));
    std::memcpy(piece.data(), head.data(), head_length);
    std::size_t filled = head_length;
    std::uint64_t left_for_peer = 0;
    Result<> outcome;
    BodySource source{std::move(body), disk_};
    captured_.bytes.reserve(std::min<std::uint64_t>(whole + 1024, kCaptured));
    while (outcome && (filled > 0 || source.left().value > 0)) {
      std::size_t plain = 0;
      while (outcome && plain < kBatch && (filled > 0 || source.left().value > 0)) {
        while (filled < piece.size() && source.left().value > 0) {
          auto got = source.read_now(std::span{piece}.subspan(filled));
          if (got && *got == 0) got = co_await connection_->next_of(source, std::span{piece}.subspan(filled), within);
          if (!got) {
            outcome = std::unexpected(got.error());
            break;
          }
          filled += *got;
        }
        if (!outcome) break;
        outcome = encrypt(std::span{piece}.first(filled));
        plain += filled;
        filled = 0;
      }
      // What was encrypted has taken its numbers, so it leaves also when the rest can't be read: without it the peer could read no record
      // after this, not even the one that ends the connection.
      const auto records = captured_.bytes.size();
      auto sent = co_await send_captured(within);
      // Of a batch that left in part, the same part of its plain bytes counts: records add under a half per cent.
      left_for_peer +=
          records == 0
              ? 0
              : static_cast<std::uint64_t>(static_cast<double>(plain) * static_cast<double>(sent.bytes) / static_cast<double>(records));
      if (outcome) outcome = std::move(sent.outcome);
    }
    // An idle connection holds no buffer.
    captured_.bytes = Bytes{};
    if (!outcome) left_for_peer -= std::min<std::uint64_t>(left_for_peer, connection_->unacknowledged());
    co_return Sent{ByteCount{left_for_peer > head_length ? left_for_peer - head_length : 0}, std::move(outcome)};
  }

  asio::awaitable<void> close(Within within) override {
    if (!closed_) {
      closed_ = true;
      ERR_clear_error();
      SSL_shutdown(ssl_.get());
      co_await send_captured(within);
      connection_->shut_down_sending();
    }
  }

 private:
  void remember_server_name() {
    const char* name = SSL_get_servername(ssl_.get(), TLSEXT_NAMETYPE_host_name);
    if (name == nullptr) return;
    server_name_ = lower_ascii(name);
    if (server_name_.ends_with('.')) server_name_.pop_back();
  }

  Result<> encrypt(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
      ERR_clear_error();
      std::size_t written = 0;
      const auto piece = bytes.first(std::min(bytes.size(), kRecord));
      if (SSL_write_ex(ssl_.get(), piece.data(), piece.size(), &written) != 1)
        return fail(ErrorKind::unavailable, "the TLS connection failed");
      bytes = bytes.subspan(written);
    }
    return {};
  }

  asio::awaitable<Connection::Written> send_captured(Within within) {
    if (captured_.bytes.empty()) co_return Connection::Written{};
    auto written = co_await connection_->send_all(captured_.bytes, within);
    captured_.bytes.clear();
    co_return written;
  }

  std::shared_ptr<Connection> connection_;
  asio::thread_pool& disk_;
  Captured captured_;
  std::unique_ptr<SSL, decltype(&SSL_free)> ssl_;
  std::string server_name_;
  bool closed_ = false;
};

}  // namespace

asio::awaitable<Result<std::unique_ptr<Transport>>> accept_tls(std::shared_ptr<Connection> connection, TlsContext& context,
                                                               asio::thread_pool& disk) {
  const auto deadline = std::chrono::steady_clock::now() + kHandshakeDeadline;
  // OpenSSL takes some 40 KB for a handshake: whoever says nothing does not get them.
  if (auto begun = co_await connection->wait_readable(kHandshakeDeadline); !begun) co_return forward_error(begun);
  auto transport = std::make_unique<TlsTransport>(std::move(connection), context, disk);
  if (auto shaken = co_await transport->shake_hands(deadline); !shaken) {
    co_await transport->close(std::chrono::seconds{1});
    co_return forward_error(shaken);
  }
  if (transport->was_challenge()) {  // the certificate was the answer: no byte of a request is read (RFC 8737 §3)
    co_await transport->close(std::chrono::seconds{1});
    co_return fail(ErrorKind::refused, "this handshake was a CA's TLS challenge");
  }
  co_return std::unique_ptr<Transport>{std::move(transport)};
}

}  // namespace carillon::net
