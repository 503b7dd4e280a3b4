// Where a request goes is decided by the address that is connected to, whatever a name answered before, and however often it changes its
// answer. The names under .test are answered here, by a getaddrinfo(3) that stands before the system's.

#include "base/testing/testing.hpp"
#include "base/text.hpp"
#include "http/client/outgoing.hpp"
#include "http/server/serve.hpp"
#include "net/asio.hpp"
#include "net/server.hpp"

#include <gtest/gtest.h>

#include <dlfcn.h>
#include <netdb.h>

#include <atomic>
#include <deque>
#include <map>
#include <mutex>

namespace carillon::http {
namespace {

/// What each name answers, one answer after the other; the last one stays. Addresses of one answer stand apart by blanks.
struct Zone {
  std::mutex mutex;
  std::map<std::string, std::deque<std::string>, std::less<>> answers;
  int asked = 0;
};

Zone& zone() {
  static Zone one;
  return one;
}

std::optional<std::string> answer_for(std::string_view name) {
  auto& known = zone();
  const std::lock_guard lock{known.mutex};
  const auto found = known.answers.find(name);
  if (found == known.answers.end()) return {};
  ++known.asked;
  auto address = found->second.front();
  if (found->second.size() > 1) found->second.pop_front();
  return address;
}

}  // namespace
}  // namespace carillon::http

extern "C" int getaddrinfo(const char* node, const char* service, const addrinfo* hints, addrinfo** found) {
  using Function = int (*)(const char*, const char*, const addrinfo*, addrinfo**);
  static const auto real = reinterpret_cast<Function>(::dlsym(RTLD_NEXT, "getaddrinfo"));
  const auto answer = node ? carillon::http::answer_for(node) : std::nullopt;
  if (!answer) return real(node, service, hints, found);
  // Several addresses of one name, in their order.
  addrinfo** end = found;
  int code = EAI_NONAME;
  for (const auto address : carillon::split(*answer, ' ')) {
    code = real(std::string(address).c_str(), service, hints, end);
    if (code != 0) return code;
    while (*end != nullptr) end = &(*end)->ai_next;
  }
  return code;
}

namespace carillon::http {
namespace {

class OutgoingNames : public ::testing::Test {
 protected:
  OutgoingNames() {
    const auto serve = [this](std::atomic<int>& count) -> net::ConnectionHandler {
      return [this, &count](std::unique_ptr<net::Transport> transport) -> asio::awaitable<void> {
        ++count;
        return http::serve(std::move(transport), [](Request& request) { return answer(request); }, {}, [] { return false; }, clock_);
      };
    };
    // The same port on both sides, so that a connection is made wherever the guard lets it.
    Result<std::uint16_t> inner = fail(ErrorKind::unavailable, "not tried");
    for (int attempt = 0; attempt < 20 && !inner; ++attempt) {
      port_ = server_.listen_plain({.address = "127.0.0.2"}, serve(outer_)).value();
      inner = server_.listen_plain({.address = "127.0.0.1", .port = port_}, serve(inner_));
    }
    EXPECT_TRUE(inner);
    server_.start();
  }
  ~OutgoingNames() override {
    auto& known = zone();
    const std::lock_guard lock{known.mutex};
    known.answers.clear();
    known.asked = 0;
  }

  static asio::awaitable<Response> answer(Request& request) {
    if (request.path == "/to") co_return redirect(307, *request.query_parameter("where"));
    auto response = plain(200, "reached");
    response.close = true;  // the next request has to ask the name again
    co_return response;
  }
  static void name(const std::string& name, std::deque<std::string> addresses) {
    auto& known = zone();
    const std::lock_guard lock{known.mutex};
    known.answers[name] = std::move(addresses);
  }
  std::string url(const std::string& host, const std::string& path = "/") { return "http://" + host + ":" + std::to_string(port_) + path; }
  Result<OutgoingAnswer> get(const std::string& url) { return outgoing_->exchange({.url = url, .redirects = 3}); }

  testing::ManualClock clock_;
  std::atomic<int> outer_ = 0, inner_ = 0;  ///< connections
  net::Server server_{1};
  std::uint16_t port_ = 0;
  /// 127.0.0.2 stands for the public internet.
  std::unique_ptr<Outgoing> outgoing_ = make_outgoing({.allow = {"127.0.0.2"}}).value();
};

TEST_F(OutgoingNames, ThatLeadToOnesOwnNetworkAreRefused) {
  for (const auto* address : {"127.0.0.1", "127.1.2.3", "0.0.0.0", "10.0.0.1", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
                              "::1", "::", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "fe80::1", "fd00::1", "64:ff9b::7f00:1",
                              "64:ff9b::a9fe:a9fe", "64:ff9b::10.0.0.1", "2002:7f00:1::1"}) {
    name("inner.test", {address});
    outgoing_ = make_outgoing({.allow = {"127.0.0.2"}}).value();  // nobody remembers the last answer
    const auto refused = get(url("inner.test"));
    ASSERT_FALSE(refused) << address;
    EXPECT_EQ(refused.error().kind, ErrorKind::refused) << address << ": " << refused.error().message;
    EXPECT_TRUE(refused.error().message.contains("[outgoing] allow")) << refused.error().message;
  }
  EXPECT_EQ(zone().asked, 18) << "the names were answered here";
  EXPECT_EQ(inner_, 0);
  name("outer.test", {"127.0.0.2"});
  EXPECT_EQ(get(url("outer.test")).value().body, "reached\n");
}

TEST_F(OutgoingNames, ThatChangeTheirAnswerAreJudgedByTheOneThatIsConnectedTo) {
  name("changing.test", {"127.0.0.2", "127.0.0.1"});
  EXPECT_TRUE(get(url("changing.test")));
  EXPECT_EQ(outer_, 1);
  outgoing_ = make_outgoing({.allow = {"127.0.0.2"}}).value();
  const auto refused = get(url("changing.test"));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  EXPECT_EQ(inner_, 0);
}

TEST_F(OutgoingNames, AreJudgedAnewOnEveryRedirect) {
  name("outer.test", {"127.0.0.2"});
  name("inner.test", {"127.0.0.1"});
  const auto refused = get(url("outer.test", "/to?where=" + url("inner.test")));
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().kind, ErrorKind::refused);
  // The same name, which answers something else the second time.
  name("changing.test", {"127.0.0.2", "127.0.0.1"});
  const auto round = get(url("outer.test", "/to?where=" + url("changing.test", "/to?where=" + url("inner.test"))));
  ASSERT_FALSE(round);
  EXPECT_EQ(round.error().kind, ErrorKind::refused);
  EXPECT_EQ(inner_, 0);
}

TEST_F(OutgoingNames, ThatLeadInsideAndOutsideAreReachedOutsideAlone) {
  for (const auto* both : {"127.0.0.1 127.0.0.2", "10.0.0.1 127.0.0.1 127.0.0.2", "127.0.0.2 127.0.0.1"}) {
    name("both.test", {both});
    outgoing_ = make_outgoing({.allow = {"127.0.0.2"}}).value();
    EXPECT_EQ(get(url("both.test")).value().body, "reached\n") << both;
  }
  EXPECT_EQ(outer_, 3);
  EXPECT_EQ(inner_, 0);
}

TEST_F(OutgoingNames, AreJudgedHoweverAnAddressIsSpelled) {
  name("outer.test", {"127.0.0.2"});
  for (const auto* host : {"127.0.0.1",
                           "2130706433",
                           "0x7f000001",
                           "0x7F.0.0.1",
                           "0177.0.0.1",
                           "017700000001",
                           "127.1",
                           "127.0.1",
                           "127.0.0.1.",
                           "0",
                           "0.0.0.0",
                           "[::1]",
                           "[::]",
                           "[::ffff:127.0.0.1]",
                           "[::ffff:7f00:1]",
                           "[64:ff9b::7f00:1]",
                           "user@127.0.0.1",
                           "user:word@127.0.0.1",
                           "outer.test@127.0.0.1",
                           "outer.test:1@2130706433",
                           "localhost",
                           "localhost.",
                           "a.localhost"}) {
    EXPECT_FALSE(get(url(host))) << host;
    EXPECT_FALSE(get(url("outer.test", "/to?where=" + url(host)))) << "after a redirect to " << host;
  }
  EXPECT_EQ(inner_, 0);
}

TEST_F(OutgoingNames, ThatTheCallerLookedUpAreReachedThereAndNowhereElse) {
  name("moving.test", {"127.0.0.1"});
  const auto there = outgoing_->exchange({.url = url("moving.test"), .connect_to = "127.0.0.2"});
  EXPECT_EQ(there.value().body, "reached\n") << "whatever the name answers now";
  EXPECT_EQ(zone().asked, 0);
  name("outer.test", {"127.0.0.2"});
  for (const auto* inside : {"127.0.0.1", "::1", "::ffff:127.0.0.1", "10.0.0.1", "0.0.0.0"}) {
    const auto refused = outgoing_->exchange({.url = url("outer.test"), .connect_to = inside});
    ASSERT_FALSE(refused) << inside;
    EXPECT_EQ(refused.error().kind, ErrorKind::refused) << inside << ": " << refused.error().message;
  }
  EXPECT_EQ(inner_, 0);
}

}  // namespace
}  // namespace carillon::http
