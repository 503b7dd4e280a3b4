// What is seen from outside: the chain as it was sent, or the one reason why there is none.

#include "base/testing/testing.hpp"
#include "certs/probe/handshake.hpp"
#include "certs/probe/probe.hpp"
#include "certs/probe/testing/endpoints.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sched.h>
#include <sys/socket.h>

#include <cstdlib>
#include <functional>
#include <map>
#include <thread>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;
using crypto::testing::Kind;
using testing::Behaviour;
using testing::Manner;

/// Names and where they lead; an address answers itself.
class FakeResolver final : public dns::Resolver {
 public:
  std::map<std::string, std::vector<std::string>> names;
  Result<std::vector<std::string>> addresses(const std::string& name) override {
    if (crypto::is_ip_address(name)) return std::vector{name};
    if (const auto found = names.find(name); found != names.end()) return found->second;
    return fail(ErrorKind::not_found, "There is no name " + name + ".");
  }
  Result<std::vector<dns::CaaRecord>> caa(const std::string&) override { return {}; }
  Result<std::vector<std::string>> txt(const std::string&) override { return {}; }
  Result<std::string> alias(const std::string& name) override { return fail(ErrorKind::not_found, name + " has no CNAME record."); }
  Result<std::vector<std::string>> name_servers(const std::string& name) override {
    return fail(ErrorKind::not_found, name + " has no NS record.");
  }
};

/// Long enough for a busy machine, where an answer comes; short, where none comes.
constexpr auto kPatient = 60s;
constexpr auto kImpatient = 600ms;

class Probing : public ::testing::Test {
 protected:
  Sighting look(Manner manner, std::chrono::milliseconds within, StartTls starttls = StartTls::none) {
    behaviours_["127.0.0.9"] = {manner, Kind::good};
    auto sightings = prober_->look({"127.0.0.9", endpoints_->port(), starttls}, within);
    EXPECT_TRUE(sightings && sightings->size() == 1);
    return std::move(sightings->front());
  }

  /// What is found within a short time, where something has to come within it: a busy machine is given longer and longer ones.
  Obstacle found(Obstacle expected, Manner manner, std::chrono::milliseconds within) {
    auto obstacle = look(manner, within).obstacle;
    while (obstacle != expected && within < 60s) obstacle = look(manner, within *= 4).obstacle;
    return obstacle;
  }

  carillon::testing::ManualClock clock_;
  crypto::testing::Authority authority_{clock_.now()};
  std::map<std::string, Behaviour> behaviours_;
  std::unique_ptr<testing::Endpoints> endpoints_ =
      std::make_unique<testing::Endpoints>(authority_, [this](const std::string& address) { return behaviours_[address]; });
  FakeResolver resolver_;
  std::unique_ptr<Prober> prober_ = std::move(make_prober(resolver_)).value();
};

TEST_F(Probing, EveryAddressOfANameIsLookedAtInItsOrder) {
  resolver_.names["www.example.org"] = {"127.0.0.2", "127.0.0.3", "::1"};
  behaviours_ = {
      {"127.0.0.2", {Manner::tls, Kind::good}}, {"127.0.0.3", {Manner::tls, Kind::reversed_chain}}, {"::1", {Manner::closed, Kind::good}}};
  const auto sightings = prober_->look({"www.example.org", endpoints_->port()}, kPatient);
  ASSERT_TRUE(sightings) << sightings.error().message;
  ASSERT_EQ(sightings->size(), 3U);
  const auto& [good, reversed, closed] = std::tie((*sightings)[0], (*sightings)[1], (*sightings)[2]);
  EXPECT_EQ(good.address, "127.0.0.2:" + std::to_string(endpoints_->port()));
  EXPECT_EQ(good.chain.size(), 2U);
  EXPECT_EQ(good.protocol, "TLSv1.3");
  EXPECT_FALSE(good.failure);
  const auto leaf = crypto::Certificate::from_der(good.chain.front());
  ASSERT_TRUE(leaf);
  EXPECT_EQ(good.serial, leaf->serial_hex());
  EXPECT_EQ(good.not_after, clock_.now() + std::chrono::days{60});
  EXPECT_EQ(reversed.chain.size(), 3U);
  EXPECT_NE(reversed.serial, good.serial);
  EXPECT_EQ(closed.address, "[::1]:" + std::to_string(endpoints_->port()));
  EXPECT_TRUE(closed.chain.empty());
  EXPECT_TRUE(closed.failure);
}

TEST_F(Probing, WhatIsBrokenIsStillSeen) {
  for (const auto kind : crypto::testing::kKinds) {
    behaviours_["127.0.0.9"] = {Manner::tls, kind};
    const auto sightings = prober_->look({"127.0.0.9", endpoints_->port()}, kPatient);
    ASSERT_TRUE(sightings);
    EXPECT_FALSE(sightings->front().failure) << crypto::testing::name_of(kind) << ": " << sightings->front().failure->message;
    EXPECT_EQ(sightings->front().chain.size(), authority_.make(kind, "127.0.0.9").chain.size()) << crypto::testing::name_of(kind);
  }
}

TEST_F(Probing, EachObstacleHasItsName) {
  const std::map<Manner, Obstacle> quick{{Manner::plain_http, Obstacle::not_tls},
                                         {Manner::reset, Obstacle::reset},
                                         {Manner::closed, Obstacle::reset},
                                         {Manner::alert, Obstacle::alert},
                                         {Manner::smtp, Obstacle::not_tls}};
  for (const auto& [manner, obstacle] : quick) {
    const auto sighting = look(manner, kPatient);
    // Whether an early close arrives as an end or as a reset is the kernel's choice.
    const bool is_close = manner == Manner::closed && sighting.obstacle == Obstacle::closed;
    EXPECT_TRUE(sighting.obstacle == obstacle || is_close) << name_of(obstacle) << " was called " << name_of(sighting.obstacle);
    EXPECT_TRUE(sighting.chain.empty());
    ASSERT_TRUE(sighting.failure);
    EXPECT_NE(sighting.failure->message.find(sighting.address), std::string::npos) << sighting.failure->message;
    EXPECT_EQ(sighting.failure->kind, obstacle == Obstacle::not_tls ? ErrorKind::corrupt : ErrorKind::unavailable);
  }
  EXPECT_EQ(look(Manner::silent, kImpatient).obstacle, Obstacle::silence);
  EXPECT_EQ(found(Obstacle::slow, Manner::slow, kImpatient), Obstacle::slow);
}

TEST_F(Probing, HttpThatWaitsForTheEndOfALineIsFoundOut) {
  EXPECT_EQ(found(Obstacle::not_tls, Manner::patient_http, 2s), Obstacle::not_tls);
}

TEST_F(Probing, APortWithoutAListenerRefuses) {
  const auto port = endpoints_->port();
  endpoints_.reset();
  const auto sightings = prober_->look({"127.0.0.9", port}, kPatient);
  ASSERT_TRUE(sightings);
  EXPECT_EQ(sightings->front().obstacle, Obstacle::refused);
}

TEST(Connecting, TellsNoWayFromNobodyThere) {
  constexpr bool kV4 = false, kV6 = true, kHere = true, kThere = false;
  // A machine without IPv6.
  EXPECT_EQ(obstacle_of_connect(ENETUNREACH, kV6, kHere), Obstacle::no_route);
  EXPECT_EQ(obstacle_of_connect(EADDRNOTAVAIL, kV6, kHere), Obstacle::no_route);
  EXPECT_EQ(obstacle_of_connect(EAFNOSUPPORT, kV6, kHere), Obstacle::no_route);
  // One with a local IPv6 address alone, from which what is sent to the Internet vanishes.
  EXPECT_EQ(obstacle_of_connect(ETIMEDOUT, kV6, kHere), Obstacle::no_route);
  // A machine with IPv6: the neighbour that is down, the router that knows no way or forbids it, the firewall of this machine.
  EXPECT_EQ(obstacle_of_connect(EHOSTUNREACH, kV6, kThere), Obstacle::unreachable);
  EXPECT_EQ(obstacle_of_connect(ENETUNREACH, kV6, kThere), Obstacle::unreachable);
  EXPECT_EQ(obstacle_of_connect(EACCES, kV6, kThere), Obstacle::unreachable);
  EXPECT_EQ(obstacle_of_connect(EPERM, kV6, kHere), Obstacle::no_socket);
  // One without IPv4; but an IPv4 address where nobody is any more is not one without a way to it.
  EXPECT_EQ(obstacle_of_connect(ENETUNREACH, kV4, kHere), Obstacle::no_route);
  EXPECT_EQ(obstacle_of_connect(EHOSTUNREACH, kV4, kThere), Obstacle::unreachable);
  // What is wrong here says nothing about the way.
  EXPECT_EQ(obstacle_of_connect(EMFILE, kV6, kHere), Obstacle::no_socket);
  EXPECT_EQ(obstacle_of_connect(EADDRNOTAVAIL, kV4, kHere), Obstacle::no_socket);
  EXPECT_EQ(obstacle_of_connect(ECONNREFUSED, kV6, kThere), Obstacle::refused);
  EXPECT_EQ(obstacle_of_connect(ETIMEDOUT, kV6, kThere), Obstacle::silence);
}

/// Runs `body` on a machine whose only IPv6 address is a local one (fd00::/8), with a default route on which everything vanishes; false
/// where this process may not make such a machine.
bool on_a_machine_with_a_local_ipv6_address_alone(const std::function<void()>& body) {
  bool made = false;
  // Namespaces of the network belong to a thread: the others stay where they are.
  std::jthread{[&] {
    made = ::unshare(CLONE_NEWNET) == 0 &&
           std::system(
               "{ ip link add v0 type veth peer name v1 && ip link set v0 up && ip link set v1 up && "  // NOLINT(cert-env33-c)
               "ip -6 addr add fd00:1::2/64 dev v0 nodad && ip -6 route add default dev v0; } 2>/dev/null") == 0;
    if (made) body();
  }}.join();
  return made;
}

TEST(Connecting, WhereNoAnswerCouldArriveSilenceIsNoWay) {
  const auto ended_as = [](const std::string& address) {
    const auto look = TlsLook::create();
    Handshake handshake{*look, {.address = address, .port = 443, .server_name = {}}};
    EXPECT_FALSE(handshake.over()) << "it was sent, and vanished";
    handshake.give_up();
    return handshake.take_outcome().obstacle;
  };
  const bool made = on_a_machine_with_a_local_ipv6_address_alone([&] {
    EXPECT_EQ(ended_as("2001:db8::1"), Obstacle::no_route);
    EXPECT_EQ(ended_as("fd00:1::3"), Obstacle::silence) << "that one could have answered";
  });
  if (!made) GTEST_SKIP() << "this process may not make a network of its own";
}

TEST_F(Probing, MailSpeaksBeforeTls) {
  const auto smtp = look(Manner::smtp, kPatient, StartTls::smtp);
  EXPECT_FALSE(smtp.failure) << smtp.failure->message;
  EXPECT_EQ(smtp.chain.size(), 2U);
  const auto imap = look(Manner::imap, kPatient, StartTls::imap);
  EXPECT_FALSE(imap.failure) << imap.failure->message;
  EXPECT_EQ(imap.chain.size(), 2U);
  EXPECT_EQ(look(Manner::smtp_plain, kPatient, StartTls::smtp).obstacle, Obstacle::no_starttls);
  EXPECT_EQ(look(Manner::tls, kImpatient, StartTls::smtp).obstacle, Obstacle::silence);
}

TEST_F(Probing, ANewHandshakeEachTime) {
  look(Manner::tls, kPatient);
  look(Manner::tls, kPatient);
  EXPECT_EQ(endpoints_->resumed(), 0U);
}

TEST_F(Probing, ANameThatLeadsNowhereIsSaid) {
  EXPECT_EQ(prober_->look({"nowhere.example", 443}, kPatient).error().kind, ErrorKind::not_found);
}

TEST(Targets, ArePrintedAsPeopleTypeThem) {
  EXPECT_EQ((Target{"mail.example.org", 993}).text(), "mail.example.org:993");
  EXPECT_EQ((Target{"2001:db8::1", 443}).text(), "[2001:db8::1]:443");
  EXPECT_EQ(starttls_named("imap"), StartTls::imap);
  EXPECT_EQ(starttls_named("gopher").error().kind, ErrorKind::invalid);
}

TEST(Endpoints, AreUnderstoodAsPeopleWriteThem) {
  const auto text = [](const char* written) {
    const auto target = endpoint_from(written);
    return target ? target->text() : target.error().message;
  };
  EXPECT_EQ(text(" Mail.Example.org.:993 "), "mail.example.org:993");
  EXPECT_EQ(text("https://www.example.org/shows?x#y"), "www.example.org:443");
  EXPECT_EQ(text("HTTPS://www.example.org:8443"), "www.example.org:8443");
  EXPECT_EQ(text("[2001:DB8::1]:443"), "[2001:db8::1]:443");
  EXPECT_EQ(text("bücher.example:443"), "xn--bcher-kva.example:443");
  EXPECT_EQ(text("www.example.org"), "“www.example.org” has no port; add one after the name, e.g. www.example.org:443.");
  EXPECT_EQ(text("2001:db8::1"), "“2001:db8::1” isn't an endpoint; an IPv6 address needs brackets, e.g. [2001:db8::1]:443.");
  for (const auto* written :
       {"", ":", ":443", "a:", "a:0", "a:65536", "a:4x", "[::1", "[::1]443", "http://a:1", "a/b:1", "a b:1", "*.a.org:1"})
    EXPECT_FALSE(endpoint_from(written)) << written;
}

TEST(ServerNames, AreSentForNamesAndNotForAddresses) {
  // Read off the wire: the first flight of a handshake with a listener of our own.
  const auto flight = [](const std::string& server_name) {
    const FileDescriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t length = sizeof address;
    EXPECT_EQ(::bind(listener.get(), reinterpret_cast<sockaddr*>(&address), length), 0);
    EXPECT_EQ(::listen(listener.get(), 1), 0);
    ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &length);
    const auto look = TlsLook::create();
    Handshake handshake{*look, {"127.0.0.1", ntohs(address.sin_port), server_name}};
    const FileDescriptor peer{::accept(listener.get(), nullptr, nullptr)};
    handshake.advance();
    std::string bytes(4'096, '\0');
    const auto received = ::recv(peer.get(), bytes.data(), bytes.size(), 0);
    bytes.resize(received > 0 ? static_cast<std::size_t>(received) : 0);
    return bytes;
  };
  EXPECT_NE(flight("www.example.org").find("www.example.org"), std::string::npos);
  EXPECT_EQ(flight("192.0.2.77").find("192.0.2.77"), std::string::npos);
}

TEST_F(Probing, ConnectsToNoPrivateAddressForANameThatATenantBrought) {
  behaviours_["127.0.0.9"] = {Manner::tls, Kind::good};
  const std::vector<std::string> inside{
      "127.0.0.9", "0.0.0.0", "10.1.2.3", "172.16.0.1", "192.168.1.1",      "169.254.169.254", "100.64.0.1",      "::1",
      "::",        "fe80::1", "fc00::1",  "ff02::1",    "::ffff:127.0.0.9", "::ffff:10.0.0.1", "64:ff9b::7f00:9", "224.0.0.1"};
  resolver_.names["tenant.example.org"] = inside;
  const Target target{.host = "tenant.example.org", .port = endpoints_->port(), .starttls = StartTls::none, .public_only = true};
  const auto sightings = prober_->look(target, kPatient).value();
  ASSERT_EQ(sightings.size(), inside.size());
  for (const auto& sighting : sightings) {
    EXPECT_EQ(sighting.obstacle, Obstacle::not_public) << sighting.address;
    EXPECT_TRUE(sighting.chain.empty());
  }
  EXPECT_EQ(endpoints_->most_at_once("127.0.0.9"), 0U);
  // What the operator allows, and what the operator brought, is looked at.
  const auto allowing = make_prober(resolver_, {IpNetwork::parse("127.0.0.9/32").value()}).value();
  EXPECT_FALSE(allowing->look(target, kPatient).value().front().chain.empty());
  EXPECT_FALSE(
      prober_->look({.host = "127.0.0.9", .port = endpoints_->port(), .starttls = StartTls::none}, kPatient).value().front().chain.empty());
}

}  // namespace
}  // namespace carillon::certs
