#include "http/h1/server.hpp"

#include "base/testing/testing.hpp"
#include "http/h1/chunked.hpp"
#include "http/h1/request_head.hpp"
#include "net/asio.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <deque>
#include <stdexcept>

namespace carillon::http::h1 {
namespace {

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
};

class ScriptedTransport final : public net::Transport {
 public:
  explicit ScriptedTransport(Script& script) : script_{script} {}
  const net::Peer& peer() const noexcept override { return peer_; }
  bool encrypted() const noexcept override { return true; }
  void set_idle(bool) noexcept override {}
  asio::awaitable<void> close(net::Within) override { co_return; }

  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte> into, net::Within) override {
    ++script_.reads;
    if (script_.says.empty()) {
      if (script_.hangs_up) co_return std::size_t{0};
      co_return fail(ErrorKind::unavailable, "the peer took too long");
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
    script_.got += head + whole(body).value();
    co_return net::Sent{body.length(), {}};
  }

 private:
  Script& script_;
  net::Peer peer_;
};

/// Serves the peer to its end with `handler`.
std::string served(Script& script, const Handler& handler, Deadlines deadlines = {}, bool draining = false) {
  const testing::ManualClock clock;
  asio::io_context loop;
  asio::co_spawn(loop,
                 serve(
                     std::make_unique<ScriptedTransport>(script), handler, deadlines, [draining] { return draining; }, clock),
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

TEST(Server, ABodyCutShortIsNoRequest) {
  EXPECT_THAT(served({"POST /b HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\n\r\nhi"}), Not(HasSubstr("[hi")));
  EXPECT_THAT(served({"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhi"}), Not(HasSubstr("[hi")));
}

TEST(Server, ABrokenBodyEndsTheConnection) {
  const auto got = served({"POST /b HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nZ\r\n\r\nGET /c HTTP/1.1\r\nHost: x\r\n\r\n"});
  EXPECT_EQ(answers_in(got), 1U);
  EXPECT_THAT(got, StartsWith("HTTP/1.1 422 "));
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
  std::vector<std::uint64_t> told;
  const auto handler = [&](Request&) -> asio::awaitable<Response> {
    auto response = plain(200, "four");
    response.on_finished = [&](ByteCount sent) { told.push_back(sent.value); };
    co_return response;
  };
  (void)served({"GET /a HTTP/1.1\r\nHost: x\r\n\r\nHEAD /a HTTP/1.1\r\nHost: x\r\n\r\n"}, handler);
  EXPECT_EQ(told, (std::vector<std::uint64_t>{5, 0}));
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

}  // namespace
}  // namespace carillon::http::h1
