#include "http/h2/connection.hpp"

#include "base/testing/testing.hpp"
#include "http/h2/limits.hpp"
#include "http/h2/signal.hpp"
#include "http/server/serve.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>
#include <boost/asio/thread_pool.hpp>

#include <cstring>
#include <map>

namespace carillon::http::h2 {
namespace {

using namespace std::chrono_literals;
using ::testing::AllOf;
using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Pair;

/// A client by the same library, in this process: what the server sends arrives at once, and so do its replies.
class Client {
 public:
  struct Answer {
    std::map<std::string, std::string> fields;
    std::vector<std::string> statuses;
    std::string body;
    bool ended = false;
    std::optional<std::uint32_t> closed{};  ///< with this code
  };

  explicit Client(std::int32_t window = 65'535, bool takes_all = true) : takes_all_{takes_all} {
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    nghttp2_session_callbacks_set_on_header_callback(
        callbacks, [](nghttp2_session*, const nghttp2_frame* frame, const std::uint8_t* name, std::size_t name_length,
                      const std::uint8_t* value, std::size_t value_length, std::uint8_t, void* user) {
          auto& answer = static_cast<Client*>(user)->answers[frame->hd.stream_id];
          const std::string said(reinterpret_cast<const char*>(value), value_length);
          const std::string field(reinterpret_cast<const char*>(name), name_length);
          if (field == ":status") answer.statuses.push_back(said);
          answer.fields[field] = said;
          return 0;
        });
    nghttp2_session_callbacks_set_on_data_chunk_recv_callback(
        callbacks, [](nghttp2_session*, std::uint8_t, std::int32_t id, const std::uint8_t* bytes, std::size_t length, void* user) {
          auto& client = *static_cast<Client*>(user);
          client.answers[id].body.append(reinterpret_cast<const char*>(bytes), length);
          client.order.push_back(id);
          if (client.on_data) client.on_data(id, length);
          return 0;
        });
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session*, const nghttp2_frame* frame, void* user) {
      auto& client = *static_cast<Client*>(user);
      if ((frame->hd.type == NGHTTP2_DATA || frame->hd.type == NGHTTP2_HEADERS) && (frame->hd.flags & NGHTTP2_FLAG_END_STREAM) != 0)
        client.answers[frame->hd.stream_id].ended = true;
      return 0;
    });
    nghttp2_session_callbacks_set_on_stream_close_callback(callbacks,
                                                           [](nghttp2_session*, std::int32_t id, std::uint32_t code, void* user) {
                                                             auto& client = *static_cast<Client*>(user);
                                                             client.answers[id].closed = code;
                                                             if (client.on_close) client.on_close(id);
                                                             return 0;
                                                           });
    nghttp2_option* options = nullptr;
    nghttp2_option_new(&options);
    if (!takes_all_) nghttp2_option_set_no_auto_window_update(options, 1);
    nghttp2_session_client_new2(&session, callbacks, this, options);
    nghttp2_option_del(options);
    nghttp2_session_callbacks_del(callbacks);
    const nghttp2_settings_entry settings{NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, static_cast<std::uint32_t>(window)};
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, &settings, 1);
  }
  ~Client() { nghttp2_session_del(session); }
  Client(const Client&) = delete;
  Client& operator=(const Client&) = delete;

  using Fields = std::vector<std::pair<std::string, std::string>>;
  std::int32_t request(const std::string& path, Fields more = {}, std::optional<std::string> body = {}, const std::string& method = "GET") {
    Fields fields{{":method", body ? "POST" : method}, {":scheme", "https"}, {":authority", "a.test"}, {":path", path}};
    for (auto& field : more) {
      const auto same = std::ranges::find(fields, field.first, &Fields::value_type::first);
      if (same != fields.end() && field.first.starts_with(':'))
        same->second = field.second;
      else
        fields.push_back(std::move(field));
    }
    std::vector<nghttp2_nv> lines;
    for (auto& [name, value] : fields)
      lines.push_back({reinterpret_cast<std::uint8_t*>(name.data()), reinterpret_cast<std::uint8_t*>(value.data()), name.size(),
                       value.size(), NGHTTP2_NV_FLAG_NONE});
    nghttp2_data_provider provider{};
    if (body) {
      bodies_.push_back(std::make_unique<std::string>(std::move(*body)));
      provider.source.ptr = bodies_.back().get();
      provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t most, std::uint32_t* flags,
                                  nghttp2_data_source* source, void*) {
        auto& left = *static_cast<std::string*>(source->ptr);
        const auto count = std::min(most, left.size());
        std::memcpy(into, left.data(), count);
        left.erase(0, count);
        if (left.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(count);
      };
    }
    return nghttp2_submit_request(session, nullptr, lines.data(), lines.size(), body ? &provider : nullptr, nullptr);
  }
  std::string says() {
    std::string bytes;
    const std::uint8_t* piece = nullptr;
    for (ssize_t count = 0; (count = nghttp2_session_mem_send(session, &piece)) > 0;)
      bytes.append(reinterpret_cast<const char*>(piece), static_cast<std::size_t>(count));
    bytes += std::exchange(raw, {});
    return bytes;
  }
  void hears(std::span<const std::byte> bytes) {
    nghttp2_session_mem_recv(session, reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size());
    // The library hears no more after frames that it didn't expect because the test sent their causes by hand.
    heard_.append(as_text(bytes));
    const auto number = [this](std::size_t at, std::size_t length) {
      std::uint32_t value = 0;
      for (const char byte : std::string_view{heard_}.substr(at, length)) value = value << 8U | static_cast<unsigned char>(byte);
      return value;
    };
    while (heard_.size() >= 9 && heard_.size() >= 9 + number(0, 3)) {
      if (heard_[3] == NGHTTP2_GOAWAY) goaways.emplace_back(static_cast<std::int32_t>(number(9, 4)), number(13, 4));
      heard_.erase(0, 9 + number(0, 3));
    }
  }

  nghttp2_session* session = nullptr;
  std::map<std::int32_t, Answer> answers;
  std::vector<std::int32_t> order;                              ///< whose DATA arrived, frame by frame
  std::vector<std::pair<std::int32_t, std::uint32_t>> goaways;  ///< last stream, code
  std::string raw;                                              ///< bytes that it sends in addition
  std::function<void(std::int32_t)> on_close;
  std::function<void(std::int32_t, std::size_t)> on_data;

 private:
  bool takes_all_;
  std::vector<std::unique_ptr<std::string>> bodies_;
  std::string heard_;  ///< of a frame that isn't whole yet
};

/// The wire between a client and the server; belongs to the test.
struct Wire {
  explicit Wire(asio::io_context& loop) : to_server{loop.get_executor()}, room_again{loop.get_executor()} {}
  Signal to_server, room_again;
  std::string pending;
  bool gone = false;  ///< the client has closed it
  bool closed = false;
  std::size_t room = net::kBatch;
  std::size_t largest_batch = 0;
  std::size_t unacknowledged = 0;
  std::function<void()> drain;
  std::string server_name;
  net::Phase phase = net::Phase::waiting;
};

class MemoryTransport final : public net::DuplexTransport {
 public:
  MemoryTransport(Wire& wire, Client& client) : wire_{wire}, client_{client} {}
  const net::Peer& peer() const noexcept override { return peer_; }
  bool encrypted() const noexcept override { return true; }
  std::string_view protocol() const noexcept override { return net::kHttp2; }
  std::string_view server_name() const noexcept override { return wire_.server_name; }
  void enter(net::Phase phase) noexcept override { wire_.phase = phase; }
  void allow_reading(bool allowed) noexcept override {
    allowed_ = allowed;
    interrupted_ = interrupted_ || !allowed;
    wire_.to_server.raise();
  }
  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into, net::Within within) override {
    const auto until = std::chrono::steady_clock::now() + within;
    interrupted_ = false;
    while (true) {
      if (wire_.pending.empty()) wire_.pending = client_.says();
      if (!wire_.pending.empty()) break;
      if (wire_.gone) co_return std::size_t{0};
      if (interrupted_ || !allowed_) co_return fail(ErrorKind::unavailable, "reading is paused on this connection");
      co_await wire_.to_server.wait(until - std::chrono::steady_clock::now());
      if (wire_.pending.empty() && std::chrono::steady_clock::now() >= until) co_return fail(ErrorKind::unavailable, "the peer timed out");
    }
    const auto count = std::min(into.size(), wire_.pending.size());
    std::memcpy(into.data(), wire_.pending.data(), count);
    wire_.pending.erase(0, count);
    co_return count;
  }
  asio::awaitable<net::Sent> write(std::string, Body, net::Within) override {
    co_return net::Sent{{}, fail(ErrorKind::internal, "not for HTTP/2")};
  }
  std::size_t room() noexcept override { return wire_.room; }
  asio::awaitable<Result<>> wait_for_room(net::Within within) override {
    while (wire_.room == 0) {
      if (!co_await wire_.room_again.wait(within)) co_return fail(ErrorKind::unavailable, "the peer timed out");
    }
    co_return Result<>{};
  }
  asio::awaitable<net::Passed> send(std::span<const std::byte> bytes, net::Within) override {
    if (wire_.gone)
      co_return net::Passed{.bytes = 0, .unacknowledged = wire_.unacknowledged, .outcome = fail(ErrorKind::unavailable, "gone")};
    wire_.largest_batch = std::max(wire_.largest_batch, bytes.size());
    client_.hears(bytes);
    wire_.to_server.raise();
    co_return net::Passed{.bytes = bytes.size()};
  }
  asio::thread_pool& disk() noexcept override { return disk_; }
  void on_drain(std::function<void()> notify) override { wire_.drain = std::move(notify); }
  asio::awaitable<void> close(net::Within) override {
    wire_.closed = true;
    co_return;
  }

 private:
  Wire& wire_;
  Client& client_;
  net::Peer peer_{.address = "192.0.2.7"};
  asio::thread_pool disk_{1};
  bool allowed_ = true;
  bool interrupted_ = false;
};

/// A connection whose client leaves when the test says so.
struct Talk {
  explicit Talk(Handler handler, Client& with, Deadlines deadlines = {}, Guards guards = {}, std::string server_name = "a.test")
      : client{with} {
    wire.server_name = std::move(server_name);
    asio::co_spawn(
        loop,
        http::serve(
            std::make_unique<MemoryTransport>(wire, client), std::move(handler), deadlines, [] { return false; }, clock, std::move(guards),
            [this](const Request& request, int status, ByteCount sent) {
              observed.push_back(request.path + " " + std::to_string(status) + " " + std::to_string(sent.value));
            }),
        [this](const std::exception_ptr& failure) {
          over = true;
          if (failure) std::rethrow_exception(failure);
        });
  }
  ~Talk() {
    leave();
    loop.run();
    EXPECT_TRUE(over) << "the connection must end when its client has gone";
  }
  void leave() {
    wire.gone = true;
    wire.to_server.raise();
    wire.room_again.raise();
  }
  /// Runs until the condition holds.
  void until(const std::function<bool()>& condition) {
    const auto late = std::chrono::steady_clock::now() + 60s;
    while (!condition()) {
      ASSERT_LT(std::chrono::steady_clock::now(), late);
      wire.to_server.raise();
      loop.run_one_for(10ms);
      loop.restart();
    }
  }
  const Client::Answer& answer(std::int32_t id) {
    until([&] { return client.answers[id].closed.has_value(); });
    return client.answers[id];
  }

  asio::io_context loop;
  testing::ManualClock clock;
  Client& client;
  Wire wire{loop};
  std::vector<std::string> observed;
  bool over = false;
};

Handler text(std::string body) {
  return [body = std::move(body)](Request&) -> asio::awaitable<Response> { co_return plain(200, body); };
}

/// Says how long the body was.
asio::awaitable<Response> measure(Request& request) {
  const auto body = co_await request.body->read_all(ByteCount{64 << 20});
  co_return body ? plain(200, std::to_string(body->size())) : problem(body.error());
}

TEST(Http2, AnswersGetAndHead) {
  Client client;
  Talk talk{[](Request& request) -> asio::awaitable<Response> {
              EXPECT_EQ(request.version, Version::http_2);
              EXPECT_EQ(request.host, "a.test");
              EXPECT_EQ(request.peer.address, "192.0.2.7");
              co_return plain(200, "hello");
            },
            client};
  const auto get = client.request("/a?b"), head = client.request("/a", {}, {}, "HEAD");
  EXPECT_EQ(talk.answer(get).body, "hello\n");
  EXPECT_THAT(talk.answer(get).fields, AllOf(Contains(Pair("content-length", "6")), Contains(Pair(":status", "200")),
                                             Contains(Pair("x-content-type-options", "nosniff")), Contains(Pair("date", ::testing::_))));
  EXPECT_EQ(talk.answer(head).body, "");
  EXPECT_THAT(talk.answer(head).fields, Contains(Pair("content-length", "6")));
  talk.until([&] { return talk.observed.size() == 2; });
  EXPECT_THAT(talk.observed, ::testing::UnorderedElementsAre("/a 200 6", "/a 200 0"));
}

TEST(Http2, ALargeResponseGoesOnWhenItsWindowOpensAgain) {
  for (const std::int32_t window : {1, 1000, 65'535}) {
    Client client{window};
    const std::string body(window == 1 ? 5'000 : 1'000'000, 'x');
    Talk talk{text(body), client};
    EXPECT_EQ(talk.answer(client.request("/")).body.size(), body.size() + 1) << window;
  }
}

TEST(Http2, AClientThatReportsEachFewKilobytesIsNoFlood) {
  Client client{65'535, false};
  client.on_data = [&](std::int32_t id, std::size_t length) {
    // As Go's client does for a reader with a buffer of 4 KiB.
    for (std::size_t left = length; left > 0; left -= std::min<std::size_t>(left, 4'096)) {
      const auto piece = static_cast<std::int32_t>(std::min<std::size_t>(left, 4'096));
      nghttp2_submit_window_update(client.session, NGHTTP2_FLAG_NONE, id, piece);
      nghttp2_submit_window_update(client.session, NGHTTP2_FLAG_NONE, 0, piece);
    }
  };
  Talk talk{text(std::string(4'000'000, 'x')), client};
  EXPECT_EQ(talk.answer(client.request("/")).body.size(), 4'000'001U);
  EXPECT_THAT(client.goaways, ::testing::IsEmpty());
}

TEST(Http2, ASmallResponseNeedNotWaitForALargeOne) {
  Client client{10'000'000};
  nghttp2_session_set_local_window_size(client.session, NGHTTP2_FLAG_NONE, 0, 100'000'000);
  Talk talk{[](Request& request) -> asio::awaitable<Response> {
              co_return plain(200, std::string(request.path == "/large" ? 5'000'000 : 50'000, 'x'));
            },
            client};
  const auto large = client.request("/large"), small = client.request("/small");
  talk.answer(small);
  EXPECT_FALSE(client.answers[large].ended);
  EXPECT_EQ(talk.answer(large).body.size(), 5'000'001U);
}

TEST(Http2, ARequestBodyArrivesWhole) {
  Client client;
  Talk talk{measure, client};
  EXPECT_EQ(talk.answer(client.request("/", {}, std::string(3'000'000, 'x'))).body, "3000000\n");
  EXPECT_EQ(talk.answer(client.request("/", {{"content-length", "10"}}, std::string(10, 'x'))).body, "10\n");
  EXPECT_EQ(talk.answer(client.request("/", {}, "")).body, "0\n");
}

TEST(Http2, AClientMaySendNoMoreThanItsHandlerReads) {
  Client client;
  Signal* go_on = nullptr;
  Talk talk{[&](Request& request) -> asio::awaitable<Response> {
              Signal signal{co_await asio::this_coro::executor};
              go_on = &signal;
              co_await signal.wait(120s);
              co_return co_await measure(request);
            },
            client};
  const auto id = client.request("/", {}, std::string(1'000'000, 'x'));
  talk.until([&] { return go_on != nullptr && nghttp2_session_get_remote_window_size(client.session) == 0; });
  go_on->raise();
  EXPECT_EQ(talk.answer(id).body, "1000000\n");
}

TEST(Http2, ABodyThatNooneReadsDoesNotHideTheAnswerAndGivesItsWindowBack) {
  Client client;
  Talk talk{text("no"), client};
  for (int i = 0; i < 10; ++i) {
    const auto& answer = talk.answer(client.request("/", {}, std::string(300'000, 'x')));
    EXPECT_EQ(answer.body, "no\n");
    EXPECT_EQ(answer.closed, NGHTTP2_NO_ERROR);
  }
  EXPECT_TRUE(client.goaways.empty());
}

TEST(Http2, SendsContinueWhenTheHandlerReads) {
  Client client;
  Talk talk{measure, client};
  const auto& answer = talk.answer(client.request("/", {{"expect", "100-continue"}}, std::string(100'000, 'x')));
  EXPECT_EQ(answer.body, "100000\n");
  // What is there already needs no permission.
  EXPECT_THAT(answer.statuses, Contains("200"));
}

TEST(Http2, RefusesAnotherHost) {
  Client client;
  Talk talk{text("x"), client, {}, {.serves_host = [](std::string_view host) { return host == "b.test"; }}};
  EXPECT_EQ(talk.answer(client.request("/")).fields.at(":status"), "200");
  EXPECT_EQ(talk.answer(client.request("/", {{":authority", "b.test"}})).fields.at(":status"), "200");
  EXPECT_EQ(talk.answer(client.request("/", {{":authority", "c.test"}})).fields.at(":status"), "421");
  EXPECT_EQ(talk.answer(client.request("/", {{"host", "c.test"}})).fields.at(":status"), "400");
}

TEST(Http2, RefusesTooManyFieldsAndClosesWhenTheyGoOn) {
  Client client;
  Talk talk{text("x"), client};
  Client::Fields fields;
  for (int i = 0; i < 150; ++i) fields.emplace_back("x-" + std::to_string(i), "y");
  EXPECT_EQ(talk.answer(client.request("/", fields)).fields.at(":status"), "431");
  EXPECT_EQ(talk.answer(client.request("/")).fields.at(":status"), "200");
  for (int i = 0; i < 2'000; ++i) fields.emplace_back("x-y", "y");
  client.request("/", fields);
  talk.until([&] { return talk.over; });
  EXPECT_THAT(client.goaways, Contains(Pair(::testing::_, NGHTTP2_ENHANCE_YOUR_CALM)));
}

std::string frame(std::uint8_t type, std::uint8_t flags, std::uint32_t stream, const std::string& payload) {
  const auto byte = [](std::size_t value) { return static_cast<char>(value & 0xFFU); };
  return std::string{byte(payload.size() >> 16U), byte(payload.size() >> 8U), byte(payload.size()),
                     static_cast<char>(type),     static_cast<char>(flags),   byte(stream >> 24U),
                     byte(stream >> 16U),         byte(stream >> 8U),         byte(stream)} +
         payload;
}

TEST(Http2, FloodsOfFramesEndTheConnection) {
  const std::map<std::string, std::string> floods{
      {"ping", frame(NGHTTP2_PING, 0, 0, std::string(8, 'x'))},
      {"settings", frame(NGHTTP2_SETTINGS, 0, 0, "")},
      {"window", frame(NGHTTP2_WINDOW_UPDATE, 0, 0, std::string("\0\0\0\1", 4))},
  };
  for (const auto& [name, bytes] : floods) {
    Client client;
    Talk talk{text("x"), client};
    EXPECT_EQ(talk.answer(client.request("/")).fields.at(":status"), "200") << name;
    for (int i = 0; i < 3'000; ++i) client.raw += bytes;
    talk.until([&] { return talk.over; });
    EXPECT_THAT(client.goaways, Contains(Pair(::testing::_, NGHTTP2_ENHANCE_YOUR_CALM))) << name;
  }
}

TEST(Http2, WhatAClientResetsStillCountsWhileItIsHandled) {
  Client client;
  std::vector<std::unique_ptr<Signal>> waiting;
  std::size_t running = 0, most = 0;
  {
    Talk talk{[&](Request&) -> asio::awaitable<Response> {
                most = std::max(most, ++running);
                auto& signal = *waiting.emplace_back(std::make_unique<Signal>(co_await asio::this_coro::executor));
                co_await signal.wait(120s);
                --running;
                co_return plain(200, "late");
              },
              client};
    for (int round = 0; round < 3; ++round) {
      std::vector<std::int32_t> ids;
      for (int i = 0; i < 60; ++i) ids.push_back(client.request("/"));
      talk.until([&] { return nghttp2_session_want_write(client.session) == 0; });
      for (const auto id : ids) nghttp2_submit_rst_stream(client.session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
      talk.until([&] { return nghttp2_session_want_write(client.session) == 0 && talk.wire.pending.empty(); });
      for (int i = 0; i < 500; ++i) talk.loop.poll_one(), talk.loop.restart();
    }
    EXPECT_EQ(most, kMaxRequests);
    for (const auto& signal : waiting) signal->raise();
    talk.until([&] { return running == 0; });
    talk.leave();
    talk.until([&] { return talk.over; });
  }
}

TEST(Http2, StreamsThatThisServerHasToResetAreLimited) {
  Client client;
  Talk talk{text("x"), client};
  talk.answer(client.request("/"));
  // A window that overflows is an error of the stream: the server has to reset it (MadeYouReset).
  std::uint32_t id = 101;
  for (int i = 0; i < 400; ++i, id += 2) {
    client.raw += frame(NGHTTP2_HEADERS, 0x4, id,
                        std::string("\x83\x84\x87\x41\x06"
                                    "a.test",
                                    11));
    client.raw += frame(NGHTTP2_WINDOW_UPDATE, 0, id, std::string("\x7f\xff\xff\xff", 4));
  }
  talk.until([&] { return talk.over; });
  EXPECT_THAT(client.goaways, Contains(Pair(::testing::_, NGHTTP2_ENHANCE_YOUR_CALM)));
}

/// Tells its life.
class Ticks final : public Stream {
 public:
  Ticks(const asio::any_io_executor& executor, bool& cancelled, int pieces) : signal_{executor}, cancelled_{cancelled}, left_{pieces} {}
  asio::awaitable<Result<std::string>> next() override {
    if (left_-- > 0) co_return "tick\n";
    if (!cancelled_ && left_ > -1'000) co_await signal_.wait(120s);
    co_return std::string{};
  }
  void cancel() noexcept override {
    cancelled_ = true;
    signal_.raise();
  }

 private:
  Signal signal_;
  bool& cancelled_;
  int left_;
};

Handler ticking(bool& cancelled, int pieces) {
  return [&cancelled, pieces](Request&) -> asio::awaitable<Response> {
    Response response{.status = 200};
    response.stream = std::make_unique<Ticks>(co_await asio::this_coro::executor, cancelled, pieces);
    co_return response;
  };
}

TEST(Http2, AStreamArrivesPieceByPieceAndEndsWithItsReader) {
  Client client;
  bool cancelled = false;
  Talk talk{ticking(cancelled, 3), client};
  const auto id = client.request("/events");
  talk.until([&] { return client.answers[id].body == "tick\ntick\ntick\n"; });
  EXPECT_FALSE(client.answers[id].fields.contains("content-length"));
  nghttp2_submit_rst_stream(client.session, NGHTTP2_FLAG_NONE, id, NGHTTP2_CANCEL);
  talk.until([&] { return cancelled && !talk.observed.empty(); });
  EXPECT_EQ(talk.observed.front(), "/events 200 15");
}

TEST(Http2, ADrainIsAnnouncedAndLetsResponsesEnd) {
  Client client{1};
  bool cancelled = false;
  Talk talk{[&](Request& request) -> asio::awaitable<Response> {
              if (request.path == "/events") co_return co_await ticking(cancelled, 0)(request);
              co_return plain(200, std::string(3'000, 'x'));
            },
            client};
  const auto events = client.request("/events"), file = client.request("/file");
  talk.until([&] { return !client.answers[file].body.empty() && !client.answers[events].fields.empty(); });
  ASSERT_TRUE(talk.wire.drain);
  std::exchange(talk.wire.drain, {})();
  EXPECT_EQ(talk.answer(file).body.size(), 3'001U);
  EXPECT_TRUE(cancelled);
  EXPECT_EQ(talk.answer(events).closed, NGHTTP2_CANCEL);
  talk.until([&] { return talk.wire.closed; });
  // What the client still reports must be read, or the kernel would drop the end of the response.
  client.raw = std::string("\0\0\4\10\0\0\0\0\0\0\0\0\1", 13);
  talk.until([&] { return client.raw.empty() && talk.wire.pending.empty(); });
  EXPECT_FALSE(talk.over);
  talk.leave();
  talk.until([&] { return talk.over; });
  EXPECT_EQ(client.goaways.front(), (std::pair<std::int32_t, std::uint32_t>{0x7FFFFFFF, NGHTTP2_NO_ERROR}));
  EXPECT_EQ(client.goaways.back(), (std::pair<std::int32_t, std::uint32_t>{file, NGHTTP2_NO_ERROR}));
}

TEST(Http2, AReaderThatPausesHoldsNothingAndGoesOn) {
  Client client{10'000'000};
  nghttp2_session_set_local_window_size(client.session, NGHTTP2_FLAG_NONE, 0, 100'000'000);
  Talk talk{text(std::string(1'000'000, 'x')), client};
  const auto id = client.request("/");
  talk.until([&] { return !client.answers[id].body.empty(); });
  talk.wire.room = 0;
  talk.loop.run_for(50ms);
  talk.loop.restart();
  EXPECT_FALSE(client.answers[id].ended);
  talk.wire.room = net::kSmallestBatch;
  talk.wire.room_again.raise();
  EXPECT_EQ(talk.answer(id).body.size(), 1'000'001U);
}

TEST(Http2, AResponseThatStandsStillIsReset) {
  Client client{100, false};
  Deadlines deadlines;
  deadlines.write = 50ms;
  Talk talk{text(std::string(100'000, 'x')), client, deadlines};
  const auto& answer = talk.answer(client.request("/"));
  EXPECT_EQ(answer.closed, NGHTTP2_CANCEL);
  EXPECT_EQ(answer.body.size(), 100U);
  EXPECT_FALSE(talk.over) << "the connection stays";
}

TEST(Http2, ABodyThatDoesNotArriveIsTooLate) {
  Client client;
  Deadlines deadlines;
  deadlines.body = 50ms;
  Talk talk{measure, client, deadlines};
  // A head without END_STREAM, and nothing after it.
  client.raw += frame(NGHTTP2_HEADERS, 0x4, 1,
                      std::string("\x83\x84\x87\x41\x06"
                                  "a.test",
                                  11));
  talk.until([&] { return !talk.observed.empty(); });
  EXPECT_EQ(talk.observed.front().substr(0, 5), "/ 408");
}

TEST(Http2, AConnectionWithoutRequestsEnds) {
  Client client;
  Deadlines deadlines;
  deadlines.idle = 50ms;
  Talk talk{text("x"), client, deadlines};
  talk.answer(client.request("/"));
  talk.until([&] { return talk.over; });
  EXPECT_EQ(client.goaways.back().second, NGHTTP2_NO_ERROR);
}

TEST(Http2, AHeadThatDripsIsTooLate) {
  Client client;
  Deadlines deadlines;
  deadlines.header = 50ms;
  Talk talk{text("x"), client, deadlines};
  client.raw += frame(NGHTTP2_HEADERS, 0, 1,
                      std::string("\x83\x84\x87\x41\x06"
                                  "a.test",
                                  11));  // without END_HEADERS
  talk.until([&] { return talk.over; });
  EXPECT_THAT(client.goaways, Contains(Pair(::testing::_, NGHTTP2_ENHANCE_YOUR_CALM)));
}

TEST(Http2, WhatABrokenConnectionDidNotDeliverIsNotCounted) {
  Client client{100'000, false};
  Talk talk{text(std::string(1'000'000, 'x')), client};
  const auto id = client.request("/");
  talk.until([&] { return client.answers[id].body.size() == 65'535; });
  talk.wire.unacknowledged = 5'535;
  talk.leave();
  talk.until([&] { return talk.over; });
  EXPECT_EQ(talk.observed.front(), "/ 200 60000");
}

}  // namespace
}  // namespace carillon::http::h2
