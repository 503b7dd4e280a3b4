#include "http/client/outgoing.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"
#include "crypto/certificate_maker.hpp"
#include "http/server/serve.hpp"
#include "net/asio.hpp"
#include "net/server.hpp"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <thread>

namespace carillon::http {
namespace {

using namespace std::chrono_literals;
using carillon::testing::TemporaryFolder;

/// A peer on loopback, plain and with TLS; its certificate is for 127.0.0.1 alone.
class Peer final : public net::CertificateLookup {
 public:
  Peer() {
    SystemRandom random;
    const auto now = clock_.now();
    const auto root_key = crypto::PrivateKey::generate_p256().value();
    const auto root = crypto::make_root({.common_name = "peer root",
                                         .not_before = now - 1h,
                                         .not_after = now + 24h,
                                         .permitted_dns = {"localhost", "test"},
                                         .permitted_networks = {"127.0.0.0/255.0.0.0"}},
                                        root_key, random)
                          .value();
    const auto key = crypto::PrivateKey::generate_p256().value();
    const auto leaf = crypto::make_leaf({.common_name = "peer", .names = {"127.0.0.1"}, .not_before = now - 1h, .not_after = now + 24h},
                                        key, root, root_key, random)
                          .value();
    certificate_ = std::make_shared<const net::CertificateForTls>(net::CertificateForTls{{leaf.to_der().value()}, key.to_der().value()});
    trust = folder_.path() / "root.pem";
    EXPECT_TRUE(write_file(trust, root.to_pem().value()));

    const auto handler = [this](std::unique_ptr<net::Transport> transport) -> asio::awaitable<void> {
      ++connections;
      co_await serve(std::move(transport), [this](Request& request) { return answer(request); }, {}, [] { return false; }, clock_);
    };
    plain = server_.listen_plain({.address = "127.0.0.1"}, handler).value();
    tls = server_.listen_tls({.address = "127.0.0.1"}, *this, handler).value();
    second_address = server_.listen_plain({.address = "127.0.0.2"}, handler).value();
    raw = server_
              .listen_plain({.address = "127.0.0.1"},
                            [this](std::unique_ptr<net::Transport> transport) { return say_raw(std::move(transport)); })
              .value();
    server_.start();
  }

  [[nodiscard]] std::string http(const std::string& path) const { return "http://127.0.0.1:" + std::to_string(plain) + path; }
  [[nodiscard]] std::string https(const std::string& path) const { return "https://127.0.0.1:" + std::to_string(tls) + path; }
  [[nodiscard]] std::string other(const std::string& path) const { return "http://127.0.0.2:" + std::to_string(second_address) + path; }
  [[nodiscard]] std::string dripping() const { return "http://127.0.0.1:" + std::to_string(raw) + "/"; }

  std::shared_ptr<const net::CertificateForTls> certificate_for(std::string_view) const override { return certificate_; }

  std::filesystem::path trust;
  std::uint16_t plain = 0, tls = 0, second_address = 0, raw = 0;
  std::atomic<int> connections = 0;
  std::atomic<bool> raw_closes = false;
  std::string raw_answer = "HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\nthe beginning";

 private:
  asio::awaitable<Response> answer(Request& request) {
    if (request.path == "/to") co_return redirect(302, *request.query_parameter("where"));
    if (request.path == "/to307") co_return redirect(307, *request.query_parameter("where"));
    if (request.path == "/large") co_return plain_text(std::string(100'000, 'x'));
    if (request.path == "/many-fields") {
      Response response{.status = 200};
      for (int i = 0; i < 100; ++i) response.fields.add("X-Long", std::string(1000, 'x'));
      co_return response;
    }
    std::string text = std::string(name_of(request.method)) + " " + request.target;
    for (const auto* name : {"Authorization", "Content-Type", "X-Mine", "User-Agent"})
      if (const auto value = request.fields.get(name)) text += std::string("\n") + name + "=" + std::string(*value);
    const auto body = co_await request.body->read_all(ByteCount{1 << 20});
    if (body && !body->empty()) text += "\nbody=" + *body;
    auto response = plain_text(text);
    response.status = request.path == "/missing" ? 404 : 200;
    response.fields.add("Replay-Nonce", "n1");
    co_return response;
  }

  static Response plain_text(std::string text) {
    Response response{.status = 200};
    response.body = Body::of(std::move(text));
    return response;
  }

  asio::awaitable<void> say_raw(std::unique_ptr<net::Transport> transport) {
    co_await transport->write(raw_answer, Body{}, 5s);
    if (raw_closes) {
      co_await transport->close(5s);
      co_return;
    }
    // Then silence, until the other side has had enough.
    std::array<std::byte, 4096> piece;
    while (true) {
      const auto got = co_await transport->read_some(piece, 60s);
      if (!got || *got == 0) co_return;
    }
  }

  TemporaryFolder folder_;
  SystemClock clock_;
  std::shared_ptr<const net::CertificateForTls> certificate_;
  net::Server server_{1};
};

class OutgoingRequests : public ::testing::Test {
 protected:
  Result<OutgoingAnswer> get(const std::string& url, Reach reach = Reach::anywhere) {
    return outgoing_->exchange({.url = url, .redirects = 5, .reach = reach});
  }

  Peer peer_;
  std::unique_ptr<Outgoing> outgoing_ = make_outgoing({}).value();
};

TEST_F(OutgoingRequests, SendMethodFieldsAndBodyAndBringBackStatusFieldsAndBody) {
  OutgoingRequest request{.method = Method::post, .url = peer_.http("/missing?x=1"), .body = "{}", .reach = Reach::anywhere};
  request.fields.add("Content-Type", "application/jose+json");
  request.fields.add("X-Mine", "");
  const auto answer = outgoing_->exchange(request);
  ASSERT_TRUE(answer) << answer.error().message;
  EXPECT_EQ(answer->status, 404);
  EXPECT_EQ(answer->body, "POST /missing?x=1\nContent-Type=application/jose+json\nX-Mine=\nUser-Agent=Carillon\nbody={}");
  EXPECT_EQ(answer->fields.get("replay-nonce"), "n1");
}

TEST_F(OutgoingRequests, SpeakEveryMethod) {
  for (const auto method : {Method::get, Method::put, Method::patch, Method::del, Method::options}) {
    const auto answer = outgoing_->exchange({.method = method, .url = peer_.http("/"), .reach = Reach::anywhere});
    ASSERT_TRUE(answer) << answer.error().message;
    EXPECT_TRUE(answer->body.starts_with(std::string(name_of(method)) + " /")) << answer->body;
  }
  const auto head = outgoing_->exchange({.method = Method::head, .url = peer_.http("/"), .reach = Reach::anywhere});
  ASSERT_TRUE(head);
  EXPECT_EQ(head->body, "");
  EXPECT_EQ(head->fields.get("Replay-Nonce"), "n1");
}

TEST_F(OutgoingRequests, UseAConnectionAgain) {
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(get(peer_.http("/")));
  EXPECT_EQ(peer_.connections, 1);
}

TEST_F(OutgoingRequests, RefuseLoopbackForWhoeverDidNotConfigureIt) {
  for (const auto& url :
       {peer_.http("/"), peer_.https("/"), "http://localhost:" + std::to_string(peer_.plain) + "/",
        "http://2130706433:" + std::to_string(peer_.plain) + "/", "http://[::ffff:127.0.0.1]:" + std::to_string(peer_.plain) + "/",
        "http://0.0.0.0:" + std::to_string(peer_.plain) + "/"}) {
    const auto answer = get(url, Reach::public_only);
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().kind, ErrorKind::refused) << url << ": " << answer.error().message;
  }
  EXPECT_EQ(peer_.connections, 0);
}

TEST_F(OutgoingRequests, NeverLendAConnectionToWhoeverMayNotHaveIt) {
  ASSERT_TRUE(get(peer_.http("/"), Reach::anywhere));
  const auto answer = get(peer_.http("/"), Reach::public_only);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::refused);
}

TEST_F(OutgoingRequests, OpenNetworksThatTheOperatorAllows) {
  outgoing_ = make_outgoing({.allow = {"127.0.0.2"}}).value();
  EXPECT_TRUE(get(peer_.other("/"), Reach::public_only));
  EXPECT_FALSE(get(peer_.http("/"), Reach::public_only));
  EXPECT_FALSE(make_outgoing({.allow = {"127.0.0.0/33"}}));
}

TEST_F(OutgoingRequests, RefuseARedirectToAPrivateAddress) {
  outgoing_ = make_outgoing({.allow = {"127.0.0.2"}}).value();
  const auto answer = get(peer_.other("/to?where=" + peer_.http("/secret")), Reach::public_only);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::refused);
  EXPECT_EQ(peer_.connections, 1) << "only the first host was asked";
  EXPECT_TRUE(get(peer_.other("/to?where=" + peer_.other("/fine")), Reach::public_only));
}

TEST_F(OutgoingRequests, IgnoreAProxyOfTheEnvironmentWhenTheAddressIsSomebodyElses) {
  ::setenv("http_proxy", peer_.http("").c_str(), 1);
  const auto answer = get("http://localhost:1/", Reach::public_only);
  ::unsetenv("http_proxy");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::refused) << answer.error().message;
  EXPECT_EQ(peer_.connections, 0);
}

TEST_F(OutgoingRequests, FollowOnlyAsManyRedirectsAsAsked) {
  const auto twice = peer_.http("/to?where=" + std::string("%2Fto%3Fwhere%3D%2Fend"));
  EXPECT_EQ(outgoing_->exchange({.url = twice, .redirects = 0, .reach = Reach::anywhere}).value().status, 302);
  EXPECT_EQ(outgoing_->exchange({.url = twice, .redirects = 1, .reach = Reach::anywhere}).value().status, 302);
  const auto whole = outgoing_->exchange({.url = twice, .redirects = 2, .reach = Reach::anywhere}).value();
  EXPECT_EQ(whole.status, 200);
  EXPECT_TRUE(whole.body.starts_with("GET /end")) << whole.body;
}

TEST_F(OutgoingRequests, FollowNothingButHttp) {
  for (const auto* where : {"file:///etc/passwd", "ftp://127.0.0.1/", "gopher://127.0.0.1/"}) {
    const auto answer = get(peer_.http("/to?where=" + std::string(where)));
    ASSERT_FALSE(answer) << where;
    EXPECT_EQ(answer.error().kind, ErrorKind::invalid);
  }
}

TEST_F(OutgoingRequests, KeepSecretsFromTheHostThatTheyAreRedirectedTo) {
  OutgoingRequest request{.method = Method::post,
                          .url = peer_.other("/to307?where=" + peer_.http("/there")),
                          .body = "b",
                          .redirects = 1,
                          .reach = Reach::anywhere};
  request.fields.add("Authorization", "Bearer secret");
  request.fields.add("Content-Type", "text/plain");
  const auto answer = outgoing_->exchange(request).value();
  EXPECT_EQ(answer.body, "POST /there\nContent-Type=text/plain\nUser-Agent=Carillon\nbody=b");
  request.url = peer_.other("/to?where=/here");
  EXPECT_EQ(outgoing_->exchange(request).value().body, "GET /here\nAuthorization=Bearer secret\nUser-Agent=Carillon");
}

TEST_F(OutgoingRequests, GiveUpOnABodyThatDoesNotEndInTime) {
  const auto answer = outgoing_->exchange({.url = peer_.dripping(), .deadline = 200ms, .reach = Reach::anywhere});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
}

TEST_F(OutgoingRequests, RefuseAnAnswerThatIsTooLarge) {
  const auto answer = outgoing_->exchange({.url = peer_.http("/large"), .most = ByteCount{99'999}, .reach = Reach::anywhere});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::too_large);
  EXPECT_EQ(outgoing_->exchange({.url = peer_.http("/large"), .most = ByteCount{100'000}, .reach = Reach::anywhere}).value().body.size(),
            100'000U);
  const auto header = get(peer_.http("/many-fields"));
  ASSERT_FALSE(header);
  EXPECT_EQ(header.error().kind, ErrorKind::too_large);
}

TEST_F(OutgoingRequests, TellACutOffAnswerFromAWholeOne) {
  peer_.raw_closes = true;
  const auto cut_off = get(peer_.dripping());
  ASSERT_FALSE(cut_off);
  EXPECT_EQ(cut_off.error().kind, ErrorKind::unavailable);
  peer_.raw_answer = "HTTP/1.1 103 Early Hints\r\nX-A: early\r\n\r\nHTTP/1.1 200 OK\r\nX-B: late\r\nContent-Length: 5\r\n\r\nwhole";
  const auto whole = get(peer_.dripping());
  ASSERT_TRUE(whole) << whole.error().message;
  EXPECT_EQ(whole->body, "whole");
  EXPECT_FALSE(whole->fields.get("X-A"));
  EXPECT_EQ(whole->fields.get("X-B"), "late");
  peer_.raw_answer = "nonsense that is no HTTP\r\n\r\n";
  const auto nonsense = get("http://localhost:" + std::to_string(peer_.raw) + "/");
  ASSERT_FALSE(nonsense);
  EXPECT_EQ(nonsense.error().kind, ErrorKind::unavailable);
}

TEST_F(OutgoingRequests, TrustOnlyWhomTheyAreTold) {
  OutgoingRequest request{.url = peer_.https("/"), .reach = Reach::anywhere};
  const auto untrusted = outgoing_->exchange(request);
  ASSERT_FALSE(untrusted);
  EXPECT_EQ(untrusted.error().kind, ErrorKind::unavailable);
  request.trust = peer_.trust;
  EXPECT_TRUE(outgoing_->exchange(request));
  request.trust.clear();
  EXPECT_FALSE(outgoing_->exchange(request)) << "a connection of somebody who trusts is not lent to somebody who does not";
}

TEST_F(OutgoingRequests, RefuseACertificateForAnotherName) {
  OutgoingRequest request{.url = "https://localhost:" + std::to_string(peer_.tls) + "/", .trust = peer_.trust, .reach = Reach::anywhere};
  const auto answer = outgoing_->exchange(request);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(answer.error().message.contains("localhost")) << answer.error().message;
}

TEST_F(OutgoingRequests, SayWhatIsNoAddress) {
  for (const auto* url : {"", "/path", "example.org", "file:///etc/passwd", "ftp://example.org/", "http://", "http:// x/",
                          "https://exa mple.org/", "http://example.org:99999/", "javascript:alert(1)"}) {
    const auto answer = get(url);
    ASSERT_FALSE(answer) << url;
    EXPECT_EQ(answer.error().kind, ErrorKind::invalid) << url << ": " << answer.error().message;
  }
  OutgoingRequest split{.url = peer_.http("/"), .reach = Reach::anywhere};
  split.fields.add("X-Mine", "a\r\nX-Other: b");
  EXPECT_EQ(outgoing_->exchange(split).error().kind, ErrorKind::invalid);
}

TEST_F(OutgoingRequests, SayThatNobodyAnswers) {
  const auto answer = get("http://127.0.0.1:1/secret-path");
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().kind, ErrorKind::unavailable);
  EXPECT_FALSE(answer.error().message.contains("secret-path")) << answer.error().message;
}

TEST_F(OutgoingRequests, RunSideBySide) {
  constexpr int kThreads = 8;
  constexpr int kEach = 50;
  std::atomic<int> right = 0;
  {
    std::vector<std::jthread> threads;
    for (int t = 0; t < kThreads; ++t)
      threads.emplace_back([&, t] {
        for (int i = 0; i < kEach; ++i) {
          const auto target = "/" + std::to_string(t) + "/" + std::to_string(i);
          const auto answer = outgoing_->exchange(
              {.url = i % 2 == 0 ? peer_.http(target) : peer_.https(target), .trust = peer_.trust, .reach = Reach::anywhere});
          if (answer && answer->body.starts_with("GET " + target + "\n")) ++right;
        }
      });
  }
  EXPECT_EQ(right, kThreads * kEach);
  EXPECT_LE(peer_.connections, 2 * kThreads) << "each thread needs one to each of two ports";
}

}  // namespace
}  // namespace carillon::http
