// The client against Pebble, a real CA for tests. tests/test_pebble.py starts it and says in the environment where it is; without it these
// skip.

#include "acme/challenges.hpp"
#include "acme/client.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "crypto/certificate.hpp"
#include "crypto/signing_request.hpp"
#include "http/client/outgoing.hpp"
#include "net/asio.hpp"

#include <gtest/gtest.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <atomic>
#include <thread>

namespace carillon::acme {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

std::string setting(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? "" : value;
}

/// Passes everything on and counts the nonces that the CA refused.
class Counting final : public http::Outgoing {
 public:
  Result<http::OutgoingAnswer> exchange(const http::OutgoingRequest& request) override {
    auto answer = real_->exchange(request);
    if (answer && answer->status == 400 && answer->body.contains("badNonce")) ++bad_nonces;
    return answer;
  }
  std::atomic<int> bad_nonces = 0;

 private:
  std::unique_ptr<http::Outgoing> real_ = http::make_outgoing({}).value();
};

/// The challenge answers of a board, on the ports where Pebble looks.
class Answering final : public net::CertificateLookup {
 public:
  explicit Answering(ChallengeBoard& board) : board_{board} {
    const auto port = [](const char* name) { return static_cast<std::uint16_t>(std::stoi(setting(name))); };
    EXPECT_TRUE(server_.listen_plain({.address = "127.0.0.1", .port = port("PEBBLE_HTTP_PORT")},
                                     [this](std::unique_ptr<net::Transport> transport) { return answer(std::move(transport)); }));
    EXPECT_TRUE(
        server_.listen_tls({.address = "127.0.0.1", .port = port("PEBBLE_TLS_PORT")}, *this,
                           [](std::unique_ptr<net::Transport> transport) -> asio::awaitable<void> { co_await transport->close(1s); }));
    server_.start();
  }
  std::shared_ptr<const net::CertificateForTls> certificate_for(std::string_view) const override { return nullptr; }
  std::shared_ptr<const net::CertificateForTls> challenge_for(std::string_view name) const override { return board_.tls_answer(name); }

 private:
  /// One request, of which only the path counts, and its answer.
  asio::awaitable<void> answer(std::unique_ptr<net::Transport> transport) {
    constexpr std::string_view kBefore = "GET /.well-known/acme-challenge/";
    std::string request;
    while (!request.contains("\r\n\r\n")) {
      std::array<std::byte, 4096> piece;
      const auto got = co_await transport->read_some(piece, 10s);
      if (!got || *got == 0) co_return;
      request += as_text(std::span{piece}.first(*got));
    }
    const auto token =
        request.starts_with(kBefore) ? request.substr(kBefore.size(), request.find(' ', kBefore.size()) - kBefore.size()) : "";
    const auto found = board_.http_answer(token);
    const auto body = found.value_or("no such challenge");
    co_await transport->write(std::string(found ? "HTTP/1.1 200 OK" : "HTTP/1.1 404 Not Found") +
                                  "\r\nConnection: close\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body,
                              Body{}, 10s);
    co_await transport->close(1s);
  }

  ChallengeBoard& board_;
  net::Server server_{1};
};

template <class T>
T needed(Answer<T> answer) {
  if (!answer) throw std::runtime_error(answer.error().error.message);
  if constexpr (!std::is_void_v<T>) return std::move(*answer);
}

class PebbleWorld : public ::testing::Test {
 protected:
  void SetUp() override {
    if (setting("PEBBLE_DIRECTORY").empty()) GTEST_SKIP() << "PEBBLE_DIRECTORY is not set: tests/test_pebble.py starts Pebble and sets it";
  }

  static Issuer issuer() {
    return {.name = "Pebble", .directory = setting("PEBBLE_DIRECTORY"), .directory_trust = setting("PEBBLE_TRUST")};
  }
  static crypto::PrivateKey new_key() { return crypto::PrivateKey::generate_p256().value(); }
  static std::string fresh_name() {
    static int count = 0;
    return "name-" + std::to_string(++count) + ".example.org";
  }

  Counting outgoing_;
};

class AgainstPebble : public PebbleWorld {
 protected:
  void SetUp() override {
    PebbleWorld::SetUp();
    if (IsSkipped()) return;
    answering_ = std::make_unique<Answering>(board_);
    needed(client_.register_account({"ops@example.org"}, {}));
  }

  /// The order once it is neither pending nor processing any more.
  Order settled(const std::string& url) {
    const auto deadline = std::chrono::steady_clock::now() + 60s;
    while (true) {
      auto order = needed(client_.order(url));
      if (order.status != Status::pending && order.status != Status::processing) return order;
      if (std::chrono::steady_clock::now() > deadline) throw std::runtime_error("the order hangs");
      std::this_thread::sleep_for(20ms);
    }
  }

  struct Issued {
    Client::Chains chains;
    std::vector<crypto::Certificate> chain;
    std::string leaf_der;
  };
  Issued issue(const NewOrder& name_options, const std::string& challenge_type = "http-01") {
    auto order = needed(client_.new_order(name_options));
    std::vector<std::string> tokens;
    for (const auto& url : order.authorizations) {
      const auto authorization = needed(client_.authorization(url));
      const auto challenge = std::ranges::find(authorization.challenges, challenge_type, &Challenge::type);
      if (challenge == authorization.challenges.end()) throw std::runtime_error("no challenge " + challenge_type);
      if (!board_.put(authorization.name, challenge->token, client_.key_authorization(challenge->token)))
        throw std::runtime_error("no proof");
      tokens.push_back(challenge->token);
      needed(client_.respond(challenge->url));
    }
    order = settled(order.url);
    for (const auto& token : tokens) board_.remove(token);
    if (order.status != Status::ready) throw std::runtime_error("not authorized: " + order.error);
    const auto key = new_key();
    needed(client_.finalize(order, crypto::make_signing_request(name_options.names, key).value()));
    order = settled(order.url);
    if (order.status != Status::valid) throw std::runtime_error("not issued: " + order.error);
    Issued issued{.chains = needed(client_.download(order.certificate))};
    issued.chain = crypto::Certificate::chain_from_pem(issued.chains.first).value();
    issued.leaf_der = issued.chain.front().to_der().value();
    EXPECT_TRUE(issued.chain.front().matches(key));
    EXPECT_EQ(issued.chain.front().names(), name_options.names);
    return issued;
  }

  std::string managed(http::Method method, const std::string& path, const std::string& body = {}) {
    const auto answer = outgoing_.exchange({.method = method,
                                            .url = setting("PEBBLE_MANAGEMENT") + path,
                                            .body = body,
                                            .trust = setting("PEBBLE_TRUST"),
                                            .reach = http::Reach::anywhere});
    return answer && answer->status == 200 ? answer->body : "no answer";
  }
  bool leads_to_root(const std::string& chain_pem, int root, const std::string& name) {
    const auto chain = crypto::Certificate::chain_from_pem(chain_pem).value();
    const auto roots = crypto::Certificate::chain_from_pem(managed(http::Method::get, "/roots/" + std::to_string(root))).value();
    return crypto::verify(chain.front(), std::span{chain}.subspan(1), roots, name, chain.front().not_before() + 1s).has_value();
  }

  ChallengeBoard board_;
  std::unique_ptr<Answering> answering_;
  Client client_{outgoing_, issuer(), new_key()};
};

TEST_F(AgainstPebble, KeepsFindsAndClosesAnAccount) {
  const auto pem = new_key().to_pem().value();
  Client first{outgoing_, issuer(), crypto::PrivateKey::from_pem(pem).value()};
  const auto url = needed(first.register_account({"ops@example.org"}, {}));
  Client again{outgoing_, issuer(), crypto::PrivateKey::from_pem(pem).value()};
  EXPECT_EQ(needed(again.register_account({}, {})), url) << "the key finds its account";
  needed(first.update_account({"other@example.org"}));
  needed(first.deactivate_account());
  const auto order = again.new_order({.names = {fresh_name()}});
  ASSERT_FALSE(order);
  EXPECT_NE(order.error().status, 0);
  EXPECT_TRUE(client_.last_date());
}

TEST_F(AgainstPebble, ProvesANameOverHttp) {
  const auto name = fresh_name();
  const auto issued = issue({.names = {name}}, "http-01");
  EXPECT_TRUE(leads_to_root(issued.chains.first, 0, name));
}

TEST_F(AgainstPebble, ProvesANameInsideTheTlsListener) {
  const auto name = fresh_name();
  const auto issued = issue({.names = {name}}, "tls-alpn-01");
  EXPECT_TRUE(leads_to_root(issued.chains.first, 0, name));
}

TEST_F(AgainstPebble, SaysWhyANameCouldNotBeProved) {
  const auto order = needed(client_.new_order({.names = {fresh_name()}}));
  const auto authorization = needed(client_.authorization(order.authorizations.front()));
  const auto challenge = std::ranges::find(authorization.challenges, "http-01", &Challenge::type);
  ASSERT_NE(challenge, authorization.challenges.end());
  needed(client_.respond(challenge->url));  // and no proof is put up
  EXPECT_EQ(settled(order.url).status, Status::invalid);
  const auto after = needed(client_.authorization(order.authorizations.front()));
  EXPECT_EQ(after.status, Status::invalid);
  EXPECT_NE(std::ranges::find(after.challenges, "http-01", &Challenge::type)->error, "");
  const auto blocked = client_.new_order({.names = {"blocked.example"}});
  ASSERT_FALSE(blocked);
  EXPECT_EQ(blocked.error().type, "rejectedIdentifier");
}

TEST_F(AgainstPebble, OrdersByProfile) {
  EXPECT_TRUE(needed(client_.directory()).profiles.contains("seconds"));
  const auto issued = issue({.names = {fresh_name()}, .profile = "seconds"});
  EXPECT_LE(issued.chain.front().not_after() - issued.chain.front().not_before(), 91s);
  const auto unknown = client_.new_order({.names = {fresh_name()}, .profile = "no-such-profile"});
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().type, "invalidProfile");
}

TEST_F(AgainstPebble, FindsTheAlternateChain) {
  const auto name = fresh_name();
  const auto issued = issue({.names = {name}});
  ASSERT_FALSE(issued.chains.alternates.empty());
  const auto alternate = needed(client_.download(issued.chains.alternates.front()));
  EXPECT_NE(alternate.first, issued.chains.first);
  EXPECT_TRUE(leads_to_root(alternate.first, 1, name));
  EXPECT_FALSE(leads_to_root(issued.chains.first, 1, name));
}

TEST_F(AgainstPebble, HearsWhenToRenewReplacesAndRevokes) {
  const auto name = fresh_name();
  const auto issued = issue({.names = {name}, .profile = "default"});  // without one Pebble draws it, and 90 seconds leave no window
  const auto id = certificate_id(issued.leaf_der);
  const auto info = needed(client_.renewal_info(id));
  EXPECT_LT(info.start, info.end);
  EXPECT_GT(info.start, issued.chain.front().not_before());

  // The CA changes its mind: now.
  const auto now = SystemClock{}.now();
  const auto early =
      json_text(json::object{{"suggestedWindow", json::object{{"start", to_rfc3339(now - 2h)}, {"end", to_rfc3339(now - 1h)}}}});
  const auto pem = issued.chain.front().to_pem().value();
  managed(http::Method::post, "/set-renewal-info/", json_text(json::object{{"certificate", pem}, {"ariResponse", early}}));
  EXPECT_EQ(needed(client_.renewal_info(id)).end, now - 1h);

  issue({.names = {name}, .replaces = id});
  const auto twice = client_.new_order({.names = {name}, .replaces = id});
  ASSERT_FALSE(twice);
  EXPECT_EQ(twice.error().status, 409);
  EXPECT_EQ(twice.error().error.kind, ErrorKind::conflict);

  needed(client_.revoke(issued.leaf_der, 4));
  EXPECT_TRUE(managed(http::Method::get, "/cert-status-by-serial/" + issued.chain.front().serial_hex()).contains("Revoked"));
  needed(client_.revoke(issued.leaf_der, 4));  // what is revoked already is no failure
}

TEST_F(AgainstPebble, GetsPastRejectedNonces) {
  const auto order = needed(client_.new_order({.names = {fresh_name()}}));
  constexpr int kEnough = 3;
  constexpr int kMaxCalls = 3000;
  for (int i = 0; i < kMaxCalls && outgoing_.bad_nonces < kEnough; ++i) ASSERT_EQ(needed(client_.order(order.url)).status, Status::pending);
  EXPECT_GE(outgoing_.bad_nonces, kEnough) << "Pebble rejects one in twenty";
}

TEST_F(AgainstPebble, StartsAnewWithACaThatForgotEverything) {
  issue({.names = {fresh_name()}});
  ASSERT_TRUE(outgoing_.exchange({.url = setting("PEBBLE_CONTROL") + "/restart", .deadline = 60s, .reach = http::Reach::anywhere}));
  const auto forgotten = client_.new_order({.names = {fresh_name()}});
  ASSERT_FALSE(forgotten) << "neither the account nor the nonces are known";
  EXPECT_EQ(forgotten.error().type, "accountDoesNotExist") << forgotten.error().error.message;
  needed(client_.register_account({"ops@example.org"}, {}));
  const auto name = fresh_name();
  EXPECT_TRUE(leads_to_root(issue({.names = {name}}).chains.first, 0, name));
}

class AgainstPebbleWithExternalAccounts : public PebbleWorld {};

TEST_F(AgainstPebbleWithExternalAccounts, OpensAnAccountOnlyForACustomer) {
  Client client{outgoing_, issuer(), new_key()};
  EXPECT_TRUE(needed(client.directory()).external_account_required);
  const auto anonymous = client.register_account({}, {});
  ASSERT_FALSE(anonymous);
  EXPECT_EQ(anonymous.error().type, "externalAccountRequired");
  EXPECT_FALSE(client.register_account({}, ExternalAccount{setting("PEBBLE_EAB_KEY_ID"), "the wrong key"}));
  const auto key = from_base64url(setting("PEBBLE_EAB_HMAC_KEY")).value();
  const auto account = client.register_account({}, ExternalAccount{setting("PEBBLE_EAB_KEY_ID"), std::string(as_text(key))});
  ASSERT_TRUE(account) << account.error().error.message;
  EXPECT_EQ(client.account_url(), *account);
}

}  // namespace
}  // namespace carillon::acme
