// Too many connections: who is served, who goes, and whose they are behind a proxy.

#include "base/testing/testing.hpp"
#include "net/asio.hpp"
#include "net/server.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <future>

namespace carillon::net {
namespace {

using namespace std::chrono_literals;

/// Longer than anything here takes; a test that waits this long has failed.
constexpr Within kPatience = 120s;
constexpr std::size_t kMax = 8;
/// Answers never stand still for so long, however busy the machine is.
constexpr auto kNever = std::chrono::hours{24};

FileDescriptor connected_to(std::uint16_t port) {
  FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const timeval patience{.tv_sec = kPatience / 1s, .tv_usec = 0};
  ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  EXPECT_EQ(::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  return socket;
}

void say(const FileDescriptor& socket, std::string_view text) {
  EXPECT_EQ(::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL), static_cast<ssize_t>(text.size()));
}

/// What comes, up to a line's end; "" when the connection ends before that.
std::string line_of(const FileDescriptor& socket) {
  std::string text;
  for (char one = 0; ::recv(socket.get(), &one, 1, 0) == 1;) {
    text += one;
    if (one == '\n') return text;
  }
  return {};
}

/// Speaks lines: "hello" is answered with the peer and leaves it idle; "half" is a head that goes on; "body" one that was understood.
/// It enters a phase before it answers: a client that has its line knows that the server has noted the phase, on whichever loop.
asio::awaitable<void> talk(std::unique_ptr<Transport> transport) {
  Bytes piece(64);
  while (true) {
    const auto got = co_await transport->read_some(piece, kPatience);
    if (!got || *got == 0) break;
    const std::string said{as_text(std::span{piece}.first(*got))};
    if (said.starts_with("half")) transport->enter(Phase::arriving);
    if (said.starts_with("body")) transport->enter(Phase::exchange);
    if (said.starts_with("hello")) transport->enter(Phase::idle);
    const auto sent = co_await transport->write(transport->peer().address + "\n", Body{}, kPatience);
    if (!sent.outcome) break;
  }
  co_await transport->close(1s);
}

class Full : public ::testing::Test {
 protected:
  std::uint16_t serve(ServerOptions options = {.loops = 2, .connections = kMax}) {
    server_ = std::make_unique<Server>(std::move(options));
    port_ = server_->listen_plain({"127.0.0.1", 0}, talk).value();
    server_->start();
    return port_;
  }
  /// A connection that has said `word` and was answered.
  FileDescriptor one_that_said(std::string_view word) {
    auto socket = connected_to(port_);
    say(socket, word);
    EXPECT_EQ(line_of(socket), "127.0.0.1\n") << word;
    return socket;
  }
  static bool still_answered(const FileDescriptor& socket) {
    return ::send(socket.get(), "hello", 5, MSG_NOSIGNAL) == 5 && !line_of(socket).empty();
  }

  std::unique_ptr<Server> server_;
  std::uint16_t port_ = 0;
};

TEST_F(Full, EveryNewcomerIsServedAndTheLongestIdleGoes) {
  serve();
  std::vector<FileDescriptor> flood;
  for (std::size_t i = 0; i < kMax; ++i) flood.push_back(one_that_said("hello"));
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(still_answered(one_that_said("hello"))) << i;
  EXPECT_FALSE(still_answered(flood.front()));
}

TEST_F(Full, ThoseThatNeverSayAWholeRequestGoBeforeAnswersAndBehindIdleOnes) {
  serve({.loops = 1, .connections = 4});
  const auto answered = one_that_said("body"), half = one_that_said("half"), silent = connected_to(port_), idle = one_that_said("hello");
  const auto first = one_that_said("body");
  EXPECT_EQ(line_of(idle), "") << "it went first, although it came last";
  const auto second = one_that_said("body");
  EXPECT_EQ(line_of(half), "");
  const auto third = one_that_said("body");
  EXPECT_EQ(line_of(silent), "") << "whoever says nothing at all is no better";
  EXPECT_TRUE(still_answered(answered));
}

TEST_F(Full, WhileAllAreInsideAnAnswerANewcomerIsSentAway) {
  serve({.loops = 1, .connections = 2, .standstill = kNever});
  const auto one = one_that_said("body"), other = one_that_said("body");
  EXPECT_EQ(line_of(connected_to(port_)), "");
  EXPECT_TRUE(still_answered(one));
  EXPECT_TRUE(still_answered(other));
}

TEST_F(Full, AnAnswerThatStandsStillGoesForANewcomer) {
  serve({.loops = 1, .connections = 2, .standstill = 0s});
  const auto one = one_that_said("body"), other = one_that_said("body"), newcomer = one_that_said("body");
  EXPECT_EQ(line_of(one), "") << "the one that has stood still the longest";
  EXPECT_TRUE(still_answered(other));
  EXPECT_TRUE(still_answered(newcomer));
}

TEST_F(Full, OneAddressGetsItsShare) {
  serve({.loops = 2, .connections = 100, .connections_per_address = 3});
  {
    const auto one = one_that_said("hello"), two = one_that_said("hello"), three = one_that_said("hello");
    EXPECT_EQ(line_of(connected_to(port_)), "");
    EXPECT_TRUE(still_answered(one));
    EXPECT_EQ(server_->address_limits().subscribers(), 1U);
  }
  // What is over is given back as soon as the server sees it.
  const auto deadline = std::chrono::steady_clock::now() + kPatience;
  bool served = false;
  while (!served && std::chrono::steady_clock::now() < deadline) {
    const auto again = connected_to(port_);
    served = ::send(again.get(), "hello", 5, MSG_NOSIGNAL) == 5 && !line_of(again).empty();
  }
  EXPECT_TRUE(served);
}

TEST_F(Full, ExemptAddressesHaveNoShare) {
  serve({.loops = 1, .connections = 100, .connections_per_address = 1, .exempt = {IpNetwork::parse("127.0.0.0/8").value()}});
  const auto one = one_that_said("hello"), two = one_that_said("hello");
  EXPECT_TRUE(still_answered(one));
}

TEST_F(Full, TheControlSocketHasPlacesOfItsOwn) {
  const testing::TemporaryFolder folder;
  const auto path = (folder.path() / "control.sock").string();
  server_ = std::make_unique<Server>(ServerOptions{.loops = 1, .connections = 2});
  port_ = server_->listen_plain({"127.0.0.1", 0}, talk).value();
  ASSERT_TRUE(server_->listen_local(path, talk));
  server_->start();
  const auto one = one_that_said("body"), two = one_that_said("body");
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  path.copy(address.sun_path, path.size());
  std::vector<FileDescriptor> operators;
  for (int i = 0; i < 5; ++i) {
    operators.emplace_back(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
    ASSERT_EQ(::connect(operators.back().get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    say(operators.back(), "hello");
    EXPECT_EQ(line_of(operators.back()), "\n");
  }
}

/// Lowers the soft limit of descriptors for a while.
class FewDescriptors {
 public:
  explicit FewDescriptors(rlim_t most) {
    ::getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few{.rlim_cur = most, .rlim_max = before_.rlim_max};
    ::setrlimit(RLIMIT_NOFILE, &few);
  }
  ~FewDescriptors() { ::setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_{};
};

TEST_F(Full, WithoutADescriptorLeftTheLongestIdleGoesAndTheNewcomerIsServed) {
  serve({.loops = 1, .connections = 1000});
  std::vector<FileDescriptor> idle, newcomers;
  for (int i = 0; i < 10; ++i) idle.push_back(one_that_said("hello"));
  // The clients are part of this process: theirs come first, and then not one is left for the server.
  for (int i = 0; i < 5; ++i) newcomers.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  const int next = ::fcntl(newcomers.back().get(), F_DUPFD_CLOEXEC, 0);
  ::close(next);
  const FewDescriptors none_left{static_cast<rlim_t>(next)};
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port_), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  for (auto& newcomer : newcomers) {
    const timeval patience{.tv_sec = kPatience / 1s, .tv_usec = 0};
    ::setsockopt(newcomer.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ASSERT_EQ(::connect(newcomer.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    EXPECT_TRUE(still_answered(newcomer));
  }
  EXPECT_FALSE(still_answered(idle.front()));
}

TEST_F(Full, WithoutADescriptorAndWithoutAnIdleOneANewcomerIsToldToGo) {
  serve({.loops = 1, .connections = 1000, .standstill = kNever});
  const auto busy = one_that_said("body");
  const FileDescriptor newcomer{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int next = ::fcntl(newcomer.get(), F_DUPFD_CLOEXEC, 0);
  ::close(next);
  const FewDescriptors none_left{static_cast<rlim_t>(next)};
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(port_), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  ASSERT_EQ(::connect(newcomer.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  EXPECT_EQ(line_of(newcomer), "");
  EXPECT_TRUE(still_answered(busy));
}

class Proxied : public Full {
 protected:
  void SetUp() override {
    serve({.loops = 2, .connections = 100, .connections_per_address = 2, .proxies = {IpNetwork::parse("127.0.0.1").value()}});
  }
  /// What is answered to a connection that begins with `bytes`.
  std::string answer_to(std::string_view bytes) {
    const auto socket = connected_to(port_);
    say(socket, bytes);
    return line_of(socket);
  }
};

TEST_F(Proxied, AConnectionIsItsClients) {
  EXPECT_EQ(answer_to("PROXY TCP4 203.0.113.9 127.0.0.1 4711 443\r\nhello"), "203.0.113.9\n");
  EXPECT_EQ(answer_to("PROXY TCP6 2001:db8::7 ::1 4711 443\r\nhello"), "2001:db8::7\n");
  EXPECT_EQ(answer_to("PROXY UNKNOWN\r\nhello"), "127.0.0.1\n");
  EXPECT_EQ(answer_to("hello"), "127.0.0.1\n") << "one that sends no head is served as ever";
  EXPECT_EQ(answer_to(std::string("\r\n\r\n\0\r\nQUIT\n\x21\x11\0\x0c\xcb\0\x71\x09\x7f\0\0\1\0\1\1\xbbhello", 33)), "203.0.113.9\n");
}

TEST_F(Proxied, AHeadThatIsNoneEndsTheConnection) {
  EXPECT_EQ(answer_to("PROXY TCP4 203.0.113.9\r\nhello"), "");
  EXPECT_EQ(answer_to(std::string("\r\n\r\n\0\r\nQUIT\n\x21\x12\0\x0c\xcb\0\x71\x09\x7f\0\0\1\0\1\1\xbbhello", 33)), "");
}

TEST_F(Proxied, AHeadMayComeInPieces) {
  const auto socket = connected_to(port_);
  for (const char one : std::string_view{"PROXY TCP4 203.0.113.9 127.0.0.1 4711 443\r\nhello"}) say(socket, {&one, 1});
  EXPECT_EQ(line_of(socket), "203.0.113.9\n");
}

TEST_F(Proxied, TheLimitHoldsForClientsAndNotForTheProxy) {
  const auto client = [&](const std::string& address) {
    auto socket = connected_to(port_);
    say(socket, "PROXY TCP4 " + address + " 127.0.0.1 4711 443\r\nhello");
    return socket;
  };
  const auto one = client("203.0.113.9"), two = client("203.0.113.9"), third = client("203.0.113.9"), other = client("203.0.113.10");
  EXPECT_EQ(line_of(other), "203.0.113.10\n");
  const std::array answers{line_of(one), line_of(two), line_of(third)};
  EXPECT_EQ(std::ranges::count(answers, "203.0.113.9\n"), 2);
  EXPECT_EQ(std::ranges::count(answers, ""), 1);
}

TEST(Unproxied, AStrangersHeadIsAPartOfWhatItSays) {
  Server server{ServerOptions{.loops = 1, .proxies = {IpNetwork::parse("10.0.0.0/8").value()}}};
  const auto port = server.listen_plain({"127.0.0.1", 0}, talk).value();
  server.start();
  const auto socket = connected_to(port);
  say(socket, "PROXY TCP4 203.0.113.9 127.0.0.1 4711 443\r\nhello");
  EXPECT_EQ(line_of(socket), "127.0.0.1\n");
}

TEST(BoundPort, IsTakenBeforeAnybodyListens) {
  auto port = BoundPort::bind({"127.0.0.1", 0}).value();
  const auto number = port.port();
  ASSERT_NE(number, 0);
  const FileDescriptor early{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{.sin_family = AF_INET, .sin_port = htons(number), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
  EXPECT_NE(::connect(early.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  Server server{1};
  EXPECT_EQ(server.listen_plain(std::move(port), talk).value(), number);
  server.start();
  const auto socket = connected_to(number);
  say(socket, "hello");
  EXPECT_EQ(line_of(socket), "127.0.0.1\n");
}

}  // namespace
}  // namespace carillon::net
