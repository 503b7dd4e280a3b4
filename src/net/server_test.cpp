#include "net/server.hpp"

#include "base/testing/eventually.hpp"
#include "base/testing/testing.hpp"
#include "body/testing/scripted_remote.hpp"
#include "crypto/certificate_maker.hpp"
#include "crypto/key_kind.hpp"
#include "net/asio.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

#include <future>
#include <mutex>
#include <thread>

namespace carillon::net {
namespace {

using namespace std::chrono_literals;

/// Longer than anything here takes; a test that waits this long has failed.
constexpr Within kPatience = 120s;

/// `ends`: from now.
CertificateForTls certificate_for(const std::string& name, crypto::KeyKind kind, std::chrono::seconds ends = 24h) {
  static testing::SeededRandom random;
  const auto now = SystemClock{}.now();
  const auto root_key = crypto::PrivateKey::generate_p256().value();
  const auto key = crypto::generate_key(kind).value();
  const auto root =
      crypto::make_root(
          {.common_name = "root", .not_before = now - 1h, .not_after = now + 24h, .permitted_dns = {".test"}, .permitted_networks = {}},
          root_key, random)
          .value();
  const auto leaf = crypto::make_leaf({.common_name = name, .names = {name}, .not_before = now - 1h, .not_after = now + ends}, key, root,
                                      root_key, random)
                        .value();
  return {{leaf.to_der().value(), root.to_der().value()}, key.to_der().value()};
}

std::shared_ptr<const CertificateForTls> made_for(const std::string& name) {
  return std::make_shared<const CertificateForTls>(certificate_for(name, crypto::KeyKind::p256));
}

class Certificates final : public CertificateLookup {
 public:
  void put(std::shared_ptr<const CertificateForTls> certificate) {
    const std::lock_guard lock{mutex_};
    certificate_ = std::move(certificate);
  }
  std::shared_ptr<const CertificateForTls> certificate_for(std::string_view name) const override {
    const std::lock_guard lock{mutex_};
    return name == "a.test" ? certificate_ : nullptr;
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const CertificateForTls> certificate_ = made_for("a.test");
};

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

std::string read_to_end(int fd) {
  std::string text;
  char piece[4096];
  for (ssize_t got = 0; (got = ::recv(fd, piece, sizeof piece, 0)) > 0;) text.append(piece, static_cast<std::size_t>(got));
  return text;
}

/// A client of OpenSSL's own that waits.
class TlsClient {
 public:
  struct ClientOptions {
    std::string name = "a.test";
    int lowest = TLS1_2_VERSION, highest = TLS1_3_VERSION;
    std::string signatures{};  ///< the algorithms that it offers; "": OpenSSL's
  };
  TlsClient(std::uint16_t port, const ClientOptions& options) : socket_{connected_to(port)} {
    SSL_CTX_set_security_level(context_.get(), 0);  // for the versions nobody should speak any more
    SSL_CTX_set_min_proto_version(context_.get(), options.lowest);
    SSL_CTX_set_max_proto_version(context_.get(), options.highest);
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.get());
    if (!options.signatures.empty()) SSL_set1_sigalgs_list(ssl_.get(), options.signatures.c_str());
    if (!options.name.empty()) SSL_set_tlsext_host_name(ssl_.get(), options.name.c_str());
    connected_ = SSL_connect(ssl_.get()) == 1;
  }
  explicit TlsClient(std::uint16_t port) : TlsClient{port, ClientOptions{}} {}

  [[nodiscard]] bool connected() const { return connected_; }
  [[nodiscard]] std::string version() const { return SSL_get_version(ssl_.get()); }
  [[nodiscard]] std::string certificate() const {
    const crypto::X509Handle shown{SSL_get1_peer_certificate(ssl_.get())};
    unsigned char* der = nullptr;
    const int length = i2d_X509(shown.get(), &der);
    std::string text(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
    return text;
  }
  [[nodiscard]] bool says(std::string_view text) {
    return SSL_write(ssl_.get(), text.data(), static_cast<int>(text.size())) == static_cast<int>(text.size());
  }
  /// What comes, up to `length`; less at the end.
  std::string hears(std::size_t length) {
    std::string text;
    char piece[16384];
    while (text.size() < length) {
      const int got = SSL_read(ssl_.get(), piece, static_cast<int>(std::min(sizeof piece, length - text.size())));
      if (got <= 0) break;
      text.append(piece, static_cast<std::size_t>(got));
    }
    return text;
  }
  [[nodiscard]] SSL* native() { return ssl_.get(); }

 private:
  FileDescriptor socket_;
  crypto::SslContextHandle context_{SSL_CTX_new(TLS_client_method())};
  crypto::SslHandle ssl_;
  bool connected_ = false;
};

/// Says back what it hears until the peer ends.
asio::awaitable<void> echo(std::unique_ptr<Transport> transport) {
  Bytes piece(4096);
  while (true) {
    transport->enter(Phase::idle);
    const auto got = co_await transport->read_some(piece, kPatience);
    transport->enter(Phase::exchange);
    if (!got || *got == 0) break;
    const auto sent = co_await transport->write("", Body::of(std::string(as_text(std::span{piece}.first(*got)))), kPatience);
    if (!sent.outcome) break;
  }
  co_await transport->close(1s);
}

class OverTls : public ::testing::Test {
 protected:
  std::uint16_t serve(ConnectionHandler handler = echo) {
    const auto port = server_.listen_tls({"127.0.0.1", 0}, certificates_, std::move(handler));
    server_.start();
    return port.value();
  }
  Certificates certificates_;
  Server server_{2};
};

TEST_F(OverTls, BothVersionsAreSpoken) {
  const auto port = serve();
  for (const auto& [version, name] : {std::pair{TLS1_2_VERSION, "TLSv1.2"}, std::pair{TLS1_3_VERSION, "TLSv1.3"}}) {
    TlsClient client{port, {.lowest = version, .highest = version}};
    ASSERT_TRUE(client.connected()) << name;
    EXPECT_EQ(client.version(), name);
    ASSERT_TRUE(client.says("hello"));
    EXPECT_EQ(client.hears(5), "hello");
  }
}

TEST_F(OverTls, OlderVersionsAreRefused) {
  const auto port = serve();
  EXPECT_FALSE((TlsClient{port, {.lowest = TLS1_VERSION, .highest = TLS1_1_VERSION}}.connected()));
}

struct Offer {
  std::string suite = "ALL";
  int version = TLS1_2_VERSION;
  std::string groups = "X25519:P-256";  ///< in TLS 1.2 the certificate's is among them
};

/// The suite that came of an offer, "" for a refusal.
std::string suite_agreed(std::uint16_t port, const Offer& offer) {
  const crypto::SslContextHandle context{SSL_CTX_new(TLS_client_method())};
  SSL_CTX_set_security_level(context.get(), 0);
  SSL_CTX_set_min_proto_version(context.get(), offer.version);
  SSL_CTX_set_max_proto_version(context.get(), offer.version);
  if (SSL_CTX_set_cipher_list(context.get(), offer.suite.c_str()) != 1 ||
      SSL_CTX_set1_groups_list(context.get(), offer.groups.c_str()) != 1)
    return "not known to the client";
  const auto socket = connected_to(port);
  const crypto::SslHandle ssl{SSL_new(context.get())};
  SSL_set_fd(ssl.get(), socket.get());
  SSL_set_tlsext_host_name(ssl.get(), "a.test");
  return SSL_connect(ssl.get()) == 1 ? SSL_get_cipher_name(ssl.get()) : "";
}

TEST_F(OverTls, OnlySuitesWithForwardSecrecyAndAuthenticatedEncryptionAreSpoken) {
  const auto port = serve();
  for (const auto* suite : {"ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-ECDSA-CHACHA20-POLY1305"})
    EXPECT_EQ(suite_agreed(port, {.suite = suite}), suite);
  // Every other suite that this machine's OpenSSL can offer, one after the other.
  const crypto::SslContextHandle all{SSL_CTX_new(TLS_client_method())};
  SSL_CTX_set_security_level(all.get(), 0);
  ASSERT_EQ(SSL_CTX_set_cipher_list(all.get(), "ALL:COMPLEMENTOFALL"), 1);
  const auto* suites = SSL_CTX_get_ciphers(all.get());
  int refused = 0;
  for (int i = 0; i < sk_SSL_CIPHER_num(suites); ++i) {
    const std::string suite = SSL_CIPHER_get_name(sk_SSL_CIPHER_value(suites, i));
    if (suite.starts_with("TLS_")) continue;  // of TLS 1.3
    const bool good = suite.starts_with("ECDHE-") && (suite.contains("-GCM-") || suite.contains("-CHACHA20-"));
    if (good) continue;
    EXPECT_EQ(suite_agreed(port, {.suite = suite}), "") << suite;
    ++refused;
  }
  EXPECT_GT(refused, 20);
}

TEST_F(OverTls, GroupsAreTheUsualThree) {
  const auto port = serve();
  const auto agreed = [port](const char* group) { return suite_agreed(port, {.version = TLS1_3_VERSION, .groups = group}); };
  for (const auto* group : {"X25519", "P-256", "P-384"}) EXPECT_NE(agreed(group), "") << group;
  for (const auto* group : {"P-521", "X448", "ffdhe2048"}) EXPECT_EQ(agreed(group), "") << group;
}

TEST_F(OverTls, ARenegotiationIsRefused) {
  const auto port = serve();
  TlsClient client{port, {.highest = TLS1_2_VERSION}};
  ASSERT_TRUE(client.connected());
  ASSERT_EQ(SSL_renegotiate(client.native()), 1);
  EXPECT_NE(SSL_do_handshake(client.native()), 1);
}

TEST_F(OverTls, TheNameOfTheHandshakeIsKnown) {
  const auto port = serve([](std::unique_ptr<Transport> transport) -> asio::awaitable<void> {
    co_await transport->write(std::string(transport->server_name()), Body{}, kPatience);
    co_await transport->close(1s);
  });
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    TlsClient client{port, {.lowest = version, .highest = version}};
    EXPECT_EQ(client.hears(6), "a.test");
  }
}

TEST_F(OverTls, AnUnknownNameIsRefused) {
  const auto port = serve();
  EXPECT_FALSE((TlsClient{port, {.name = "b.test"}}.connected()));
  EXPECT_FALSE((TlsClient{port, {.name = ""}}.connected()));
  EXPECT_TRUE(TlsClient{port}.connected()) << "others are served all the same";
}

TEST_F(OverTls, ACertificateIsSwappedBetweenTwoHandshakesAndNoConnectionNotices) {
  const auto port = serve();
  TlsClient before{port};
  const auto next = made_for("a.test");
  certificates_.put(next);
  TlsClient after{port};
  EXPECT_NE(before.certificate(), next->chain_der.front());
  EXPECT_EQ(after.certificate(), next->chain_der.front());
  for (auto* client : {&before, &after}) {
    ASSERT_TRUE(client->says("still here"));
    EXPECT_EQ(client->hears(10), "still here");
  }
}

TEST_F(OverTls, AClientGetsTheCertificateWhoseSignaturesItCanVerify) {
  const auto port = serve();
  auto both = certificate_for("a.test", crypto::KeyKind::p256);
  both.beside = std::make_shared<const CertificateForTls>(certificate_for("a.test", crypto::KeyKind::rsa2048));
  const auto usual = both.chain_der.front(), rsa = both.beside->chain_der.front();
  certificates_.put(std::make_shared<const CertificateForTls>(both));
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto shown_to = [&](const std::string& signatures) {
      TlsClient client{port, {.lowest = version, .highest = version, .signatures = signatures}};
      return client.connected() ? client.certificate() : std::string{};
    };
    EXPECT_EQ(shown_to(""), usual);
    EXPECT_EQ(shown_to("ECDSA+SHA256"), usual);
    EXPECT_EQ(shown_to("RSA-PSS+SHA256"), rsa);
    EXPECT_EQ(shown_to("RSA-PSS+SHA256:ECDSA+SHA256"), usual) << "the cheaper handshake, whatever the client prefers";
    EXPECT_EQ(shown_to("ed25519"), "");
  }
}

TEST_F(OverTls, OneOfTwoCertificatesThatHasExpiredIsNotUsed) {
  const auto port = serve();
  const auto put = [&](std::chrono::seconds usual_ends, std::chrono::seconds rsa_ends) {
    auto both = certificate_for("a.test", crypto::KeyKind::p256, usual_ends);
    both.beside = std::make_shared<const CertificateForTls>(certificate_for("a.test", crypto::KeyKind::rsa2048, rsa_ends));
    certificates_.put(std::make_shared<const CertificateForTls>(both));
    return std::pair{both.chain_der.front(), both.beside->chain_der.front()};
  };
  const auto shown_to = [&](const std::string& signatures) {
    TlsClient client{port, {.signatures = signatures}};
    return client.connected() ? client.certificate() : std::string{};
  };
  auto [usual, rsa] = put(24h, -1min);
  EXPECT_EQ(shown_to(""), usual);
  EXPECT_EQ(shown_to("RSA-PSS+SHA256"), "") << "there is no valid one for this client";
  std::tie(usual, rsa) = put(-1min, 24h);
  EXPECT_EQ(shown_to(""), rsa);
  std::tie(usual, rsa) = put(-1min, -1min);
  EXPECT_EQ(shown_to("RSA-PSS+SHA256"), rsa) << "an expired one is better than none";
}

TEST_F(OverTls, ALargeBodyArrivesWhole) {
  std::string content(5'000'000, '\0');
  for (std::size_t i = 0; i < content.size(); ++i) content[i] = static_cast<char>(i * 31 >> 3);
  const auto port = serve([&](std::unique_ptr<Transport> transport) -> asio::awaitable<void> {
    const auto sent = co_await transport->write("head", Body::of(content), kPatience);
    EXPECT_EQ(sent.body.value, content.size());
    co_await transport->close(1s);
  });
  TlsClient client{port};
  EXPECT_TRUE(client.hears(content.size() + 100) == "head" + content);
  EXPECT_EQ(SSL_get_shutdown(client.native()), SSL_RECEIVED_SHUTDOWN) << "the end is said, not torn";
}

TEST_F(OverTls, AKeyUpdateIsAnswered) {
  const auto port = serve();
  TlsClient client{port, {.lowest = TLS1_3_VERSION}};
  for (int i = 0; i < 3; ++i) {
    ASSERT_EQ(SSL_key_update(client.native(), SSL_KEY_UPDATE_REQUESTED), 1);
    ASSERT_TRUE(client.says("again"));
    ASSERT_EQ(client.hears(5), "again");
  }
}

TEST_F(OverTls, WhatAPeerTookBeforeItLeftIsCounted) {
  std::promise<Sent> outcome;
  const std::string content(50'000'000, 'x');
  const auto port = serve([&](std::unique_ptr<Transport> transport) -> asio::awaitable<void> {
    outcome.set_value(co_await transport->write("", Body::of(content), kPatience));
  });
  {
    TlsClient client{port};
    ASSERT_EQ(client.hears(1'000'000).size(), 1'000'000U);
  }
  const auto sent = outcome.get_future().get();
  EXPECT_FALSE(sent.outcome);
  EXPECT_GE(sent.body.value, 900'000U);
  EXPECT_LT(sent.body.value, content.size() / 2);
}

TEST_F(OverTls, APeerThatTakesNothingMeetsTheDeadline) {
  std::promise<Sent> outcome;
  const auto port = serve([&](std::unique_ptr<Transport> transport) -> asio::awaitable<void> {
    outcome.set_value(co_await transport->write("", Body::of(std::string(50'000'000, 'x')), 50ms));
  });
  const TlsClient client{port};
  auto sent = outcome.get_future();
  ASSERT_EQ(sent.wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(sent.get().outcome.error().kind, ErrorKind::unavailable);
}

TEST_F(OverTls, ASilentPeerMeetsTheDeadline) {
  std::promise<Result<std::size_t>> outcome;
  const auto port = serve([&](std::unique_ptr<Transport> transport) -> asio::awaitable<void> {
    Bytes piece(10);
    outcome.set_value(co_await transport->read_some(piece, 50ms));
  });
  const TlsClient client{port};
  auto got = outcome.get_future();
  ASSERT_EQ(got.wait_for(kPatience), std::future_status::ready);
  EXPECT_EQ(got.get().error().kind, ErrorKind::unavailable);
}

/// Ends a read that waits, writes, and says back what comes afterwards.
asio::awaitable<void> interrupted(std::unique_ptr<Transport> transport) {
  const auto executor = co_await asio::this_coro::executor;
  for (int round = 0; round < 3; ++round) {
    std::optional<Result<std::size_t>> got;
    Bytes piece(4096);
    asio::co_spawn(executor, transport->read_some(piece, kPatience),
                   [&](const std::exception_ptr&, Result<std::size_t> read) { got = std::move(read); });
    transport->allow_reading(false);
    while (!got) co_await asio::post(executor, asio::use_awaitable);
    if (*got) co_return;
    if (co_await transport->read_some(piece, kPatience)) co_return;
    if (auto sent = co_await transport->write("ready", Body{}, kPatience); !sent.outcome) co_return;
    transport->allow_reading(true);
    const auto heard = co_await transport->read_some(piece, kPatience);
    if (!heard || *heard == 0) co_return;
    const auto said = co_await transport->write("", Body::of(std::string(as_text(std::span{piece}.first(*heard)))), kPatience);
    if (!said.outcome) co_return;
  }
  co_await transport->close(1s);
}

TEST_F(OverTls, AReadThatWaitsIsInterruptedAndNothingIsLost) {
  const auto port = serve(interrupted);
  TlsClient client{port};
  ASSERT_TRUE(client.connected());
  for (const auto* word : {"one", "two", "three"}) {
    ASSERT_EQ(client.hears(5), "ready");
    ASSERT_TRUE(client.says(word));
    EXPECT_EQ(client.hears(std::strlen(word)), word);
  }
}

TEST_F(OverTls, WhoSpeaksNoTlsIsSentAway) {
  const auto port = serve();
  const auto socket = connected_to(port);
  ASSERT_GT(::send(socket.get(), "GET / HTTP/1.1\r\nHost: a.test\r\n\r\n", 32, MSG_NOSIGNAL), 0);
  EXPECT_LT(read_to_end(socket.get()).size(), 100U) << "an alert, and the end";
}

TEST_F(OverTls, ADrainLetsAnAnswerFinishAndEndsIdleConnections) {
  std::promise<void> begun;
  const std::string content(30'000'000, 'x');
  const auto port = serve([&](std::unique_ptr<Transport> transport) -> asio::awaitable<void> {
    Bytes piece(10);
    transport->enter(Phase::idle);
    const auto got = co_await transport->read_some(piece, kPatience);
    transport->enter(Phase::exchange);
    if (!got || *got == 0) co_return;
    begun.set_value();
    co_await transport->write("", Body::of(content), kPatience);
    co_await transport->close(1s);
  });
  TlsClient idle{port};
  TlsClient busy{port};
  ASSERT_TRUE(busy.says("go"));
  begun.get_future().wait();
  auto draining = std::async(std::launch::async, [&] { server_.drain(kPatience); });
  EXPECT_EQ(idle.hears(1), "");
  EXPECT_EQ(busy.hears(content.size()).size(), content.size());
  EXPECT_EQ(busy.hears(1), "");
  EXPECT_EQ(draining.wait_for(kPatience), std::future_status::ready);
  EXPECT_TRUE(server_.draining());
}

TEST_F(OverTls, WhatADrainCannotFinishIsCut) {
  std::promise<void> begun;
  std::promise<Sent> outcome;
  const auto port = serve([&](std::unique_ptr<Transport> transport) -> asio::awaitable<void> {
    begun.set_value();
    outcome.set_value(co_await transport->write("", Body::of(std::string(50'000'000, 'x')), kPatience));
  });
  const TlsClient never_reads{port};
  begun.get_future().wait();
  server_.drain(50ms);
  auto sent = outcome.get_future();
  ASSERT_EQ(sent.wait_for(kPatience / 2), std::future_status::ready);
  EXPECT_THAT(sent.get().outcome.error().message, ::testing::HasSubstr("was closed")) << "it did not wait for its own deadline";
}

using testing::ScriptedRemote;

/// What became of one body that was written to a client that reads all it gets, by each transport.
class WhatIsRemote : public ::testing::TestWithParam<bool> {
 protected:
  struct Became {
    std::string heard;
    Sent sent;
  };
  /// `meanwhile` runs while it is written.
  Became write(Body body, Within within, const std::function<void(Server&)>& meanwhile = [](Server&) {}) {
    std::promise<Sent> outcome;
    const auto handler = [&](std::unique_ptr<Transport> transport) -> asio::awaitable<void> {
      outcome.set_value(co_await transport->write("head ", body, within));
      co_await transport->close(1s);
    };
    Certificates certificates;
    Server server{1};
    const auto port = GetParam() ? server.listen_tls({"127.0.0.1", 0}, certificates, handler).value()
                                 : server.listen_plain({"127.0.0.1", 0}, handler).value();
    server.start();
    auto heard = std::async(std::launch::async,
                            [&] { return GetParam() ? TlsClient{port}.hears(std::string::npos) : read_to_end(connected_to(port).get()); });
    meanwhile(server);
    auto sent = outcome.get_future().get();
    return {heard.get(), std::move(sent)};
  }
  static std::string numbered(std::size_t length) {
    std::string text(length, '\0');
    for (std::size_t i = 0; i < length; ++i) text[i] = static_cast<char>(i * 31 >> 3);
    return text;
  }
};
INSTANTIATE_TEST_SUITE_P(PlainAndTls, WhatIsRemote, ::testing::Bool());

TEST_P(WhatIsRemote, ArrivesWholeBetweenWhatIsNot) {
  const auto content = numbered(1'000'000);
  const auto remote = std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = content, .piece = 60'000});
  Body body = Body::of("before ");
  body.append(ScriptedRemote::body(remote));
  body.append(Body::of(" after"));
  const auto became = write(body, kPatience);
  EXPECT_TRUE(became.heard == "head before " + content + " after");
  EXPECT_TRUE(became.sent.outcome);
  EXPECT_EQ(became.sent.body, body.length());
}

TEST_P(WhatIsRemote, BreaksOffWithoutAWrongByteAndWhatLeftIsCounted) {
  const auto content = numbered(2'000'000);
  const auto remote =
      std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = content, .piece = 60'000, .breaks_at = 1'500'000});
  const auto became = write(ScriptedRemote::body(remote), kPatience);
  EXPECT_FALSE(became.sent.outcome);
  EXPECT_TRUE(("head " + content).starts_with(became.heard));
  EXPECT_GE(became.heard.size(), 1'000'000U) << "what came is sent on, but for the last batch";
  EXPECT_LE(became.sent.body.value, became.heard.size());
}

TEST_P(WhatIsRemote, ThatNeverComesMeetsTheDeadline) {
  const auto remote = std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = "ding dong", .hangs_at = 4});
  const auto became = write(ScriptedRemote::body(remote), 50ms);
  EXPECT_EQ(became.sent.outcome.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(remote->cancelled, 1);
  EXPECT_EQ(remote->waiting, 0);
}

TEST_P(WhatIsRemote, IsNotWaitedForByADrain) {
  const auto remote = std::make_shared<const ScriptedRemote>(ScriptedRemote::Script{.content = "ding dong", .hangs_at = 4});
  const auto became = write(ScriptedRemote::body(remote), kPatience, [&](Server& server) {
    EXPECT_TRUE(testing::eventually([&] { return remote->waiting != 0; }));
    server.drain(50ms);
  });
  EXPECT_EQ(became.sent.outcome.error().kind, ErrorKind::unavailable);
  EXPECT_EQ(remote->cancelled, 1);
}

TEST(OverPlainTcp, AHeadAndABodyAreOneAnswer) {
  Server server{1};
  const auto port = server.listen_plain({"127.0.0.1", 0}, [](std::unique_ptr<Transport> transport) -> asio::awaitable<void> {
    EXPECT_EQ(transport->peer().address, "127.0.0.1");
    co_await transport->write("head ", Body::of("body"), kPatience);
    co_await transport->close(1s);
  });
  server.start();
  EXPECT_EQ(read_to_end(connected_to(port.value()).get()), "head body");
}

TEST(OverPlainTcp, APortInUseIsNamed) {
  Server first{1}, second{1};
  const auto port = first.listen_plain({"127.0.0.1", 0}, echo).value();
  const auto taken = second.listen_plain({"127.0.0.1", port}, echo);
  ASSERT_FALSE(taken);
  EXPECT_THAT(taken.error().message, ::testing::HasSubstr(std::to_string(port)));
}

TEST(OverALocalSocket, ItIsTheOwnersAloneAndALeftOverIsReplaced) {
  const testing::TemporaryFolder folder;
  const auto path = (folder.path() / "control.sock").string();
  {
    // What a killed process leaves behind: a bound name that nobody answers.
    const FileDescriptor left{::socket(AF_UNIX, SOCK_STREAM, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    path.copy(address.sun_path, path.size());
    ASSERT_EQ(::bind(left.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
  }
  Server server{1};
  ASSERT_TRUE(server.listen_local(path, echo));
  struct stat facts;
  ASSERT_EQ(::stat(path.c_str(), &facts), 0);
  EXPECT_EQ(facts.st_mode & 0777U, 0600U);
  Server second{1};
  EXPECT_EQ(second.listen_local(path, echo).error().kind, ErrorKind::conflict);
  EXPECT_FALSE(server.listen_local("/" + std::string(200, 'x'), echo));
}

TEST(Endpoint, IsAnAddressAndAPort) {
  const auto is = [](std::string_view text, std::string_view address, int port) {
    const auto endpoint = Endpoint::parse(text);
    return endpoint && endpoint->address == address && endpoint->port == port;
  };
  EXPECT_TRUE(is("0.0.0.0:8080", "0.0.0.0", 8080));
  EXPECT_TRUE(is("[::1]:443", "::1", 443));
  EXPECT_TRUE(is(":0", "", 0));
  for (const auto* bad : {"", "8080", "::1:443", "1.2.3.4:", "1.2.3.4:65536", "1.2.3.4:-1", "1.2.3.4:http"})
    EXPECT_FALSE(Endpoint::parse(bad)) << bad;
}

}  // namespace
}  // namespace carillon::net
