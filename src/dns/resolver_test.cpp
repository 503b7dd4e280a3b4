#include "dns/resolver.hpp"

#include "base/testing/eventually.hpp"
#include "dns/testing/responder.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

namespace carillon::dns {
namespace {

using namespace std::chrono_literals;
using namespace testing;  // carillon::dns::testing
using ::testing::AnyOf;
using ::testing::Contains;
using ::testing::Each;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr int kServfail = 2;
constexpr int kRefused = 5;

class Lookup : public ::testing::Test {
 protected:
  Responder server_;
  /// Longer than an answer takes on a busy machine; silence is tested with a shorter one.
  std::unique_ptr<Resolver> resolver_ = make_resolver({server_.address()}, 60s).value();
};

TEST_F(Lookup, FindsAddressesOfBothKinds) {
  server_.set("pod.example.org", kA, {.records = {a("pod.example.org", "192.0.2.7"), a("pod.example.org", "192.0.2.8")}});
  server_.set("pod.example.org", kAaaa, {.records = {aaaa("pod.example.org", "2001:db8::7")}});
  EXPECT_THAT(resolver_->addresses("Pod.Example.org.").value(), ElementsAre("192.0.2.7", "192.0.2.8", "2001:db8::7"));
}

TEST_F(Lookup, IsContentWithOneKind) {
  server_.set("four.example.org", kA, {.records = {a("four.example.org", "192.0.2.7")}});
  server_.set("four.example.org", kAaaa, {});
  server_.set("six.example.org", kA, {});
  server_.set("six.example.org", kAaaa, {.records = {aaaa("six.example.org", "2001:db8::7")}});
  server_.set("half.example.org", kA, {.records = {a("half.example.org", "192.0.2.9")}});
  server_.set("half.example.org", kAaaa, {.code = kServfail});
  EXPECT_THAT(resolver_->addresses("four.example.org").value(), ElementsAre("192.0.2.7"));
  EXPECT_THAT(resolver_->addresses("six.example.org").value(), ElementsAre("2001:db8::7"));
  EXPECT_THAT(resolver_->addresses("half.example.org").value(), ElementsAre("192.0.2.9"));
}

TEST_F(Lookup, AnswersAnAddressWithItself) {
  EXPECT_THAT(resolver_->addresses("192.0.2.7").value(), ElementsAre("192.0.2.7"));
  EXPECT_THAT(resolver_->addresses("2001:db8::1").value(), ElementsAre("2001:db8::1"));
  EXPECT_THAT(server_.asked(), IsEmpty());
}

TEST_F(Lookup, FollowsAliases) {
  const Reply reply{.records = {cname("www.example.org", "host.example.net"), cname("host.example.net", "edge.example.net"),
                                a("edge.example.net", "192.0.2.1"), a("stranger.example.net", "192.0.2.66")}};
  server_.set("www.example.org", kA, reply);
  EXPECT_THAT(resolver_->addresses("www.example.org").value(), ElementsAre("192.0.2.1")) << "an address of somebody else does not count";
  server_.set("loop.example.org", kA, {.records = {cname("loop.example.org", "loop.example.org")}});
  EXPECT_EQ(resolver_->addresses("loop.example.org").error().kind, ErrorKind::not_found);
}

TEST_F(Lookup, TellsWhatIsNotThereFromWhatCannotBeAsked) {
  server_.set("empty.example.org", kA, {});
  server_.set("empty.example.org", kAaaa, {});
  server_.set("broken.example.org", kA, {.code = kServfail});
  server_.set("broken.example.org", kAaaa, {.code = kServfail});
  server_.set("refused.example.org", kTxt, {.code = kRefused});
  EXPECT_EQ(resolver_->addresses("missing.example.org").error().kind, ErrorKind::not_found);
  EXPECT_EQ(resolver_->addresses("empty.example.org").error().kind, ErrorKind::not_found);
  const auto broken = resolver_->addresses("broken.example.org");
  EXPECT_EQ(broken.error().kind, ErrorKind::unavailable);
  EXPECT_TRUE(broken.error().message.contains("SERVFAIL")) << broken.error().message;
  EXPECT_EQ(resolver_->txt("refused.example.org").error().kind, ErrorKind::unavailable);
  server_.set("half.example.org", kA, {});
  server_.set("half.example.org", kAaaa, {.code = kServfail});
  EXPECT_EQ(resolver_->addresses("half.example.org").error().kind, ErrorKind::unavailable) << "it may have one";
}

TEST_F(Lookup, RefusesWhatIsNoName) {
  for (const auto* name : {"", ".", "a..b", "a b.org",
                           "p\xc3\xb6"
                           "d.org",
                           "a\\.b.org", "*.example.org"})
    EXPECT_EQ(resolver_->addresses(name).error().kind, ErrorKind::invalid) << name;
  EXPECT_EQ(resolver_->txt(std::string(64, 'a') + ".org").error().kind, ErrorKind::invalid);
}

TEST_F(Lookup, GivesUpOnSilenceAfterOneRetry) {
  server_.set("silent.example.org", kTxt, {.silent = true});
  resolver_ = make_resolver({server_.address()}, 100ms).value();
  EXPECT_EQ(resolver_->txt("silent.example.org").error().kind, ErrorKind::unavailable);
  // Both questions have been sent; the server may be late to read them.
  EXPECT_TRUE(carillon::testing::eventually([&] { return server_.asked().size() >= 2; }));
  EXPECT_THAT(server_.asked(), ElementsAre("TXT silent.example.org", "TXT silent.example.org"));
}

TEST_F(Lookup, AsksTheNextServerWhenTheFirstFails) {
  Responder second;
  server_.set("pod.example.org", kTxt, {.code = kServfail});
  second.set("pod.example.org", kTxt, {.records = {{"pod.example.org", kTxt, "\5hello"}}});
  resolver_ = make_resolver({server_.address(), second.address()}, 60s).value();
  EXPECT_THAT(resolver_->txt("pod.example.org").value(), ElementsAre("hello"));
  EXPECT_EQ(resolver_->txt("missing.example.org").error().kind, ErrorKind::not_found);
  EXPECT_THAT(second.asked(), ElementsAre("TXT pod.example.org")) << "a server that knows is believed";
}

TEST_F(Lookup, BelievesNoAnswerToAnotherQuestion) {
  server_.set("pod.example.org", kTxt, {.records = {{"pod.example.org", kTxt, "\5hello"}}, .wrong_id = true});
  resolver_ = make_resolver({server_.address()}, 100ms).value();
  EXPECT_EQ(resolver_->txt("pod.example.org").error().kind, ErrorKind::unavailable);
}

TEST_F(Lookup, AsksOverTcpWhatDoesNotFit) {
  const std::string piece(200, 'x');
  Reply reply{.truncated_over_udp = true};
  for (int i = 0; i < 40; ++i) reply.records.push_back({"pod.example.org", kTxt, static_cast<char>(piece.size()) + piece});
  server_.set("pod.example.org", kTxt, reply);
  EXPECT_EQ(resolver_->txt("pod.example.org").value().size(), 40U);
  EXPECT_THAT(server_.asked(), Contains("TXT pod.example.org tcp"));
}

TEST_F(Lookup, JoinsThePiecesOfAText) {
  server_.set(
      "_acme-challenge.example.org", kTxt,
      {.records = {{"_acme-challenge.example.org", kTxt, "\5hello\6 world"}, {"_acme-challenge.example.org", kTxt, std::string(1, '\0')}}});
  EXPECT_THAT(resolver_->txt("_acme-challenge.example.org").value(), ElementsAre("hello world", ""));
}

TEST_F(Lookup, ClimbsToTheNearestAncestorWithCaaRecords) {
  server_.set(
      "example.org", kCaa,
      {.records = {caa("example.org", "issue", "ca.example; validationmethods=http-01"), caa("example.org", "Unknown", "x", true)}});
  server_.set("b.example.org", kCaa, {});
  const auto records = resolver_->caa("a.b.example.org").value();
  ASSERT_EQ(records.size(), 2U);
  EXPECT_EQ(records[0].value, "ca.example; validationmethods=http-01");
  EXPECT_TRUE(records[1].critical);
  EXPECT_EQ(records[1].tag, "unknown");
  EXPECT_THAT(server_.asked(), ElementsAre("CAA a.b.example.org", "CAA b.example.org", "CAA example.org"));
}

TEST_F(Lookup, FindsNoCaaUpToTheTopAndSoNoLimit) {
  EXPECT_THAT(resolver_->caa("*.a.example.org").value(), IsEmpty());
  EXPECT_THAT(server_.asked(), ElementsAre("CAA a.example.org", "CAA example.org", "CAA org"));
  EXPECT_THAT(resolver_->caa("192.0.2.7").value(), IsEmpty());
}

TEST_F(Lookup, TakesTheCaaRecordsOfAnAliasForThoseOfTheName) {
  server_.set("www.example.org", kCaa, {.records = {cname("www.example.org", "host.example.net"), caa("host.example.net", "issue", ";")}});
  server_.set("example.org", kCaa, {.records = {caa("example.org", "issue", "ca.example")}});
  const auto records = resolver_->caa("www.example.org").value();
  ASSERT_EQ(records.size(), 1U);
  EXPECT_EQ(records[0].value, ";");
}

TEST_F(Lookup, SaysWhenCaaCannotBeKnown) {
  server_.set("a.example.org", kCaa, {.code = kServfail});
  EXPECT_EQ(resolver_->caa("a.example.org").error().kind, ErrorKind::unavailable) << "never taken for a name without records (RFC 8659 §3)";
}

TEST_F(Lookup, TakesLocalhostAndAllBelowItForThisMachine) {
  server_.set("localhost", kA, {.records = {a("localhost", "192.0.2.66")}});
  server_.set("www.localhost", kA, {.records = {a("www.localhost", "192.0.2.66")}});
  server_.set("localhost", kCaa, {.records = {caa("localhost", "issue", ";")}});
  server_.set("notlocalhost", kA, {.records = {a("notlocalhost", "192.0.2.7")}});
  const auto loopback = resolver_->addresses("localhost").value();
  EXPECT_THAT(loopback, Contains("127.0.0.1"));
  EXPECT_THAT(loopback, Each(AnyOf("127.0.0.1", "::1")));
  for (const auto* name : {"www.localhost", "WWW.LocalHost.", "a.b.localhost"})
    EXPECT_EQ(resolver_->addresses(name).value(), loopback) << name;
  EXPECT_THAT(resolver_->caa("www.localhost").value(), IsEmpty());
  EXPECT_EQ(resolver_->txt("_acme-challenge.localhost").error().kind, ErrorKind::not_found);
  EXPECT_THAT(server_.asked(), IsEmpty());
  EXPECT_THAT(resolver_->addresses("notlocalhost").value(), ElementsAre("192.0.2.7"));
}

TEST(Resolver, KnowsThisMachineWhenNoServerIsConfigured) {
  const auto resolver = make_resolver({}).value();
  EXPECT_THAT(resolver->addresses("localhost").value(), Contains("127.0.0.1"));
  EXPECT_THAT(resolver->addresses("www.localhost").value(), Contains("127.0.0.1"));
}

TEST(Resolver, RefusesServersThatAreNone) {
  for (const auto* text : {"", "localhost", "127.0.0.1:0", "127.0.0.1:65536", "127.0.0.1:x", ":53", "[::1", "::1:53x"}) {
    const auto made = make_resolver({text});
    ASSERT_FALSE(made) << text;
    EXPECT_EQ(made.error().kind, ErrorKind::invalid);
  }
  for (const auto* text : {"192.0.2.53", "127.0.0.1:8053", "::1", "[::1]:8053"}) EXPECT_TRUE(make_resolver({text})) << text;
}

}  // namespace
}  // namespace carillon::dns
