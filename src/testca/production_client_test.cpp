// The production client against the authority: the two were written apart, so what they agree on is the protocol.

#include "acme/client.hpp"
#include "crypto/signing_request.hpp"
#include "testca/testing/world.hpp"

#include <gtest/gtest.h>

namespace carillon::testca {
namespace {

template <class T>
T needed(acme::Answer<T> answer) {
  if (!answer) throw std::runtime_error{answer.error().error.message};
  if constexpr (!std::is_void_v<T>) return std::move(*answer);
}

acme::Client client_of(World& world) {
  return acme::Client{*world.authority, {.name = "test", .directory = world.authority->directory_url(), .directory_trust = {}}, new_key()};
}

acme::Order ordered(acme::Client& client, const acme::NewOrder& options) {
  auto order = needed(client.new_order(options));
  for (const auto& url : order.authorizations)
    for (const auto& challenge : needed(client.authorization(url)).challenges)
      if (challenge.type == "http-01" && challenge.status == acme::Status::pending) needed(client.respond(challenge.url));
  return needed(client.order(order.url));
}

TEST(ProductionClient, GetsACertificateThatLeadsToTheRoot) {
  World world;
  auto client = client_of(world);
  (void)needed(client.register_account({"mailto:ops@example.org"}, {}));
  const auto order = ordered(client, {.names = {"a.example.org"}, .profile = "tlsserver", .replaces = {}});
  ASSERT_EQ(order.status, acme::Status::ready);
  ASSERT_EQ(world.seen.size(), 1U);
  EXPECT_EQ(world.seen[0].key_authorization, client.key_authorization(world.seen[0].token));
  const auto key = new_key();
  const std::vector<std::string> names{"a.example.org"};
  const auto valid = needed(client.finalize(order, crypto::make_signing_request(names, key).value()));
  const auto chains = needed(client.download(valid.certificate));
  const auto chain = crypto::Certificate::chain_from_pem(chains.first).value();
  const auto root = world.root();
  EXPECT_TRUE(chain[0].matches(key));
  EXPECT_TRUE(crypto::verify(chain[0], std::span{chain}.subspan(1), std::span{&root, 1}, "a.example.org", world.clock.now()));
  EXPECT_EQ(chains.alternates.size(), 1U);

  const auto der = chain[0].to_der().value();
  EXPECT_EQ(acme::certificate_id(der), world.authority->certificates().at(0).identifier);
  const auto info = needed(client.renewal_info(acme::certificate_id(der)));
  EXPECT_LT(info.start, info.end);
  EXPECT_EQ(needed(client.new_order({.names = names, .profile = {}, .replaces = acme::certificate_id(der)})).status, acme::Status::ready);
  needed(client.revoke(der, 4));
  EXPECT_TRUE(world.authority->certificates().at(0).revoked);
}

TEST(ProductionClient, IsNotDisturbedByRefusedNonces) {
  World world{{.bad_nonce_share = 0.05}};
  auto client = client_of(world);
  (void)needed(client.register_account({}, {}));
  for (int i = 0; i < 20; ++i)
    EXPECT_EQ(ordered(client, {.names = {"n" + std::to_string(i) + ".example.org"}, .profile = {}, .replaces = {}}).status,
              acme::Status::ready);
}

TEST(ProductionClient, HearsHowLongToWait) {
  World world;
  auto client = client_of(world);
  (void)needed(client.register_account({}, {}));
  world.authority->add_fault(
      {.kind = FaultKind::rate_limited, .at = RequestKind::new_order, .count = 1, .retry_after = std::chrono::minutes{7}});
  const auto limited = client.new_order({.names = {"a.example.org"}, .profile = {}, .replaces = {}});
  ASSERT_FALSE(limited);
  EXPECT_EQ(limited.error().type, "rateLimited");
  EXPECT_EQ(limited.error().retry_after, std::chrono::minutes{7});
}

}  // namespace
}  // namespace carillon::testca
