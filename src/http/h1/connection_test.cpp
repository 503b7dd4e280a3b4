#include "http/h1/connection.hpp"

#include "base/testing/testing.hpp"
#include "http/h1/chunked.hpp"
#include "http/h1/request_head.hpp"
#include "http/server/serve.hpp"
#include "net/asio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <stdexcept>

namespace carillon::http::h1 {
namespace {

using ::testing::ElementsAre;
using ::testing::EndsWith;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

/// A peer that has said all it will say, and what it got.
struct Script {
  std::deque<std::string> says;  ///< one piece for each read
  bool hangs_up = true;          ///< at the end; else it is silent
  std::string got;
  int reads = 0;
  int reads_before_first_answer = -1;
  bool stays = false;           ///< is silent without end, until it leaves
  std::function<void()> leave;  ///< while it is served
  int takes = -1;               ///< so many writes, then it reads no more; -1: all
  int writes = 0;
  bool drips = false;  ///< after what it says a byte each millisecond, without end
  std::string server_name;
  std::string protocol{net::kHttp1};       ///< as its handshake chose
  std::string address;                     ///< of the peer
  net::Phase phase = net::Phase::waiting;  ///< as the server last said
  std::int64_t left_at_close = -1;         ///< bytes that it had still to say when the server ended its side
  std::int64_t left_at_end = -1;           ///< and when the server let the connection go: a real peer's kernel drops the answer then
};

class ScriptedTransport final : public net::Transport {
 public:
  ScriptedTransport(Script& script, asio::io_context& loop) : script_{script}, silence_{loop} {
    script_.leave = [this] {
      script_.hangs_up = true;
      silence_.cancel();
    };
  }
  const net::Peer& peer() const noexcept override {
    peer_.address = script_.address;
    return peer_;
  }
  bool encrypted() const noexcept override { return true; }
  void enter(net::Phase phase) noexcept override { script_.phase = phase; }
  std::string_view server_name() const noexcept override { return script_.server_name; }
  void allow_reading(bool allowed) noexcept override {
    allowed_ = allowed;
    if (!allowed) silence_.cancel();
  }
  std::string_view protocol() const noexcept override { return script_.protocol; }
  asio::awaitable<void> close(net::Within) override {
    if (script_.left_at_close < 0) script_.left_at_close = left();
    co_return;
  }
  ~ScriptedTransport() override { script_.left_at_end = left(); }

  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into, net::Within) override {
    ++script_.reads;
    if (script_.says.empty() && script_.drips) {
      silence_.expires_after(std::chrono::milliseconds{1});
      co_await silence_.async_wait(asio::use_awaitable);
      into.front() = std::byte{'x'};
      co_return std::size_t{1};
    }
    if (script_.says.empty()) {
      if (script_.hangs_up) co_return std::size_t{0};
      if (script_.stays) {
        boost::system::error_code ignored;
        silence_.expires_at(asio::steady_timer::time_point::max());
        if (allowed_) co_await silence_.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
        if (script_.hangs_up) co_return std::size_t{0};
      }
      co_return fail(ErrorKind::unavailable, "the peer timed out");
    }
    auto& piece = script_.says.front();
    const auto count = std::min(piece.size(), into.size());
    std::memcpy(into.data(), piece.data(), count);
    piece.erase(0, count);
    if (piece.empty()) script_.says.pop_front();
    co_return count;
  }

  asio::awaitable<net::Sent> write(std::string head, Body body, net::Within) override {
    if (script_.reads_before_first_answer < 0) script_.reads_before_first_answer = script_.reads;
    if (script_.takes >= 0 && script_.writes++ >= script_.takes)
      co_return net::Sent{{}, fail(ErrorKind::unavailable, "the peer timed out")};
    script_.got += head + whole(body).value();
    co_return net::Sent{body.length(), {}};
  }

 private:
  [[nodiscard]] std::int64_t left() const {
    std::int64_t bytes = 0;
    for (const auto& piece : script_.says) bytes += static_cast<std::int64_t>(piece.size());
    return bytes;
  }

  Script& script_;
  mutable net::Peer peer_;
  asio::steady_timer silence_;
  bool allowed_ = true;
};

/// Serves the peer to its end with `handler`.
std::string served(Script& script, const Handler& handler, Deadlines deadlines = {}, bool draining = false, Guards guards = {},
                   const Observer& observer = {}) {
  const testing::ManualClock clock;
  asio::io_context loop;
  asio::co_spawn(
      loop,
      http::serve(
          std::make_unique<ScriptedTransport>(script, loop), handler, deadlines, [draining] { return draining; }, clock, guards, observer),
      [](std::exception_ptr failure) {
        if (failure) std::rethrow_exception(failure);
      });
  loop.run();
  return script.got;
}

asio::awaitable<Response> echo(Request& request) {
  const auto body = co_await request.body->read_all(ByteCount{1 << 20});
  if (!body) co_return problem(body.error());
  co_return plain(200, std::string(name_of(request.method)) + " " + request.path + " [" + *body + "]");
}

asio::awaitable<Response> ignores_the_body(Request& request) { co_return plain(200, "for " + request.path); }

std::string served(std::deque<std::string> says, const Handler& handler = echo) {
  Script script{.says = std::move(says)};
  return served(script, handler);
}

std::size_t answers_in(std::string_view text) {
  std::size_t count = 0;
  for (auto at = text.find("HTTP/1.1 "); at != std::string_view::npos; at = text.find("HTTP/1.1 ", at + 1)) ++count;
  return count;
}

TEST(Server, KeepsTheConnectionForTheNextRequest) {
  const auto got = served({"GET /a HTTP/1.1\r\nHost: x\r\n\r\n", "GET /b HTTP/1.1\r\nHost: x\r\n\r\n"});
  EXPECT_EQ(answers_in(got), 2U);
  EXPECT_THAT(got, Not(HasSubstr("Connection: close")));
  EXPECT_THAT(got, EndsWith("GET /b []\n"));
}

TEST(Server, AnswersPipelinedRequestsInOrder) {
  const auto got = served(
      {"GET /a HTTP/1.1\r\nHost: x\r\n\r\nPOST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhiGET /c HTTP/1.1\r\nHost: x\r\n\r\n"});
  EXPECT_EQ(answers_in(got), 3U);
  EXPECT_LT(got.find("/a []"), got.find("/b [hi]"));
  EXPECT_LT(got.find("/b [hi]"), got.find("/c []"));
}

TEST(Server, HoweverTheBytesComeItIsTheSameRequest) {
  const std::string request =
      "\r\nPOST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n3;x=y\r\nabc\r\n2\r\nde\r\n0\r\nTrailer: t\r\n\r\nGET /c "
      "HTTP/1.1\r\nHost: x\r\n\r\n";
  const auto want = served({request});
  EXPECT_THAT(want, HasSubstr("POST /b [abcde]"));
  EXPECT_THAT(want, EndsWith("GET /c []\n"));
  std::deque<std::string> bytes;
  for (const char c : request) bytes.emplace_back(1, c);
  EXPECT_EQ(served(bytes), want);
}

TEST(Server, HeadHasTheLengthAndNoBody) {
  const auto got = served({"HEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"}, ignores_the_body);
  EXPECT_THAT(got, HasSubstr("Content-Length: 7\r\n"));
  EXPECT_THAT(got, EndsWith("\r\n\r\n"));
}

TEST(Server, SaysContinueOnlyWhenTheBodyIsWanted) {
  const std::string head = "POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\nExpect: 100-continue\r\n\r\n";
  const auto wanted = served({head, "hi"});
  EXPECT_THAT(wanted, StartsWith("HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"));
  // Not wanted: nobody could tell whether what follows is the body or the next request.
  const auto refused = served({head, "GET /c HTTP/1.1\r\nHost: x\r\n\r\n"}, ignores_the_body);
  EXPECT_EQ(answers_in(refused), 1U);
  EXPECT_THAT(refused, HasSubstr("Connection: close\r\n"));
}

TEST(Server, ABodyThatNobodyReadIsReadPast) {
  const auto got =
      served({"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nGET /", "GET /c HTTP/1.1\r\nHost: x\r\n\r\n"}, ignores_the_body);
  EXPECT_EQ(answers_in(got), 2U);
  EXPECT_THAT(got, EndsWith("for /c\n"));
}

TEST(Server, ALongBodyThatNobodyReadEndsTheConnection) {
  const auto length = std::to_string(kLargestBodyReadPast + 1);
  const auto got = served({"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: " + length + "\r\n\r\n" +
                           std::string(kLargestBodyReadPast + 1, 'x') + "GET /c HTTP/1.1\r\nHost: x\r\n\r\n"},
                          ignores_the_body);
  EXPECT_EQ(answers_in(got), 1U);
  EXPECT_THAT(got, HasSubstr("Connection: close\r\n"));
}

TEST(Server, AnEndlessChunkedBodyThatNobodyReadEndsTheConnection) {
  std::string chunks;
  while (chunks.size() < 3 * kLargestBodyReadPast) chunks += "400\r\n" + std::string(1024, 'x') + "\r\n";
  const auto got =
      served({"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + "0\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n"},
             ignores_the_body);
  EXPECT_EQ(answers_in(got), 1U);
}

constexpr std::string_view kChunk = "400\r\n";

/// A request with a body of so many bytes, in the pieces that a network brings.
Script with_long_body(std::size_t bytes, bool chunked) {
  Script script;
  script.says.push_back("POST /b HTTP/1.1\r\nHost: x\r\n" +
                        (chunked ? std::string{"Transfer-Encoding: chunked"} : "Content-Length: " + std::to_string(bytes)) + "\r\n\r\n");
  constexpr std::size_t kPiece = 1024;
  for (std::size_t sent = 0; sent < bytes; sent += kPiece)
    script.says.push_back(chunked ? std::string{kChunk} + std::string(kPiece, 'x') + "\r\n" : std::string(kPiece, 'x'));
  return script;
}

TEST(Server, WhoeverStillSendsABodyCanReadTheAnswer) {
  for (const bool chunked : {false, true}) {
    auto script = with_long_body(8 << 20, chunked);
    EXPECT_THAT(served(script, ignores_the_body), HasSubstr("for /b"));
    EXPECT_GT(script.left_at_close, 7 << 20) << "our side ends before the body is read, so that the peer sees the end of the answer";
    EXPECT_EQ(script.left_at_end, 0) << "but what it sends is taken";
    EXPECT_EQ(script.phase, net::Phase::idle) << "and it goes first when there are too many connections";
  }
  auto refused = with_long_body(8 << 20, false);
  refused.says.front().replace(0, 4, "POST\t");
  EXPECT_THAT(served(refused, echo), StartsWith("HTTP/1.1 400 "));
  EXPECT_EQ(refused.left_at_end, 0);
}

TEST(Server, WhoeverSendsOnWithoutEndIsCutOff) {
  for (const bool chunked : {false, true}) {
    auto script = with_long_body(40 << 20, chunked);
    EXPECT_THAT(served(script, ignores_the_body), HasSubstr("for /b"));
    EXPECT_GT(script.left_at_end, 20 << 20);
  }
  Script dripping{.says = {"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000\r\n\r\n"}, .drips = true};
  EXPECT_THAT(served(dripping, ignores_the_body, {.unwanted_body = std::chrono::milliseconds{50}}), HasSubstr("for /b"));
}

TEST(Server, ABodyCutShortIsNoRequest) {
  EXPECT_THAT(served({"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhi"}), Not(HasSubstr("[hi")));
  EXPECT_THAT(served({"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi"}), Not(HasSubstr("[hi")));
}

TEST(Server, ABrokenBodyEndsTheConnection) {
  const auto got = served({"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n"});
  EXPECT_EQ(answers_in(got), 1U);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 400 ")) << "like every other error of framing";
  EXPECT_THAT(got, HasSubstr("a chunk's size is missing"));
}

TEST(Server, ARefusedHeadEndsTheConnection) {
  const auto got = served({"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n"});
  EXPECT_EQ(answers_in(got), 1U);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 400 "));
  EXPECT_THAT(got, HasSubstr("Connection: close\r\n"));
}

TEST(Server, AnEndlessHeadIsRefusedAtItsLimit) {
  Script fields{.says = {"GET / HTTP/1.1\r\nHost: x\r\n"}};
  for (std::size_t sent = 0; sent < 10 * kLargestHeaderBlock; sent += 1004) fields.says.push_back("a: " + std::string(999, 'x') + "\r\n");
  EXPECT_THAT(served(fields, echo), StartsWith("HTTP/1.1 431 "));
  EXPECT_LE(fields.reads_before_first_answer, static_cast<int>(kLargestHeaderBlock / 1004) + 3)
      << "no more is read than is needed to refuse it";
  Script line;
  for (int i = 0; i < 100; ++i) line.says.emplace_back(1024, 'G');
  EXPECT_THAT(served(line, echo), StartsWith("HTTP/1.1 414 "));
}

TEST(Server, ASlowHeadIsRefusedAtItsDeadline) {
  Script script{.says = {"GET / HTTP/1.1\r\n"}, .hangs_up = false};
  EXPECT_THAT(served(script, echo, Deadlines{.header = net::Within{0}}), StartsWith("HTTP/1.1 408 "));
}

TEST(Server, OldHttpAndCloseEndTheConnection) {
  for (const auto* request : {"GET /a HTTP/1.0\r\n\r\n", "GET /a HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"}) {
    const auto got = served({request, "GET /c HTTP/1.1\r\nHost: x\r\n\r\n"});
    EXPECT_EQ(answers_in(got), 1U);
    EXPECT_THAT(got, HasSubstr("Connection: close\r\n"));
  }
}

TEST(Server, HandlersAreToldTheVersion) {
  std::vector<Version> reported;
  const auto handler = [&](Request& request) -> asio::awaitable<Response> {
    reported.push_back(request.version);
    co_return plain(200, "four");
  };
  (void)served({"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /a HTTP/1.0\r\n\r\n"}, handler);
  EXPECT_EQ(reported, (std::vector{Version::http_1_1, Version::http_1_0}));
}

TEST(Server, ADrainEndsTheConnectionAfterTheAnswer) {
  Script script{.says = {"GET /a HTTP/1.1\r\nHost: x\r\n\r\nGET /b HTTP/1.1\r\nHost: x\r\n\r\n"}};
  EXPECT_EQ(served(script, echo, {}, true), "") << "nothing had begun when it was asked";
}

TEST(Server, AMistakeOfTheHandlerIs500AndTellsNothing) {
  const auto got = served({"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"}, [](Request&) -> asio::awaitable<Response> {
    throw std::runtime_error{"secret"};
    co_return Response{};
  });
  EXPECT_THAT(got, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(got, Not(HasSubstr("secret")));
}

TEST(Server, NoFieldOfAnAnswerSplitsIt) {
  const auto got = served({"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"},
                          [](Request&) -> asio::awaitable<Response> { co_return redirect(302, "/x\r\nSet-Cookie: evil"); });
  EXPECT_THAT(got, StartsWith("HTTP/1.1 500 "));
  EXPECT_THAT(got, Not(HasSubstr("evil")));
}

TEST(Server, TellsOnceWhatWasSent) {
  std::vector<std::uint64_t> reported;
  const auto handler = [&](Request&) -> asio::awaitable<Response> {
    auto response = plain(200, "four");
    response.on_finished = [&](ByteCount sent) { reported.push_back(sent.value); };
    co_return response;
  };
  (void)served({"GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"}, handler);
  EXPECT_EQ(reported, (std::vector<std::uint64_t>{5, 0}));
}

TEST(Server, TellsOnceWhatWasSentInThePlaceOfABrokenAnswer) {
  std::vector<std::uint64_t> reported;
  const auto got = served({"GET /a HTTP/1.1\r\nHost: x\r\n\r\n"}, [&](Request&) -> asio::awaitable<Response> {
    auto response = redirect(302, "/x\r\nSet-Cookie: evil");
    response.on_finished = [&](ByteCount sent) { reported.push_back(sent.value); };
    co_return response;
  });
  EXPECT_THAT(got, StartsWith("HTTP/1.1 500 "));
  ASSERT_EQ(reported.size(), 1U);
  EXPECT_EQ(reported.front(), got.size() - got.find("\r\n\r\n") - 4);
}

TEST(Server, TellsItsObserverOfEachResponseOfTheHandlerOnce) {
  std::vector<std::string> observed;
  const Observer observer = [&](const Request& request, int status, ByteCount sent) {
    observed.push_back(request.path + " " + std::to_string(status) + " " + std::to_string(sent.value));
  };
  const auto handler = [&](Request& request) -> asio::awaitable<Response> {
    if (request.path == "/broken") throw std::runtime_error("broken");
    co_return plain(request.path == "/none" ? 404 : 200, "four");
  };
  Script script{
      .says = {"GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /none HTTP/1.1\r\nHost: x\r\n\r\n", "GET /broken HTTP/1.1\r\nHost: x\r\n\r\n"}};
  const auto got = served(script, handler, {}, false, {}, observer);
  const auto error_body = got.size() - got.rfind("\r\n\r\n") - 4;
  EXPECT_THAT(observed, ElementsAre("/a 200 5", "/none 404 0", "/broken 500 " + std::to_string(error_body)));
  // What no handler saw isn't observed.
  Script refused{.says = {"NONSENSE\r\n\r\n"}};
  (void)served(refused, handler, {}, false, {}, observer);
  EXPECT_EQ(observed.size(), 3U);
}

/// The peer says `says`, stays silent, and leaves when it asks for /plain.
std::string served_staying(std::deque<std::string> says, const Handler& handler) {
  Script script{.says = std::move(says), .hangs_up = false, .stays = true};
  return served(script, [&](Request& request) -> asio::awaitable<Response> {
    if (request.path == "/plain") script.hangs_up = true;
    return handler(request);
  });
}

/// Says its pieces, then waits to be cancelled, or ends.
class ToldStream final : public Stream {
 public:
  struct Life {
    bool cancelled = false;
    bool destroyed = false;
    bool inside = false;  ///< of next()
    std::function<void()> when_waiting;
  };
  ToldStream(std::deque<std::string> pieces, bool ends, Life& life) : pieces_{std::move(pieces)}, ends_{ends}, life_{life} {}
  ~ToldStream() override {
    EXPECT_FALSE(life_.inside) << "joined before it is let go";
    life_.destroyed = true;
  }
  asio::awaitable<Result<std::string>> next() override {
    EXPECT_FALSE(life_.cancelled) << "nobody asks a cancelled stream";
    life_.inside = true;
    co_await asio::post(asio::use_awaitable);
    std::string piece;
    if (!pieces_.empty()) {
      piece = std::move(pieces_.front());
      pieces_.pop_front();
    } else if (!ends_) {
      asio::steady_timer timer{co_await asio::this_coro::executor, asio::steady_timer::time_point::max()};
      timer_ = &timer;
      if (life_.when_waiting) asio::post(co_await asio::this_coro::executor, life_.when_waiting);
      boost::system::error_code ignored;
      co_await timer.async_wait(asio::redirect_error(asio::use_awaitable, ignored));
      timer_ = nullptr;
    }
    life_.inside = false;
    if (piece == "throw") throw std::runtime_error{"secret"};
    if (piece == "fail") co_return fail(ErrorKind::internal, "secret");
    co_return piece;
  }
  void cancel() noexcept override {
    life_.cancelled = true;
    if (timer_) timer_->cancel();
  }

 private:
  std::deque<std::string> pieces_;
  bool ends_;
  Life& life_;
  asio::steady_timer* timer_ = nullptr;
};

Handler telling(std::deque<std::string> pieces, bool ends, ToldStream::Life& life, std::vector<std::uint64_t>* reported = nullptr) {
  return [=, &life](Request& request) -> asio::awaitable<Response> {
    if (request.path == "/plain") co_return plain(200, "for " + request.path);
    Response response{.status = 200};
    response.fields.set("Content-Type", "text/event-stream");
    response.stream = std::make_unique<ToldStream>(pieces, ends, life);
    if (reported) response.on_finished = [reported](ByteCount sent) { reported->push_back(sent.value); };
    co_return response;
  };
}

/// The content of the one chunked answer that `text` begins with, and what follows it.
std::pair<std::string, std::string> unchunked(std::string_view text) {
  text.remove_prefix(text.find("\r\n\r\n") + 4);
  ChunkedDecoder decoder;
  std::string content;
  while (!decoder.done()) {
    const auto step = decoder.take(text);
    if (!step || step->used == 0) return {content, "(cut)"};
    content += step->content;
    text.remove_prefix(step->used);
  }
  return {content, std::string(text)};
}

TEST(Streaming, GoesOutChunkedAndKeepsTheConnection) {
  ToldStream::Life life;
  std::vector<std::uint64_t> reported;
  const std::string long_piece(kLargestStreamPiece, 'x');
  const auto got = served_staying({"GET /s HTTP/1.1\r\nHost: x\r\n\r\n", "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n"},
                                  telling({"one\n", "two\n", long_piece}, true, life, &reported));
  EXPECT_THAT(got, HasSubstr("\r\nTransfer-Encoding: chunked\r\n"));
  EXPECT_THAT(got.substr(0, got.find("\r\n\r\n")), Not(HasSubstr("Content-Length")));
  const auto [content, rest] = unchunked(got);
  EXPECT_EQ(content, "one\ntwo\n" + long_piece);
  EXPECT_THAT(rest, StartsWith("HTTP/1.1 200 OK\r\n"));
  EXPECT_THAT(rest, EndsWith("for /plain\n"));
  EXPECT_EQ(reported, std::vector<std::uint64_t>{8 + kLargestStreamPiece});
  EXPECT_TRUE(life.destroyed);
}

TEST(Streaming, WhatThePeerSaysMeanwhileIsItsNextRequest) {
  ToldStream::Life life;
  const auto got = served_staying({"GET /s HTTP/1.1\r\nHost: x\r\n\r\n", "GET /pl", "ain HTTP/1.1\r\nHost: x\r\n\r\n"},
                                  telling({"one", "two", "three"}, true, life));
  const auto [content, rest] = unchunked(got);
  EXPECT_EQ(content, "onetwothree");
  EXPECT_THAT(rest, EndsWith("for /plain\n"));
}

TEST(Streaming, APeerThatSaysTooMuchMeanwhileIsDropped) {
  ToldStream::Life life;
  Script script{.says = {"GET /s HTTP/1.1\r\nHost: x\r\n\r\n"}, .hangs_up = false, .stays = true};
  for (std::size_t said = 0; said < 2 * kLargestHeaderBlock; said += 1000) script.says.emplace_back(1000, 'x');
  (void)served(script, telling({"one\n"}, false, life));
  EXPECT_TRUE(life.cancelled);
  EXPECT_TRUE(life.destroyed);
}

TEST(Streaming, ToOldHttpItGoesOutUntilTheEndOfTheConnection) {
  ToldStream::Life life;
  const auto got = served_staying({"GET /s HTTP/1.0\r\n\r\nGET /plain HTTP/1.0\r\n\r\n"}, telling({"one\n", "two\n"}, true, life));
  EXPECT_THAT(got, Not(HasSubstr("Transfer-Encoding")));
  EXPECT_THAT(got, HasSubstr("Connection: close\r\n"));
  EXPECT_THAT(got, EndsWith("\r\n\r\none\ntwo\n"));
}

TEST(Streaming, HeadAsksForNothing) {
  ToldStream::Life life;
  const auto got =
      served_staying({"HEAD /s HTTP/1.1\r\nHost: x\r\n\r\nGET /plain HTTP/1.1\r\nHost: x\r\n\r\n"}, telling({"one\n"}, false, life));
  EXPECT_EQ(answers_in(got), 2U);
  EXPECT_THAT(got, Not(HasSubstr("one")));
  EXPECT_TRUE(life.destroyed);
}

TEST(Streaming, APeerThatLeavesEndsAStreamThatWaits) {
  ToldStream::Life life;
  std::vector<std::uint64_t> reported;
  Script script{.says = {"GET /s HTTP/1.1\r\nHost: x\r\n\r\n"}, .hangs_up = false, .stays = true};
  life.when_waiting = [&] {
    EXPECT_EQ(script.phase, net::Phase::stream) << "a drain would end it at once";
    script.leave();
  };
  const auto got = served(script, telling({"one\n"}, false, life, &reported));
  EXPECT_TRUE(life.cancelled);
  EXPECT_TRUE(life.destroyed);
  EXPECT_THAT(got, EndsWith("\r\none\n\r\n")) << "without a last chunk";
  EXPECT_EQ(reported, std::vector<std::uint64_t>{4});
}

TEST(Streaming, APeerThatReadsNoMoreIsDropped) {
  ToldStream::Life life;
  Script script{.says = {"GET /s HTTP/1.1\r\nHost: x\r\n\r\n"}, .hangs_up = false, .stays = true, .takes = 2};
  const auto got = served(script, telling({"one\n", "two\n", "three\n"}, false, life));
  EXPECT_THAT(got, EndsWith("\r\none\n\r\n"));
  EXPECT_TRUE(life.destroyed);
}

TEST(Streaming, ADrainEndsItBeforeTheNextPiece) {
  ToldStream::Life life;
  bool draining = false;
  Script script{.says = {"GET /s HTTP/1.1\r\nHost: x\r\n\r\n"}, .hangs_up = false, .stays = true};
  const testing::ManualClock clock;
  asio::io_context loop;
  asio::co_spawn(loop,
                 http::serve(
                     std::make_unique<ScriptedTransport>(script, loop),
                     [&](Request& request) -> asio::awaitable<Response> {
                       draining = true;
                       co_return co_await telling({"one\n"}, false, life)(request);
                     },
                     {}, [&] { return draining; }, clock),
                 [](std::exception_ptr failure) {
                   if (failure) std::rethrow_exception(failure);
                 });
  loop.run();
  EXPECT_THAT(script.got, Not(HasSubstr("one")));
  EXPECT_TRUE(life.destroyed);
}

TEST(Streaming, WhatBreaksOffLooksBrokenOff) {
  for (const auto* trouble : {"fail", "throw"}) {
    ToldStream::Life life;
    const auto got = served_staying({"GET /s HTTP/1.1\r\nHost: x\r\n\r\n", "GET /plain HTTP/1.1\r\nHost: x\r\n\r\n"},
                                    telling({"one\n", trouble}, true, life));
    EXPECT_THAT(got, EndsWith("\r\none\n\r\n")) << trouble;
    EXPECT_EQ(answers_in(got), 1U);
    EXPECT_THAT(got, Not(HasSubstr("secret")));
    EXPECT_TRUE(life.destroyed);
  }
}

TEST(Chunked, RefusesWhatTwoReadersCouldReadDifferently) {
  for (const std::string_view bad :
       {"5\nhello\n0\n\n", "5\r\nhelloX\r\n", "5 \r\nhello\r\n0\r\n\r\n", "0x5\r\nhello\r\n0\r\n\r\n", "-5\r\nhello\r\n", "+5\r\nhello\r\n",
        "\r\n", "5\r\nhello\r0\r\n", "10000000000000000\r\n", "5;\x01\r\nhello\r\n", "0\r\nA: b\nC: d\r\n\r\n"}) {
    ChunkedDecoder decoder;
    auto rest = bad;
    bool refused = false;
    while (!refused && !rest.empty() && !decoder.done()) {
      const auto step = decoder.take(rest);
      refused = !step;
      if (step) rest.remove_prefix(step->used);
    }
    EXPECT_TRUE(refused) << bad;
  }
  EXPECT_FALSE(ChunkedDecoder{}.take(std::string(kLongestChunkLine + 2, '0')));
}

using namespace std::chrono_literals;

/// A peer that drips: one byte each time, after a moment that is real but short.
std::string served_dripping(const std::string& head, const Handler& handler, const Deadlines& deadlines) {
  Script script{.says = {head}, .drips = true};
  return served(script, handler, deadlines);
}

TEST(Drip, ABodyThatNobodyWantsHasAnEnd) {
  // A byte each millisecond within every deadline for a piece; 65,000 of them would be waited for.
  const auto got =
      served_dripping("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 65000\r\n\r\n", ignores_the_body, {.unwanted_body = 50ms});
  EXPECT_EQ(answers_in(got), 1U);
  EXPECT_THAT(got, HasSubstr("for /a"));
}

TEST(Drip, ABodyThatIsWantedComesFastEnoughOrNotAtAll) {
  const auto got = served_dripping("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 65000\r\n\r\n", echo,
                                   {.body_window = 50ms, .least_in_window = 60'000, .unwanted_body = 50ms});
  EXPECT_EQ(answers_in(got), 1U);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 408 "));
  EXPECT_THAT(got, HasSubstr("Connection: close"));
}

TEST(Drip, WhoeverWaitsForTheAnswersEndHearsOfIt) {
  int reported = 0;
  const auto handler = [&](Request& request) -> asio::awaitable<Response> {
    const auto text = co_await request.body->read_all(ByteCount{1 << 20});
    auto response = text ? plain(200, *text) : problem(500, "internal", "The body could not be read.");
    response.on_finished = [&](ByteCount) { ++reported; };
    co_return response;
  };
  const auto got = served_dripping("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 65000\r\n\r\n", handler,
                                   {.body_window = 50ms, .least_in_window = 60'000, .unwanted_body = 50ms});
  EXPECT_THAT(got, StartsWith("HTTP/1.1 408 "));
  EXPECT_EQ(reported, 1);
}

TEST(Drip, ASlowBodyThatKeepsUpIsRead) {
  const auto got = served_dripping("POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 40\r\n\r\n", echo,
                                   {.header = 50ms, .body_window = 5ms, .least_in_window = 1, .unwanted_body = 50ms});
  EXPECT_THAT(got, StartsWith("HTTP/1.1 200 "));
}

TEST(Drip, AHandlersOwnTimeIsNotThePeers) {
  const auto slow_handler = [](Request& request) -> asio::awaitable<Response> {
    asio::steady_timer pause{co_await asio::this_coro::executor, 600ms};
    co_await pause.async_wait(asio::use_awaitable);
    co_return co_await echo(request);
  };
  Script script{.says = {"POST /a HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\n", "bo", "dy"}};
  EXPECT_THAT(served(script, slow_handler, {.body_window = 500ms, .least_in_window = 60'000}), StartsWith("HTTP/1.1 200 "));
}

Guards serving_only_ours() {
  return {.serves_host = [](std::string_view host) { return host == "ours" || host == "also-ours"; }};
}

/// The status of one request on a connection whose handshake named `server_name`.
std::string status_for(const std::string& server_name, const std::string& target, const std::string& host) {
  Script script{.says = {"GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n\r\n"}};
  script.server_name = server_name;
  return served(script, ignores_the_body, {}, false, serving_only_ours()).substr(9, 3);
}

TEST(Misdirected, AHostThatIsNotOursOnAConnectionMadeForAnotherName) {
  EXPECT_EQ(status_for("ours", "/", "ours"), "200");
  EXPECT_EQ(status_for("ours", "/", "OURS.:8443"), "200");
  EXPECT_EQ(status_for("ours", "/", "also-ours"), "200");
  EXPECT_EQ(status_for("ours", "/", "stranger"), "421");
  EXPECT_EQ(status_for("ours", "/", "192.0.2.7"), "421");
  EXPECT_EQ(status_for("ours", "http://stranger/", "ours"), "421") << "the absolute form wins";
  EXPECT_EQ(status_for("ours", "https://ours/", "stranger"), "200");
  EXPECT_EQ(status_for("", "/", "stranger"), "200") << "who named nothing is answered as ever";
  EXPECT_EQ(status_for("", "https://stranger/", "ours"), "200");
}

asio::awaitable<Response> tells_the_peer(Request& request) { co_return plain(200, "peer " + request.peer.address); }

std::string behind_proxy(const std::string& fields, net::AddressLimits* limits, const std::string& address = "10.0.0.1") {
  Script script{.says = {"GET / HTTP/1.1\r\nHost: x\r\n" + fields + "\r\n"}};
  script.address = address;
  return served(script, tells_the_peer, {}, false,
                {.proxies = std::make_shared<const TrustedProxies>(TrustedProxies{.networks = {IpNetwork::parse("10.0.0.0/8").value()}}),
                 .limits = limits});
}

TEST(BehindAProxy, ARequestIsItsClients) {
  net::AddressLimits limits{1, {}};
  EXPECT_THAT(behind_proxy("X-Forwarded-For: 203.0.113.9\r\n", &limits), EndsWith("peer 203.0.113.9\n"));
  EXPECT_EQ(limits.subscribers(), 0U) << "counted while it is answered, and no longer";
  EXPECT_THAT(behind_proxy("", &limits), EndsWith("peer 10.0.0.1\n"));
  EXPECT_THAT(behind_proxy("X-Forwarded-For: 203.0.113.9\r\n", &limits, "198.51.100.1"), EndsWith("peer 198.51.100.1\n"));
  EXPECT_THAT(behind_proxy("X-Forwarded-For: nonsense\r\n", &limits), StartsWith("HTTP/1.1 400 "));
  const auto held = limits.take(IpAddress::parse("203.0.113.9").value());
  EXPECT_THAT(behind_proxy("X-Forwarded-For: 203.0.113.9\r\n", &limits), StartsWith("HTTP/1.1 429 "));
  EXPECT_THAT(behind_proxy("X-Forwarded-For: 203.0.113.10\r\n", &limits), StartsWith("HTTP/1.1 200 "));
}

TEST(BehindAProxy, AHeadOfAStrangersProxyIsRefusedAtOnce) {
  EXPECT_THAT(served({"PROXY TCP4 203.0.113.9 127.0.0.1 1 443\r\nGET / HTTP/1.1\r\nHost: x\r\n\r\n"}), StartsWith("HTTP/1.1 400 "));
  Script binary{.says = {std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c", 16) + std::string(12, 'x')}, .hangs_up = false};
  EXPECT_THAT(served(binary, echo), StartsWith("HTTP/1.1 400 "));
}

TEST(Protocols, WhatIsNotSpokenHereIsClosedWithoutAWord) {
  Script script{.says = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}, .protocol = "spdy/3"};
  EXPECT_EQ(served(script, echo), "");
  EXPECT_EQ(script.reads, 0);
}

TEST(SecurityFields, AreInEveryAnswer) {
  const auto over_tls = [](const std::string& host) { return served({"GET / HTTP/1.1\r\nHost: " + host + "\r\n\r\n"}, ignores_the_body); };
  EXPECT_THAT(over_tls("pod.example.org:8443"), HasSubstr("\r\nStrict-Transport-Security: max-age=31536000\r\n"));
  for (const auto* here : {"localhost", "pod.localhost:8443", "127.0.0.1", "[::1]:8443", "198.51.100.1", "localhost."})
    EXPECT_THAT(over_tls(here), Not(HasSubstr("Strict-Transport-Security"))) << here;
  EXPECT_THAT(over_tls("localhost"), HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n"));
  EXPECT_THAT(served({"GET nonsense\r\n\r\n"}), HasSubstr("\r\nX-Content-Type-Options: nosniff\r\n")) << "a refusal, too";
}

TEST(SecurityFields, SayWhatAPageMayLoadAndWhoMayFrameIt) {
  const auto page_with = [](std::function<void(Response&)> change) {
    Script script{.says = {"GET / HTTP/1.1\r\nHost: x\r\n\r\n"}};
    return served(script, [change = std::move(change)](Request&) -> asio::awaitable<Response> {
      auto response = html(200, "<p>Hello");
      change(response);
      co_return response;
    });
  };
  EXPECT_THAT(
      page_with([](Response&) {}),
      AllOf(HasSubstr("\r\nContent-Security-Policy: default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'\r\n"),
            HasSubstr("\r\nReferrer-Policy: no-referrer\r\n")))
      << "nothing, unless the page says more";
  EXPECT_THAT(
      page_with([](Response& response) {
        *response.policy = {.styles = "'self'", .images = "'self' data:", .forms = "'self'", .ancestors = "*", .referrer = "same-origin"};
        response.policy->also_self = "https://origin.example.org";
      }),
      AllOf(HasSubstr("img-src 'self' https://origin.example.org data:; "), HasSubstr("style-src 'self' https://origin.example.org; "),
            HasSubstr("form-action 'self'; "), HasSubstr("frame-ancestors *\r\n"), HasSubstr("\r\nReferrer-Policy: same-origin\r\n")));
  EXPECT_THAT(page_with([](Response& response) { response.policy.reset(); }), Not(HasSubstr("Content-Security-Policy")));
}

}  // namespace
}  // namespace carillon::http::h1
