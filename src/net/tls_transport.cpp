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
/// What TLS itself has to say while it reads (replies to KeyUpdate, RFC 8446 §4.6.3) leaves at once, or with the next batch; a peer that
/// makes more of it pile up is none.
constexpr std::size_t kMaxReplies = 16 * 1024;
/// Reading stored media may take this long; how long the peer may take is another matter.
constexpr std::chrono::seconds kLongestRead{30};
/// Read and encrypted at a time: small enough to be in the cache still when it is encrypted.
constexpr std::size_t kPiece = 64 * 1024;
/// What a record adds: its head, and tag and kind, or what TLS 1.2 has instead (RFC 8446 §5.2, RFC 5246 §6.2.3.3).
constexpr std::size_t kRecordOverhead = 64;

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

class TlsTransport final : public DuplexTransport {
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
      if (auto replied = reply_now(); !replied) co_return forward_error(replied);
      if (done == 1) co_return got;
      if (reason == SSL_ERROR_ZERO_RETURN) co_return std::size_t{0};
      if (reason != SSL_ERROR_WANT_READ) co_return fail(ErrorKind::unavailable, "the TLS connection failed");
      if (auto ready = co_await connection_->wait_readable(deadline - std::chrono::steady_clock::now()); !ready)
        co_return forward_error(ready);
    }
  }

  asio::awaitable<Sent> write(std::string head, Body body, Within within) override {
    const auto head_length = head.size();
    std::uint64_t left_for_peer = 0;
    Result<> outcome;
    BodySource source{std::move(body), disk_};
    Bytes piece;
    while (outcome && (!head.empty() || source.left().value > 0)) {
      auto batch = std::min<std::uint64_t>(head.size() + source.left().value, kBatch);
      if (batch > kSmallestBatch) {
        // What is encrypted can't be dropped again, so nothing is before the kernel accepts it: a peer that pauses costs no buffer.
        auto free = connection_->room();
        if (free == 0) {
          piece = Bytes{};
          release();
          outcome = co_await connection_->wait_writable(within);
          if (!outcome) break;
          free = std::max(connection_->room(), kSmallestBatch);
        }
        batch = std::min<std::uint64_t>(batch, free);
      }
      if (piece.empty()) piece.resize(std::max<std::uint64_t>(std::min<std::uint64_t>(batch, kPiece), head.size()));
      captured_.bytes.reserve(batch + kPiece + kBatch / kRecord * kRecordOverhead);
      std::size_t plain = 0;
      while (outcome && plain < batch && (!head.empty() || source.left().value > 0)) {
        std::memcpy(piece.data(), head.data(), head.size());
        std::size_t filled = std::exchange(head, {}).size();
        const auto until = std::max<std::size_t>(filled, std::min<std::uint64_t>(piece.size(), batch - plain));
        while (filled < until && source.left().value > 0) {
          auto got = source.read_now(std::span{piece}.subspan(filled, until - filled));
          if (got && *got == 0)
            got = co_await connection_->next_of(source, std::span{piece}.subspan(filled, until - filled),
                                                std::min<Within>(within, kLongestRead));
          if (!got) {
            outcome = std::unexpected(got.error());
            break;
          }
          filled += *got;
        }
        if (!outcome) break;
        outcome = encrypt(std::span{piece}.first(filled));
        plain += filled;
      }
      // What was encrypted has taken its numbers, so it leaves also when the rest can't be read: without it the peer could read no record
      // after this, not even the one that ends the connection.
      auto sent = co_await send_plain(plain, within);
      left_for_peer += sent.bytes;
      if (outcome) outcome = std::move(sent.outcome);
    }
    // An idle connection holds no buffer.
    release();
    if (!outcome) left_for_peer -= std::min<std::uint64_t>(left_for_peer, connection_->unacknowledged());
    co_return Sent{ByteCount{left_for_peer > head_length ? left_for_peer - head_length : 0}, std::move(outcome)};
  }

  std::size_t room() noexcept override { return connection_->room(); }
  asio::awaitable<Result<>> wait_for_room(Within within) override { return connection_->wait_writable(within); }
  asio::thread_pool& disk() noexcept override { return disk_; }
  void on_drain(std::function<void()> notify) override { connection_->on_drain(std::move(notify)); }

  asio::awaitable<Passed> send(std::span<const std::byte> bytes, Within within) override {
    captured_.bytes.reserve(captured_.bytes.size() + bytes.size() + (bytes.size() / kRecord + 1) * kRecordOverhead);
    Passed passed{.outcome = encrypt(bytes)};
    if (passed.outcome) {
      auto sent = co_await send_plain(bytes.size(), within);
      passed.bytes = sent.bytes;
      passed.outcome = std::move(sent.outcome);
    }
    release();
    if (!passed.outcome || bytes.empty()) passed.unacknowledged = connection_->unacknowledged();
    co_return passed;
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

  /// Sends the records of `plain` bytes. Of a batch that left in part, the same part of its plain bytes counts: records add under a half
  /// per cent.
  asio::awaitable<Connection::Written> send_plain(std::size_t plain, Within within) {
    const auto records = captured_.bytes.size();
    auto sent = co_await send_captured(within);
    if (records > 0 && sent.bytes < records)
      sent.bytes = static_cast<std::size_t>(static_cast<double>(plain) * static_cast<double>(sent.bytes) / static_cast<double>(records));
    else
      sent.bytes = records == 0 ? 0 : plain;
    co_return sent;
  }

  /// Sends all records, also those that TLS writes meanwhile because another coroutine reads.
  asio::awaitable<Connection::Written> send_captured(Within within) {
    Connection::Written all;
    while (!captured_.bytes.empty() && all.outcome) {
      std::swap(captured_.bytes, leaving_);
      auto written = co_await connection_->send_all(leaving_, within);
      leaving_.clear();
      all.bytes += written.bytes;
      all.outcome = std::move(written.outcome);
    }
    co_return all;
  }

  /// Sends what TLS has to say, unless a batch is being sent; what the kernel doesn't accept leaves with the next one.
  Result<> reply_now() {
    if (captured_.bytes.size() > kMaxReplies) return fail(ErrorKind::unavailable, "the peer requests replies of TLS without reading them");
    if (captured_.bytes.empty() || !leaving_.empty()) return {};
    auto sent = connection_->send_now(captured_.bytes);
    if (!sent) return forward_error(sent);
    captured_.bytes.erase(captured_.bytes.begin(), captured_.bytes.begin() + static_cast<std::ptrdiff_t>(*sent));
    if (captured_.bytes.empty()) release();
    return {};
  }

  /// Frees the buffers that hold nothing.
  void release() {
    if (captured_.bytes.empty()) captured_.bytes = Bytes{};
    if (leaving_.empty()) leaving_ = Bytes{};
  }

  std::shared_ptr<Connection> connection_;
  asio::thread_pool& disk_;
  Captured captured_;
  Bytes leaving_;  ///< being sent
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
