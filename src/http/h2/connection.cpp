// See connection.hpp. The connection has one coroutine that reads, one that writes, and one for each request. All run on its event loop, so
// nothing here is locked.

#include "http/h2/connection.hpp"

#include "base/log.hpp"
#include "base/text.hpp"
#include "body/body_source.hpp"
#include "http/h2/budget.hpp"
#include "http/h2/request_head.hpp"
#include "http/h2/signal.hpp"
#include "http/security_fields.hpp"
#include "http/server/body_pace.hpp"
#include "net/asio.hpp"

#include <nghttp2/nghttp2.h>
#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <array>
#include <cstring>
#include <map>

namespace carillon::http::h2 {
namespace {

using Time = std::chrono::steady_clock::time_point;
Time now() { return std::chrono::steady_clock::now(); }

/// Every connection that waits for a request holds a buffer of this.
constexpr std::size_t kReadPiece = 2 * 1024;
/// The same while a request body arrives: a record of TLS.
constexpr std::size_t kBodyPiece = 16 * 1024;
constexpr std::size_t kFrameHead = 9;
/// A frame that would be shorter than this because its batch is nearly full waits for the next one.
constexpr std::size_t kShortestPiece = 1024;
/// What is read from the disk at a time, if it isn't in memory.
constexpr std::size_t kColdPiece = 16 * 1024;
/// Reading stored media may take this long.
constexpr std::chrono::seconds kLongestRead{30};
constexpr std::chrono::seconds kClose{2};
/// After the end of a connection, its client is waited for until it says nothing for this long.
constexpr std::chrono::seconds kLongestSilence{2};
/// For waits that something else ends.
constexpr std::chrono::hours kLongestWait{24};

constexpr std::array<std::uint8_t, 8> kDrainPing{'c', 'a', 'r', 'i', 'l', 'l', 'o', 'n'};

/// Bytes for one send. Grows without clearing its memory.
class Batch {
 public:
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return {bytes_.get(), size_}; }
  [[nodiscard]] std::span<std::byte> at(std::size_t from, std::size_t length) noexcept { return {bytes_.get() + from, length}; }
  void reserve(std::size_t capacity) {
    if (capacity <= capacity_) return;
    auto larger = std::make_unique_for_overwrite<std::byte[]>(capacity);
    if (size_ > 0) std::memcpy(larger.get(), bytes_.get(), size_);
    bytes_ = std::move(larger);
    capacity_ = capacity;
  }
  /// Makes it longer, with bytes of any value.
  std::span<std::byte> grow(std::size_t count) {
    if (size_ + count > capacity_) reserve(std::max(size_ + count, 2 * capacity_));
    size_ += count;
    return at(size_ - count, count);
  }
  void shorten(std::size_t count) noexcept { size_ -= count; }
  void clear() noexcept { size_ = 0; }
  void release() { *this = Batch{}; }

 private:
  std::unique_ptr<std::byte[]> bytes_;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

struct SessionDeleter {
  void operator()(nghttp2_session* session) const noexcept { nghttp2_session_del(session); }
};

class Connection;

/// One request, its body as it arrives, and its response as it is sent.
class Exchange final : public IncomingBody {
 public:
  Exchange(Connection& connection, std::int32_t id, const asio::any_io_executor& executor, const Deadlines& deadlines)
      : signal{executor}, connection_{connection}, id_{id}, pace_{deadlines} {}

  [[nodiscard]] std::int32_t id() const noexcept { return id_; }
  [[nodiscard]] std::optional<ByteCount> length() const noexcept override {
    if (ended && arrived_in_all_ == 0) return ByteCount{0};
    if (content_length) return ByteCount{*content_length};
    return {};
  }
  /// `invalid` if the client reset the request, `unavailable` if the body arrives too slowly (too_slow).
  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into) override;
  /// A piece of the body has arrived.
  void take(std::string_view bytes) {
    if (pending_at_ > pending_.size() / 2) {
      pending_.erase(0, pending_at_);
      pending_at_ = 0;
    }
    pending_.append(bytes);
    arrived_ += bytes.size();
    arrived_in_all_ += bytes.size();
    signal.raise();
  }
  [[nodiscard]] std::size_t unread() const noexcept { return pending_.size() - pending_at_; }

  HeadCollector head;
  std::optional<std::uint64_t> content_length{};
  bool expects_continue = false;
  bool running = false;   ///< its coroutine was started
  bool ended = false;     ///< its body has arrived
  bool unwanted = false;  ///< what arrives now is dropped
  bool too_slow = false;
  bool closed = false;   ///< its stream has ended, or its connection
  bool aborted = false;  ///< its response is given up
  std::size_t fields_held = 0;
  std::size_t empty_frames = 0;

  std::optional<BodySource> source{};
  std::string piece{};       ///< of a stream, or cold bytes of the source
  std::size_t piece_at = 0;  ///< so much of it is in frames
  bool last_piece = false;
  bool wants_more = false;     ///< the library waits for `piece`
  bool response_sent = false;  ///< all of it is in frames
  Stream* stream = nullptr;
  std::size_t unflushed = 0;  ///< bytes in the batch that is being sent
  std::uint64_t sent = 0;
  std::size_t since_progress = 0;
  Time progress = now();
  net::Within patience{};
  Signal signal;

 private:
  Connection& connection_;
  std::int32_t id_;
  std::string pending_;
  std::size_t pending_at_ = 0;  ///< what is before it was read
  std::size_t arrived_ = 0;     ///< since read_some() last looked
  std::uint64_t arrived_in_all_ = 0;
  std::uint64_t read_ = 0;
  bool wide_ = false;
  BodyPace pace_;
};

class Connection {
 public:
  Connection(std::unique_ptr<net::DuplexTransport> transport, Handler handler, Deadlines deadlines, std::function<bool()> draining,
             const Clock& clock, Guards guards, Observer observer, asio::any_io_executor executor)
      : transport_{std::move(transport)},
        handler_{std::move(handler)},
        deadlines_{deadlines},
        draining_{std::move(draining)},
        clock_{clock},
        guards_{std::move(guards)},
        observer_{std::move(observer)},
        executor_{std::move(executor)},
        wake_{executor_},
        over_{executor_} {}

  asio::awaitable<void> serve() {
    if (!start()) co_return;
    asio::co_spawn(executor_, write(), asio::bind_cancellation_slot(stop_writing_.slot(), [this](const std::exception_ptr& failure) {
                     note(failure);
                     writing_ = false;
                     broken_ = broken_ || failure;
                     over_.raise();
                   }));
    if (draining_())
      drain();
    else
      transport_->on_drain([this] { drain(); });
    co_await read();
    ending_ = true;
    transport_->on_drain({});
    // What is left to say, a GOAWAY for instance, leaves unless the peer has gone.
    const auto flush_until = now() + kClose;
    while (writing_ && !broken_ && now() < flush_until) {
      wake_.raise();
      co_await over_.wait(flush_until - now());
    }
    const bool all_said = !writing_ && !broken_;
    while (writing_) {
      broken_ = true;
      stop_writing_.emit(asio::cancellation_type::terminal);
      wake_.raise();
      co_await over_.wait(kClose);
    }
    if (!exchanges_.empty()) {
      const auto left = co_await transport_->send({}, kClose);
      flushed({.bytes = batch_.size(),
               .unacknowledged = left.unacknowledged,
               .outcome = fail(ErrorKind::unavailable, "the connection has ended")});
      for (auto& [id, exchange] : exchanges_) close(*exchange);
    }
    std::erase_if(exchanges_, [](const auto& entry) { return !entry.second->running; });
    while (!exchanges_.empty()) co_await over_.wait(kLongestWait);
    session_.reset();
    if (all_said) co_await linger();
  }

  // For the bodies of requests.
  void send_continue(Exchange& exchange) {
    auto status = field(":status", "100");
    if (!exchange.closed) nghttp2_submit_headers(session(), NGHTTP2_FLAG_NONE, exchange.id(), nullptr, &status, 1, nullptr);
    wake_.raise();
  }
  /// The handler has read so many bytes: the peer may send as many more.
  void consumed(const Exchange& exchange, std::size_t bytes) {
    if (!session_) return;
    if (exchange.closed)
      nghttp2_session_consume_connection(session(), bytes);
    else
      nghttp2_session_consume(session(), exchange.id(), bytes);
    since_progress_ += bytes;
    if (since_progress_ >= kProgress) {
      since_progress_ = 0;
      transport_->progressed();
    }
    wake_.raise();
  }
  void widen(const Exchange& exchange) {
    if (!exchange.closed) nghttp2_session_set_local_window_size(session(), NGHTTP2_FLAG_NONE, exchange.id(), kWideWindow);
    nghttp2_session_set_local_window_size(session(), NGHTTP2_FLAG_NONE, 0, kWideWindow);
  }

 private:
  using Ptr = std::shared_ptr<Exchange>;

  bool start();
  asio::awaitable<void> linger();
  asio::awaitable<void> read();
  asio::awaitable<void> write();
  void fill(std::size_t limit);
  void flushed(const net::Passed& passed);
  /// Whether a response may wait for its client for as long as a paused player does.
  [[nodiscard]] bool may_pause(const Exchange& exchange) const;
  asio::awaitable<void> run(Ptr exchange);
  asio::awaitable<void> respond(Exchange& exchange, Response& response, bool head_only);
  asio::awaitable<void> feed(Exchange& exchange, Stream& stream);
  asio::awaitable<void> fetch(Exchange& exchange);
  asio::awaitable<void> refuse(Exchange& exchange, Refusal refusal);
  void submit(Exchange& exchange, const Response& response, std::optional<ByteCount> length, bool with_content);

  /// Closes the connection because of what the peer does; the reason is for the log.
  int calm(std::string_view why) {
    if (!terminated_) log::debug("an HTTP/2 connection was closed", {{"reason", why}, {"address", transport_->peer().address}});
    calm_ = true;
    return NGHTTP2_ERR_CALLBACK_FAILURE;
  }
  void terminate(std::uint32_t code) {
    if (std::exchange(terminated_, true)) return;
    nghttp2_session_terminate_session(session(), code);
    wake_.raise();
  }
  void reset(const Exchange& exchange, std::uint32_t code) {
    if (exchange.closed || !session_) return;
    nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, exchange.id(), code);
    wake_.raise();
  }
  void close(Exchange& exchange) {
    exchange.closed = true;
    if (exchange.source) exchange.source->cancel();
    if (exchange.stream != nullptr) exchange.stream->cancel();
    exchange.signal.raise();
  }
  void drain();
  void enter_phase() {
    if (!exchanges_.empty())
      transport_->enter(net::Phase::exchange);
    else
      transport_->enter(answered_ ? net::Phase::idle : net::Phase::arriving);
  }
  /// Of the bytes that were counted as sent, the peer didn't get the last ones.
  void lose(std::size_t bytes) {
    for (auto at = exchanges_.rbegin(); at != exchanges_.rend(); ++at) {
      auto& exchange = *at->second;
      const auto lost = std::min<std::uint64_t>(bytes, exchange.sent);
      exchange.sent -= lost;
      bytes -= lost;
    }
  }
  [[nodiscard]] net::Within patience() const {
    auto longest = deadlines_.write;
    for (const auto& [id, exchange] : exchanges_) longest = std::max(longest, exchange->patience);
    return longest;
  }
  static void note(const std::exception_ptr& failure) {
    if (!failure) return;
    try {
      std::rethrow_exception(failure);
    } catch (const boost::system::system_error& error) {
      if (error.code() != asio::error::operation_aborted)
        log::error("unhandled exception while serving an HTTP/2 connection", {{"reason", error.what()}});
    } catch (const std::exception& error) {
      log::error("unhandled exception while serving an HTTP/2 connection", {{"reason", error.what()}});
    }
  }

  // Called by the library.
  static Connection& of(void* user) noexcept { return *static_cast<Connection*>(user); }
  static const nghttp2_session_callbacks* callbacks();
  int on_begin_headers(const nghttp2_frame& frame);
  int on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value);
  int on_frame(const nghttp2_frame& frame);
  int on_data(std::int32_t id, std::string_view piece);
  int on_frame_sent(const nghttp2_frame& frame);
  void on_close(std::int32_t id);
  ssize_t on_read(Exchange& exchange, std::size_t length, std::uint32_t& flags);
  int on_send_data(const std::uint8_t* head);

  static nghttp2_nv field(std::string_view name, std::string_view value) {
    return {.name = reinterpret_cast<std::uint8_t*>(const_cast<char*>(name.data())),
            .value = reinterpret_cast<std::uint8_t*>(const_cast<char*>(value.data())),
            .namelen = name.size(),
            .valuelen = value.size(),
            .flags = NGHTTP2_NV_FLAG_NONE};
  }
  [[nodiscard]] nghttp2_session* session() const noexcept { return session_.get(); }
  [[nodiscard]] Ptr find(std::int32_t id) const {
    const auto found = exchanges_.find(id);
    return found == exchanges_.end() ? nullptr : found->second;
  }

  std::unique_ptr<net::DuplexTransport> transport_;
  Handler handler_;
  Deadlines deadlines_;
  std::function<bool()> draining_;
  const Clock& clock_;
  Guards guards_;
  Observer observer_;
  asio::any_io_executor executor_;
  std::unique_ptr<nghttp2_session, SessionDeleter> session_;
  std::map<std::int32_t, Ptr> exchanges_;  ///< until their coroutines have ended, also if the streams have
  std::size_t fields_held_ = 0;            ///< bytes, of all exchanges
  Budget control_{kControlFrames, kControlFramesPerSecond};
  Budget resets_{kResets, kResetsPerSecond};

  Signal wake_;  ///< there is something to write
  Signal over_;  ///< a coroutine has ended
  asio::cancellation_signal stop_writing_;
  Batch batch_;
  std::size_t batch_limit_ = 0;
  std::size_t data_at_ = 0;  ///< where the frame that the library writes next begins in the batch
  std::vector<std::pair<Ptr, std::size_t>> in_batch_;

  std::size_t since_progress_ = 0;  ///< bytes of request bodies
  bool writing_ = true;
  bool broken_ = false;      ///< nothing can be sent any more
  bool ending_ = false;      ///< no more is read
  bool calm_ = false;        ///< the peer has exceeded a limit
  bool terminated_ = false;  ///< the library was asked to end the session; asking twice isn't allowed
  bool answered_ = false;    ///< at least one request
  bool losses_counted_ = false;
  bool reconsider_ = false;  ///< reading was interrupted to look at the deadlines
  bool drain_announced_ = false, drain_final_ = false;
  Time header_by_ = Time::max();
  std::int32_t header_of_ = 0;
  Time idle_since_ = now();
  Time flushed_at_{};  ///< when the kernel last took something
  Time drain_by_ = Time::max();
};

asio::awaitable<Result<std::size_t>> Exchange::read_some(std::span<std::byte> into) {
  if (too_slow) co_return fail(ErrorKind::unavailable, "The request body could not be read.");
  if (std::exchange(expects_continue, false) && unread() == 0 && !ended) connection_.send_continue(*this);
  pace_.begin();
  while (unread() == 0 && !ended && !into.empty()) {
    if (closed) co_return fail(ErrorKind::invalid, "The connection closed before the request body was complete.");
    const auto before = now();
    const auto allowed = pace_.patience();
    if (allowed.count() > 0) co_await signal.wait(allowed);
    if (auto why = pace_.note(now() - before, std::exchange(arrived_, 0))) {
      too_slow = true;
      co_return fail(ErrorKind::unavailable, std::move(*why));
    }
  }
  const auto count = std::min(into.size(), unread());
  if (count == 0) co_return count;
  std::memcpy(into.data(), pending_.data() + pending_at_, count);
  pending_at_ += count;
  if (unread() == 0) {
    pending_ = std::string{};
    pending_at_ = 0;
  }
  read_ += count;
  if (!wide_ && read_ >= static_cast<std::uint64_t>(kWindow)) {
    wide_ = true;
    connection_.widen(*this);
  }
  connection_.consumed(*this, count);
  co_return count;
}

const nghttp2_session_callbacks* Connection::callbacks() {
  static const nghttp2_session_callbacks* const all = [] {
    nghttp2_session_callbacks* made = nullptr;
    nghttp2_session_callbacks_new(&made);
    nghttp2_session_callbacks_set_on_begin_headers_callback(
        made, [](nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).on_begin_headers(*frame); });
    nghttp2_session_callbacks_set_on_header_callback(
        made, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_length, const std::uint8_t* value,
                 std::size_t value_length, std::uint8_t, void* user) {
          return of(user).on_header(*frame, {reinterpret_cast<const char*>(name), name_length},
                                    {reinterpret_cast<const char*>(value), value_length});
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(
        made, [](nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).on_frame(*frame); });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        made, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t length, void* user) {
          return of(user).on_data(id, {reinterpret_cast<const char*>(bytes), length});
        });
    nghttp2_session_callbacks_set_on_frame_send_callback(
        made, [](nghttp2_session*, const nghttp2_frame* frame, void* user) { return of(user).on_frame_sent(*frame); });
    nghttp2_session_callbacks_set_on_stream_close_callback(made, [](nghttp2_session*, std::int32_t id, std::uint32_t, void* user) {
      of(user).on_close(id);
      return 0;
    });
    nghttp2_session_callbacks_set_send_data_callback(made, [](nghttp2_session*, nghttp2_frame*, const std::uint8_t* head, std::size_t,
                                                              nghttp2_data_source*, void* user) { return of(user).on_send_data(head); });
    return made;
  }();
  return all;
}

bool Connection::start() {
  nghttp2_option* options = nullptr;
  if (nghttp2_option_new(&options) != 0) return false;
  nghttp2_option_set_no_auto_window_update(options, 1);
  nghttp2_option_set_no_closed_streams(options, 1);
  nghttp2_option_set_stream_reset_rate_limit(options, kClientResets, kClientResetsPerSecond);
  nghttp2_option_set_builtin_recv_extension_type(options, NGHTTP2_PRIORITY_UPDATE);
  // Responses have few fields that repeat; a table for each connection would cost more than it saves.
  nghttp2_option_set_max_deflate_dynamic_table_size(options, 0);
  nghttp2_session* made = nullptr;
  const int failed = nghttp2_session_server_new2(&made, callbacks(), this, options);
  nghttp2_option_del(options);
  if (failed != 0) return false;
  session_.reset(made);
  const std::array<nghttp2_settings_entry, 4> settings{{{NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, kMaxRequests},
                                                        {NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, kWindow},
                                                        {NGHTTP2_SETTINGS_MAX_HEADER_LIST_SIZE, kLargestFields},
                                                        {NGHTTP2_SETTINGS_NO_RFC7540_PRIORITIES, 1}}};
  nghttp2_submit_settings(made, NGHTTP2_FLAG_NONE, settings.data(), settings.size());
  return true;
}

/// Clients report what they have read while they read it. If such a frame arrived at a closed socket, the kernel would reset the connection
/// and drop what it hasn't sent yet.
asio::awaitable<void> Connection::linger() {
  co_await transport_->close(kClose);
  Bytes piece(kReadPiece);
  for (const auto deadline = now() + deadlines_.unwanted_body; now() < deadline;) {
    const auto got = co_await transport_->read_some(piece, std::min<net::Within>(deadline - now(), kLongestSilence));
    if (!got || *got == 0) co_return;
  }
}

asio::awaitable<void> Connection::read() {
  Bytes piece(kReadPiece);
  while (!broken_) {
    if (nghttp2_session_want_read(session()) == 0 && nghttp2_session_want_write(session()) == 0) co_return;
    if (terminated_ && nghttp2_session_want_read(session()) == 0) co_return;
    const bool body_arrives = std::ranges::any_of(exchanges_, [](const auto& entry) { return !entry.second->ended; });
    if (const auto length = body_arrives ? kBodyPiece : kReadPiece; piece.size() != length) piece = Bytes(length);

    auto until = exchanges_.empty() ? idle_since_ + deadlines_.idle : now() + deadlines_.idle;
    until = std::min({until, header_by_, drain_by_});
    auto got = co_await transport_->read_some(piece, until - now());
    if (!got) {
      if (std::exchange(reconsider_, false)) continue;
      if (now() < until) {
        broken_ = true;
        co_return;
      }
      if (now() >= drain_by_) {
        drain_by_ = Time::max();
        if (!std::exchange(drain_final_, true))
          nghttp2_submit_goaway(session(), NGHTTP2_FLAG_NONE, nghttp2_session_get_last_proc_stream_id(session()), NGHTTP2_NO_ERROR, nullptr,
                                0);
        wake_.raise();
        continue;
      }
      const bool late = now() >= header_by_;
      const bool idle = exchanges_.empty() && now() >= idle_since_ + deadlines_.idle;
      if (!late && !idle) continue;
      terminate(late ? NGHTTP2_ENHANCE_YOUR_CALM : NGHTTP2_NO_ERROR);
      co_return;
    }
    if (*got == 0) {
      broken_ = true;
      co_return;
    }
    const auto used = nghttp2_session_mem_recv(session(), reinterpret_cast<const std::uint8_t*>(piece.data()), *got);
    if (calm_ || used == NGHTTP2_ERR_FLOODED || used == NGHTTP2_ERR_TOO_MANY_SETTINGS) {
      terminate(NGHTTP2_ENHANCE_YOUR_CALM);
      co_return;
    }
    if (used < 0) {
      terminate(NGHTTP2_PROTOCOL_ERROR);
      co_return;
    }
    wake_.raise();
    // A peer that sends without end must not keep the loop from others, nor from its own replies.
    co_await asio::post(executor_, asio::use_awaitable);
  }
}

asio::awaitable<void> Connection::write() {
  // Whoever stops it sets broken_, too; a wait that ends must still get to know of its own timer.
  co_await asio::this_coro::throw_if_cancelled(false);
  while (!broken_) {
    if (nghttp2_session_want_write(session()) == 0) {
      batch_.release();
      if (ending_) co_return;
      if (nghttp2_session_want_read(session()) == 0) {
        // The session is over, also for who waits to read.
        reconsider_ = true;
        transport_->allow_reading(false);
        transport_->allow_reading(true);
      }
      co_await wake_.wait(kLongestWait);
      continue;
    }
    auto free = transport_->room();
    if (free == 0) {
      // Nothing is put into frames before the kernel accepts it: a peer that pauses costs no buffer.
      batch_.release();
      if (auto ready = co_await transport_->wait_for_room(patience()); !ready) break;
      free = std::max(transport_->room(), net::kSmallestBatch);
    }
    if (broken_) break;
    fill(free);
    if (broken_) break;
    if (batch_.size() == 0) {
      if (ending_) co_return;
      co_await wake_.wait(kLongestWait);
      continue;
    }
    const auto passed = co_await transport_->send(batch_.bytes(), patience());
    flushed(passed);
    if (!passed.outcome) break;
    // A peer that accepts everything must not keep the loop from others.
    co_await asio::post(executor_, asio::use_awaitable);
  }
  broken_ = true;
  transport_->allow_reading(false);
}

void Connection::fill(std::size_t limit) {
  batch_.clear();
  batch_limit_ = limit;
  while (batch_.size() < limit) {
    const std::uint8_t* bytes = nullptr;
    const auto count = nghttp2_session_mem_send(session(), &bytes);
    if (count < 0) {
      broken_ = true;
      return;
    }
    if (count == 0) return;
    std::memcpy(batch_.grow(static_cast<std::size_t>(count)).data(), bytes, static_cast<std::size_t>(count));
  }
}

void Connection::flushed(const net::Passed& passed) {
  if (passed.bytes > 0) flushed_at_ = now();
  auto lost = batch_.size() - std::min(batch_.size(), passed.bytes) + passed.unacknowledged;
  for (auto at = in_batch_.rbegin(); at != in_batch_.rend(); ++at) {
    auto& [exchange, bytes] = *at;
    exchange->unflushed -= bytes;
    if (!passed.outcome) {
      const auto not_arrived = std::min(bytes, lost);
      lost -= not_arrived;
      bytes -= not_arrived;
    }
    exchange->sent += bytes;
    exchange->since_progress += bytes;
    if (exchange->since_progress >= kProgress) {
      exchange->since_progress = 0;
      exchange->progress = now();
    }
    exchange->signal.raise();
  }
  in_batch_.clear();
  if (!passed.outcome && !std::exchange(losses_counted_, true)) lose(lost);
  batch_.clear();
}

int Connection::on_begin_headers(const nghttp2_frame& frame) {
  header_by_ = now() + deadlines_.header;
  header_of_ = frame.hd.stream_id;
  if (frame.headers.cat != NGHTTP2_HCAT_REQUEST) return 0;
  control_.earn(kControlFramesPerRequest);
  // After the GOAWAY that names the last request, clients repeat later ones elsewhere (RFC 9113 §6.8).
  if (exchanges_.size() >= kMaxRequests || drain_final_) {
    nghttp2_submit_rst_stream(session(), NGHTTP2_FLAG_NONE, frame.hd.stream_id, NGHTTP2_REFUSED_STREAM);
    return 0;
  }
  exchanges_.emplace(frame.hd.stream_id, std::make_shared<Exchange>(*this, frame.hd.stream_id, executor_, deadlines_));
  enter_phase();
  return 0;
}

int Connection::on_header(const nghttp2_frame& frame, std::string_view name, std::string_view value) {
  const auto exchange = find(frame.hd.stream_id);
  if (!exchange) {
    // Of a stream that was refused, or trailers of one that has been answered: decoded, because the table needs it, and dropped.
    return control_.spend() ? 0 : calm("too many fields in refused requests");
  }
  if (exchange->running) return control_.spend() ? 0 : calm("too many trailers");
  const auto before = exchange->head.held();
  exchange->head.add(name, value);
  fields_held_ += exchange->head.held() - before;
  if (exchange->head.is_hopeless()) return calm("too many fields in a request");
  if (fields_held_ > kLargestFieldsOfConnection) {
    fields_held_ -= exchange->head.held();
    exchange->head.refuse({431, "All open requests together have too many headers; please try again in a moment."});
  }
  return 0;
}

int Connection::on_frame(const nghttp2_frame& frame) {
  const bool end = (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0;
  switch (frame.hd.type) {
    case NGHTTP2_HEADERS: {
      header_by_ = Time::max();
      const auto exchange = find(frame.hd.stream_id);
      if (!exchange) return 0;
      if (end) {
        exchange->ended = true;
        exchange->signal.raise();
      }
      if (exchange->running) return 0;
      exchange->running = true;
      exchange->fields_held = exchange->head.held();
      answered_ = true;
      asio::co_spawn(executor_, run(exchange), [this, exchange](const std::exception_ptr& failure) {
        note(failure);
        if (session_ && exchange->unread() > 0) {
          nghttp2_session_consume_connection(session(), exchange->unread());
          wake_.raise();
        }
        if (session_ && failure) reset(*exchange, NGHTTP2_INTERNAL_ERROR);
        fields_held_ -= exchange->fields_held;
        exchanges_.erase(exchange->id());
        if (exchanges_.empty()) idle_since_ = now();
        enter_phase();
        over_.raise();
      });
      return 0;
    }
    case NGHTTP2_DATA: {
      const auto exchange = find(frame.hd.stream_id);
      if (exchange && end) {
        exchange->ended = true;
        exchange->signal.raise();
      }
      if (end || frame.hd.length > frame.data.padlen) return 0;
      return control_.spend() ? 0 : calm("too many empty frames");
    }
    case NGHTTP2_PING:
      if ((frame.hd.flags & NGHTTP2_FLAG_ACK) != 0 && drain_announced_ && std::ranges::equal(kDrainPing, frame.ping.opaque_data)) {
        drain_by_ = now();  // the client knows: what it sent before has arrived
        reconsider_ = true;
        transport_->allow_reading(false);
        transport_->allow_reading(true);
        return 0;
      }
      [[fallthrough]];
    default:
      return control_.spend() ? 0 : calm("too many control frames");
  }
}

int Connection::on_data(std::int32_t id, std::string_view piece) {
  const auto exchange = find(id);
  if (!exchange || exchange->unwanted) {
    nghttp2_session_consume(session(), id, piece.size());
    return 0;
  }
  exchange->take(piece);
  return 0;
}

int Connection::on_frame_sent(const nghttp2_frame& frame) {
  if (frame.hd.type == NGHTTP2_DATA) control_.earn(kControlFramesPerData + static_cast<double>(frame.hd.length) / kBytesPerControlFrame);
  if (frame.hd.type == NGHTTP2_RST_STREAM && frame.rst_stream.error_code != NGHTTP2_NO_ERROR && !resets_.spend()) calm("too many errors");
  if ((frame.hd.type == NGHTTP2_DATA || frame.hd.type == NGHTTP2_HEADERS) && (frame.hd.flags & NGHTTP2_FLAG_END_STREAM) != 0) {
    if (const auto exchange = find(frame.hd.stream_id)) {
      exchange->response_sent = true;
      exchange->signal.raise();
    }
  }
  return 0;
}

void Connection::on_close(std::int32_t id) {
  if (header_of_ == id) header_by_ = Time::max();
  const auto exchange = find(id);
  if (!exchange) return;
  close(*exchange);
  if (exchange->running) return;
  fields_held_ -= exchange->head.held();
  exchanges_.erase(id);
  if (exchanges_.empty()) idle_since_ = now();
  enter_phase();
}

ssize_t Connection::on_read(Exchange& exchange, std::size_t length, std::uint32_t& flags) {
  if (exchange.aborted) return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
  if (batch_.size() > 0 && batch_.size() + kFrameHead + std::min(length, kShortestPiece) > batch_limit_) return NGHTTP2_ERR_PAUSE;
  length = std::min(length, std::max(batch_limit_, batch_.size() + kFrameHead + kShortestPiece) - batch_.size() - kFrameHead);
  std::size_t count = 0;
  bool end = false;
  data_at_ = batch_.size();
  if (exchange.piece_at < exchange.piece.size()) {
    count = std::min(length, exchange.piece.size() - exchange.piece_at);
    std::memcpy(batch_.grow(kFrameHead + count).data() + kFrameHead, exchange.piece.data() + exchange.piece_at, count);
    exchange.piece_at += count;
    if (exchange.piece_at == exchange.piece.size()) {
      exchange.piece = std::string{};
      exchange.piece_at = 0;
      if (!exchange.source) {
        exchange.wants_more = true;
        exchange.signal.raise();
      }
    }
    end = exchange.source && exchange.source->left().value == 0 && exchange.piece.empty();
  } else if (exchange.source) {
    const auto into = batch_.grow(kFrameHead + length).subspan(kFrameHead);
    const auto got = exchange.source->read_now(into);
    count = got.value_or(0);
    batch_.shorten(count == 0 ? kFrameHead + length : length - count);
    if (!got) {
      log::error("a response was interrupted", {{"reason", got.error().message}});
      return NGHTTP2_ERR_TEMPORAL_CALLBACK_FAILURE;
    }
    end = exchange.source->left().value == 0;
  } else {
    end = exchange.last_piece;
  }
  if (end) flags |= NGHTTP2_DATA_FLAG_EOF;
  if (count == 0) {
    if (end) return 0;
    exchange.wants_more = true;
    exchange.signal.raise();
    return NGHTTP2_ERR_DEFERRED;
  }
  flags |= NGHTTP2_DATA_FLAG_NO_COPY;
  exchange.unflushed += count;
  if (!in_batch_.empty() && in_batch_.back().first.get() == &exchange)
    in_batch_.back().second += count;
  else
    in_batch_.emplace_back(find(exchange.id()), count);
  return static_cast<ssize_t>(count);
}

int Connection::on_send_data(const std::uint8_t* head) {
  std::memcpy(batch_.at(data_at_, kFrameHead).data(), head, kFrameHead);
  return 0;
}

asio::awaitable<void> Connection::run(Ptr exchange) {
  co_await asio::post(executor_, asio::use_awaitable);  // not within a callback of the library
  auto head = std::move(exchange->head).finish();
  if (!head) co_return co_await refuse(*exchange, std::move(head.error()));
  auto client = client_behind(head->fields, transport_->peer(), guards_);
  if (!client) co_return co_await refuse(*exchange, std::move(client.error()));
  if (auto refusal = misdirection(transport_->server_name(), head->host, guards_))
    co_return co_await refuse(*exchange, std::move(*refusal));

  exchange->content_length = head->content_length;
  exchange->expects_continue = head->expects_continue;
  Request request{.method = head->method,
                  .target = std::move(head->target),
                  .path = std::move(head->path),
                  .query = std::move(head->query),
                  .host = std::move(head->host),
                  .fields = std::move(head->fields),
                  .peer = std::move(client->peer),
                  .encrypted = transport_->encrypted(),
                  .version = Version::http_2,
                  .body = exchange.get(),
                  .path_parameters = {}};
  Response response = co_await answer(handler_, request);
  if (exchange->too_slow && response.status >= 500)
    response = instead_of(response, plain(408, "The request body arrived too slowly; please try again."));
  add_security_fields(response, request.host, request.encrypted);
  Sending sending{request, response, observer_};
  if (!exchange->closed) {
    nghttp2_extpri priority{.urgency = static_cast<std::uint32_t>(head->urgency), .inc = 1};
    // Responses of the same urgency share the connection: a feed must not wait until an episode has been sent.
    nghttp2_session_change_extpri_stream_priority(session(), exchange->id(), &priority, 0);
  }
  co_await respond(*exchange, response, request.method == Method::head);
  sending.add(ByteCount{exchange->sent});
  sending.end();
}

asio::awaitable<void> Connection::refuse(Exchange& exchange, Refusal refusal) {
  auto response = plain(refusal.status, std::move(refusal.sentence));
  add_security_fields(response, transport_->server_name(), transport_->encrypted());
  co_await respond(exchange, response, false);
}

void Connection::submit(Exchange& exchange, const Response& response, std::optional<ByteCount> content_length, bool with_content) {
  std::vector<std::pair<std::string, std::string_view>> lines;
  for (const auto& line : response.fields.lines()) {
    auto name = lower_ascii(line.name);
    // RFC 9113 §8.2.2
    if (name == "connection" || name == "keep-alive" || name == "transfer-encoding" || name == "upgrade" || name == "proxy-connection")
      continue;
    lines.emplace_back(std::move(name), line.value);
  }
  const auto status = std::to_string(response.status), date = to_http_date(clock_.now()),
             length = std::to_string(content_length.value_or(ByteCount{}).value);
  std::vector<nghttp2_nv> fields{field(":status", status), field("date", date)};
  for (const auto& [name, value] : lines) fields.push_back(field(name, value));
  if (content_length) fields.push_back(field("content-length", length));
  nghttp2_data_provider provider{.source = {.ptr = &exchange},
                                 .read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t*, std::size_t most, std::uint32_t* flags,
                                                     nghttp2_data_source* source, void* user) {
                                   return of(user).on_read(*static_cast<Exchange*>(source->ptr), most, *flags);
                                 }};
  if (nghttp2_submit_response(session(), exchange.id(), fields.data(), fields.size(), with_content ? &provider : nullptr) != 0)
    reset(exchange, NGHTTP2_INTERNAL_ERROR);
  wake_.raise();
}

asio::awaitable<void> Connection::respond(Exchange& exchange, Response& response, bool head_only) {
  exchange.unwanted = true;
  if (exchange.closed) co_return;
  exchange.progress = now();
  exchange.patience = deadlines_.write;
  std::unique_ptr<Stream> stream;
  if (response.stream) {
    stream = std::move(response.stream);
    submit(exchange, response, {}, !head_only);
    if (!head_only) co_await feed(exchange, *stream);
  } else {
    const bool with_content = !head_only && may_have_content(response.status) && response.body.length().value > 0;
    const auto length = may_have_content(response.status) ? std::optional{response.body.length()} : std::nullopt;
    if (with_content) {
      if (may_pause(exchange)) exchange.patience = patience_for(response.body, deadlines_);
      exchange.source.emplace(std::move(response.body), transport_->disk());
    }
    submit(exchange, response, length, with_content);
  }
  bool said_enough = false;
  while (!(exchange.closed && exchange.unflushed == 0)) {
    if (exchange.response_sent && !exchange.ended && !exchange.closed && !std::exchange(said_enough, true))
      reset(exchange, NGHTTP2_NO_ERROR);  // the rest of the body isn't wanted (RFC 9113 §8.1)
    if (std::exchange(exchange.wants_more, false) && exchange.source && !exchange.closed) {
      co_await fetch(exchange);
      continue;
    }
    const auto until = exchange.progress + exchange.patience;
    co_await exchange.signal.wait(until - now());
    if (now() >= exchange.progress + exchange.patience) {
      if (exchange.closed || broken_) break;
      if (!exchange.aborted && flushed_at_ > exchange.progress &&
          nghttp2_session_get_stream_remote_window_size(session(), exchange.id()) > 0) {
        // The client reads, and could read this, too: more urgent responses come first.
        exchange.progress = now();
        continue;
      }
      // Its reset may have to wait for the connection; what it holds doesn't.
      exchange.aborted = true;
      exchange.source.reset();
      exchange.piece = std::string{};
      reset(exchange, NGHTTP2_CANCEL);
      exchange.progress = now();
    }
  }
  exchange.patience = {};
}

bool Connection::may_pause(const Exchange& exchange) const {
  const auto pausing = std::ranges::count_if(exchanges_, [&](const auto& entry) { return entry.second->patience > deadlines_.write; });
  return pausing < kMaxPausing && exchange.fields_held <= kLargestFieldsOfPausing;
}

asio::awaitable<void> Connection::fetch(Exchange& exchange) {
  std::string cold(kColdPiece, '\0');
  asio::steady_timer timer{executor_, kLongestRead};
  bool late = false;
  timer.async_wait([&late, source = &*exchange.source](boost::system::error_code stopped) {
    if (stopped) return;
    late = true;
    source->cancel();
  });
  const auto got = co_await exchange.source->read(std::as_writable_bytes(std::span{cold}));
  // A handler that is in the queue already must not find `late` gone.
  if (timer.cancel() == 0 && !late) co_await asio::post(executor_, asio::use_awaitable);
  if (!got || *got == 0) {
    if (!exchange.closed)
      log::error("a response was interrupted", {{"reason", got ? "stored media is shorter than expected" : got.error().message}});
    reset(exchange, NGHTTP2_INTERNAL_ERROR);
    co_return;
  }
  cold.resize(*got);
  exchange.piece = std::move(cold);
  exchange.piece_at = 0;
  if (!exchange.closed) nghttp2_session_resume_data(session(), exchange.id());
  wake_.raise();
}

asio::awaitable<void> Connection::feed(Exchange& exchange, Stream& stream) {
  exchange.stream = &stream;
  std::string reason;
  while (!exchange.closed && !drain_announced_) {
    Result<std::string> piece;
    try {
      piece = co_await stream.next();
    } catch (const std::exception& error) { piece = fail(ErrorKind::internal, error.what()); }
    if (exchange.closed || drain_announced_) break;
    if (!piece) {
      log::warning("a stream was interrupted", {{"reason", piece.error().message}});
      break;
    }
    exchange.last_piece = piece->empty();
    exchange.piece = std::move(*piece);
    exchange.piece_at = 0;
    exchange.wants_more = false;
    nghttp2_session_resume_data(session(), exchange.id());
    wake_.raise();
    if (exchange.last_piece) break;
    const auto until = now() + deadlines_.write;
    while (!exchange.closed && (!exchange.piece.empty() || exchange.unflushed > 0) && now() < until)
      co_await exchange.signal.wait(until - now());
    if (!exchange.piece.empty()) break;  // too slow
  }
  exchange.stream = nullptr;
  exchange.progress = now();
  if (!exchange.last_piece) reset(exchange, NGHTTP2_CANCEL);
}

void Connection::drain() {
  if (std::exchange(drain_announced_, true)) return;
  nghttp2_submit_shutdown_notice(session());
  nghttp2_submit_ping(session(), NGHTTP2_FLAG_NONE, kDrainPing.data());
  drain_by_ = now() + kDrainNotice;
  for (auto& [id, exchange] : exchanges_) {
    if (exchange->stream != nullptr) exchange->stream->cancel();
  }
  reconsider_ = true;
  transport_->allow_reading(false);
  transport_->allow_reading(true);
  wake_.raise();
}

}  // namespace

asio::awaitable<void> serve(std::unique_ptr<net::DuplexTransport> transport, Handler handler, Deadlines deadlines,
                            std::function<bool()> draining, const Clock& clock, Guards guards, Observer observer) {
  Connection connection{std::move(transport),
                        std::move(handler),
                        deadlines,
                        std::move(draining),
                        clock,
                        std::move(guards),
                        std::move(observer),
                        co_await asio::this_coro::executor};
  co_await connection.serve();
}

}  // namespace carillon::http::h2
