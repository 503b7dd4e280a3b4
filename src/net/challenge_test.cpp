#include "crypto/certificate_maker.hpp"
#include "net/asio.hpp"
#include "net/server.hpp"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <array>
#include <atomic>
#include <chrono>

namespace carillon::net {
namespace {

using namespace std::chrono_literals;

/// Two certificates for one name: what is served, and what proves it to a CA.
class TwoFaces final : public CertificateLookup {
 public:
  TwoFaces() {
    SystemRandom random;
    const auto root_key = crypto::PrivateKey::generate_p256().value();
    const Time now = SystemClock{}.now();
    const auto root = crypto::make_root({.common_name = "root", .not_before = now - 1h, .not_after = now + 24h, .permitted_dns = {"test"}},
                                        root_key, random)
                          .value();
    const auto leaf = [&](const std::string& common_name) {
      const auto key = crypto::PrivateKey::generate_p256().value();
      const auto made =
          crypto::make_leaf({.common_name = common_name, .names = {"pod.test"}, .not_before = now - 1h, .not_after = now + 24h}, key, root,
                            root_key, random)
              .value();
      return std::make_shared<const CertificateForTls>(CertificateForTls{{made.to_der().value()}, key.to_der().value()});
    };
    usual = leaf("usual");
    proof = leaf("proof");
  }
  std::shared_ptr<const CertificateForTls> certificate_for(std::string_view) const override { return usual; }
  std::shared_ptr<const CertificateForTls> challenge_for(std::string_view name) const override {
    return name == "pod.test" ? proof : nullptr;
  }

  std::shared_ptr<const CertificateForTls> usual;
  std::shared_ptr<const CertificateForTls> proof;
};

/// What a client saw of one handshake.
struct Seen {
  bool shaken = false;
  int alert = 0;            ///< the one that ended the handshake
  std::string certificate;  ///< DER
  std::string protocol;
  std::string greeting;  ///< what the server said until it closed
  bool closed_orderly = false;
};

class TlsAlpnChallenge : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto greet = [this](std::unique_ptr<Transport> transport) -> asio::awaitable<void> {
      ++served_;
      co_await transport->write("hello", Body{}, 120s);
      co_await transport->close(1s);
    };
    port_ = server_.listen_tls({.address = "127.0.0.1"}, lookup_, greet).value();
    plain_port_ = server_.listen_tls({.address = "127.0.0.1"}, without_challenges_, greet).value();
    server_.start();
  }

  Seen shake_hands(const std::string& protocols, const std::string& name, int version, std::uint16_t port) {
    Seen seen;
    const crypto::SslContextHandle context{SSL_CTX_new(TLS_client_method())};
    SSL_CTX_set_min_proto_version(context.get(), version);
    SSL_CTX_set_max_proto_version(context.get(), version);
    const crypto::SslHandle ssl{SSL_new(context.get())};
    const FileDescriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const timeval patience{.tv_sec = 120, .tv_usec = 0};
    ::setsockopt(socket.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    const sockaddr_in where{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&where), sizeof where) != 0) return seen;
    SSL_set_fd(ssl.get(), socket.get());
    SSL_set_tlsext_host_name(ssl.get(), name.c_str());
    if (!protocols.empty())
      SSL_set_alpn_protos(ssl.get(), reinterpret_cast<const unsigned char*>(protocols.data()), static_cast<unsigned>(protocols.size()));
    ERR_clear_error();
    seen.shaken = SSL_connect(ssl.get()) == 1;
    if (!seen.shaken) {
      // OpenSSL numbers the alerts that it received from here on.
      const auto reason = ERR_GET_REASON(ERR_peek_last_error());
      if (reason > SSL_AD_REASON_OFFSET) seen.alert = reason - SSL_AD_REASON_OFFSET;
      return seen;
    }
    const crypto::X509Handle certificate{SSL_get1_peer_certificate(ssl.get())};
    unsigned char* der = nullptr;
    const int length = i2d_X509(certificate.get(), &der);
    seen.certificate.assign(reinterpret_cast<const char*>(der), static_cast<std::size_t>(length));
    OPENSSL_free(der);
    const unsigned char* protocol = nullptr;
    unsigned protocol_length = 0;
    SSL_get0_alpn_selected(ssl.get(), &protocol, &protocol_length);
    seen.protocol.assign(reinterpret_cast<const char*>(protocol), protocol_length);
    std::array<char, 64> piece{};
    int got = 0;
    while ((got = SSL_read(ssl.get(), piece.data(), static_cast<int>(piece.size()))) > 0)
      seen.greeting.append(piece.data(), static_cast<std::size_t>(got));
    seen.closed_orderly = SSL_get_error(ssl.get(), got) == SSL_ERROR_ZERO_RETURN;
    return seen;
  }
  Seen shake_hands(const std::string& protocols, const std::string& name = "pod.test", int version = TLS1_3_VERSION) {
    return shake_hands(protocols, name, version, port_);
  }

  class Plain final : public CertificateLookup {
   public:
    explicit Plain(const TwoFaces& both) : both_{both} {}
    std::shared_ptr<const CertificateForTls> certificate_for(std::string_view) const override { return both_.usual; }

   private:
    const TwoFaces& both_;
  };

  TwoFaces lookup_;
  Plain without_challenges_{lookup_};
  std::atomic<int> served_ = 0;
  std::uint16_t port_ = 0, plain_port_ = 0;
  Server server_{1};
};

constexpr const char* kAcme =
    "\x0a"
    "acme-tls/1";
constexpr const char* kHttp = "\x08http/1.1";

TEST_F(TlsAlpnChallenge, IsAnsweredWithTheProofAndThenTheConnectionEnds) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    const auto seen = shake_hands(kAcme, "pod.test", version);
    ASSERT_TRUE(seen.shaken);
    EXPECT_EQ(seen.protocol, "acme-tls/1");
    EXPECT_EQ(seen.certificate, lookup_.proof->chain_der.front());
    EXPECT_EQ(seen.greeting, "");
    EXPECT_TRUE(seen.closed_orderly);
  }
  EXPECT_EQ(served_, 0) << "no handler ever sees a challenge";
}

TEST_F(TlsAlpnChallenge, IsRefusedForANameThatIsNotBeingProved) {
  EXPECT_FALSE(shake_hands(kAcme, "other.test").shaken);
  EXPECT_FALSE(shake_hands(kAcme, "pod.test", TLS1_3_VERSION, plain_port_).shaken) << "a lookup that knows of no challenges has none";
  EXPECT_EQ(served_, 0);
}

TEST_F(TlsAlpnChallenge, LeavesEverybodyElseServedAsUsual) {
  for (const auto& protocols : {std::string{}, std::string{kHttp}, std::string{kAcme} + kHttp, std::string{kHttp} + kAcme}) {
    const auto seen = shake_hands(protocols);
    ASSERT_TRUE(seen.shaken);
    EXPECT_EQ(seen.certificate, lookup_.usual->chain_der.front());
    EXPECT_EQ(seen.protocol, protocols.empty() ? "" : "http/1.1");
    EXPECT_EQ(seen.greeting, "hello");
  }
  EXPECT_EQ(served_, 4);
}

TEST_F(TlsAlpnChallenge, WhoOffersNothingThatIsSpokenHereIsToldSo) {
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    for (const auto& protocols : {std::string{"\x02h2"},
                                  std::string{"\x03"
                                              "ftp\x02h2"},
                                  std::string{kAcme} + "\x02h2"}) {
      const auto seen = shake_hands(protocols, "pod.test", version);
      EXPECT_FALSE(seen.shaken) << protocols;
      EXPECT_EQ(seen.alert, 120) << protocols;
    }
  }
  EXPECT_EQ(shake_hands("\x08http/1.0").protocol, "http/1.0");
  EXPECT_EQ(shake_hands("\x02h2\x08http/1.1").protocol, "http/1.1");
  EXPECT_EQ(shake_hands("", "pod.test").greeting, "hello") << "without the extension nothing is agreed on";
}

}  // namespace
}  // namespace carillon::net
