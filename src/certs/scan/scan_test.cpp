// Inventory over hundreds of servers of every kind: each named rightly, and none delays the rest.

#include "certs/scan/scan.hpp"

#include "base/file.hpp"
#include "base/testing/testing.hpp"
#include "certs/probe/judge.hpp"
#include "certs/probe/testing/endpoints.hpp"
#include "certs/scan/plan.hpp"
#include "certs/watch/watch.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>

namespace carillon::certs {
namespace {

using namespace std::chrono_literals;
using crypto::testing::Kind;
using ::testing::AnyOf;
using testing::Behaviour;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using testing::Manner;
using ::testing::UnorderedElementsAre;

class FakeResolver final : public dns::Resolver {
 public:
  std::map<std::string, std::vector<std::string>> names;
  Result<std::vector<std::string>> addresses(const std::string& name) override {
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

/// What each kind is called, and nothing else.
std::vector<std::string> expected(const Behaviour& behaviour) {
  switch (behaviour.manner) {
    case Manner::silent:
    case Manner::slow:
    case Manner::reset:
      return {"unreachable"};
    case Manner::plain_http:
      return {"not_tls"};
    default:
      break;
  }
  switch (behaviour.kind) {
    case Kind::expired:
      return {"expired"};
    case Kind::not_yet_valid:
      return {"not_yet_valid"};
    case Kind::self_signed:
      return {"self_signed"};
    case Kind::wrong_host:
      return {"wrong_name"};
    case Kind::incomplete_chain:
      return {"incomplete_chain"};
    case Kind::reversed_chain:
      return {"reversed_chain"};
    case Kind::untrusted_root:
    case Kind::out_of_constraints:
      return {"untrusted"};
    case Kind::sha1_intermediate:
      return {"weak_signature"};
    case Kind::rsa1024:
      return {"weak_key"};
    default:
      return {};
  }
}

class Scanning : public ::testing::Test {
 protected:
  Result<ScanResult> scanned(const ScanRequest& request, const std::function<void(ScanProgress)>& progress = {}) {
    return scan(request, {resolver_, trust_, clock_, files_}, progress);
  }
  Result<ScanResult> scanned(std::vector<std::string> targets) { return scanned(ScanRequest{.targets = std::move(targets), .lists = {}}); }
  std::string written(const std::string& name, const std::string& content) {
    const auto path = folder_.path() / name;
    std::filesystem::create_directories(path.parent_path());
    EXPECT_TRUE(write_file(path, content));
    return path.string();
  }
  static std::string pem_of(const crypto::testing::Served& served) {
    std::string pem;
    for (const auto& certificate : served.chain) pem += certificate.to_pem().value();
    return pem;
  }

  carillon::testing::TemporaryFolder folder_;
  carillon::testing::ManualClock clock_;
  crypto::testing::Authority authority_{clock_.now()};
  crypto::Trust trust_ = std::move(crypto::Trust::in(authority_.roots())).value();
  FakeResolver resolver_;
  LocalFiles files_;
};

TEST_F(Scanning, EveryKindAmongHundredsIsNamedRightlyAndTheSilentCostOneDeadlineAndNoMore) {
  const auto kinds = testing::every_behaviour();
  const auto behaviour_at = [&](const std::string& address) {
    const auto last = std::stoul(address.substr(address.rfind('.') + 1)), middle = std::stoul(address.substr(6, address.rfind('.') - 6));
    return kinds[(middle * 256 + last) % kinds.size()].behaviour;
  };
  const testing::Endpoints endpoints{authority_, behaviour_at};
  const auto port = std::to_string(endpoints.port());
  ScanRequest request{.targets = {"127.1.0.0/24:" + port, "127.1.1.0/25:" + port}, .lists = {}};
  ScanProgress last;
  Result<ScanResult> result;
  // Those that answer do so in time; a busy machine is given more of it.
  const auto is_missed = [&](const ScanRow& row) {
    return !row.findings.empty() && row.findings != expected(behaviour_at(row.where.substr(0, row.where.find(':'))));
  };
  for (auto deadline = std::chrono::milliseconds{3s}; deadline < 60s; deadline *= 3) {
    request.deadline = deadline;
    result = scanned(request, [&](ScanProgress progress) {
      EXPECT_LE(progress.done, progress.total);
      last = progress;
    });
    ASSERT_TRUE(result) << result.error().message;
    if (std::ranges::none_of(result->rows, is_missed)) break;
  }
  ASSERT_EQ(result->rows.size(), 384U);
  EXPECT_EQ(last.done, 384U);
  EXPECT_EQ(last.total, 384U);
  std::set<std::string> met;
  for (const auto& row : result->rows) {
    const auto address = row.where.substr(0, row.where.find(':'));
    const auto behaviour = behaviour_at(address);
    EXPECT_EQ(row.findings, expected(behaviour)) << row.where << ' ' << row.detail;
    if (!row.findings.empty()) met.insert(row.findings.front());
    const bool is_seen = behaviour.manner == Manner::tls;
    EXPECT_EQ(row.not_after.has_value(), is_seen);
    EXPECT_EQ(row.detail.empty(), is_seen) << row.detail;
    if (behaviour.kind == Kind::good && is_seen) {
      EXPECT_EQ(row.name, address);
      EXPECT_EQ(row.issuer, "Test Intermediate");
      EXPECT_EQ(row.not_after, clock_.now() + std::chrono::days{60});
      EXPECT_EQ(row.key, "P-256");
    }
  }
  EXPECT_EQ(met.size(), 11U) << "every finding has occurred";
  EXPECT_GE(endpoints.most_mute_at_once(), 8U) << "48 silent and slow ones cost their deadline side by side, not one after the other";
}

/// The same server, judged by a scan, by a watch and by the keeper.
TEST_F(Scanning, AServedChainGetsTheSameVerdictFromAWatchAndTheKeeper) {
  const auto kinds = testing::every_behaviour();
  const testing::Endpoints endpoints{
      authority_, [&](const std::string& address) { return kinds[std::stoul(address.substr(address.rfind('.') + 1)) - 1].behaviour; }};
  const auto prober = make_prober(resolver_).value();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (kinds[i].behaviour.manner == Manner::silent || kinds[i].behaviour.manner == Manner::slow) continue;  // they take their time
    const auto name = std::string(kinds[i].name) + ".example";
    resolver_.names[name] = {"127.0.0." + std::to_string(i + 1)};
    const Target target{.host = name, .port = endpoints.port()};
    const auto rows = scanned({target.text()}).value().rows;
    ASSERT_EQ(rows.size(), 1U) << name;
    const auto& row = rows.front();

    const auto looked = prober->look(target, 20s);
    const auto watched =
        assess({.target = target, .in_charge = {}, .added = {}, .next_look = {}, .last_look = {}}, looked, trust_, clock_.now());
    ASSERT_EQ(watched.watch.seen.size(), 1U) << name;
    const auto& seen = watched.watch.seen.front();
    std::vector<std::string> findings;
    for (const auto finding : seen.findings) findings.emplace_back(crypto::name_of(finding));
    const bool is_seen = seen.failure.empty();
    const bool is_without_certificate =
        row.findings == std::vector{std::string(kUnreachable)} || row.findings == std::vector{std::string(kNotTls)};
    EXPECT_EQ(is_without_certificate, !is_seen) << name;
    if (is_seen) {
      EXPECT_EQ(row.findings, findings) << name;
      EXPECT_EQ(row.issuer, seen.issuer) << name;
      EXPECT_EQ(row.not_after, seen.not_after) << name;
    } else {
      // A reset may come before or during the handshake: each look says which.
      if (kinds[i].behaviour.manner != Manner::reset) EXPECT_THAT(seen.failure, HasSubstr(row.detail)) << name;
    }

    // The keeper asks whether it is its own, whatever clients think of it.
    const auto& sighting = looked->front();
    const auto own = is_seen ? crypto::fingerprint(crypto::Certificate::from_der(sighting.chain.front()).value()) : std::string{"00"};
    const auto kept = identify(sighting, {.name = name, .serial = {}, .fingerprint = own});
    EXPECT_EQ(kept.verdict, is_seen ? Verdict::seen : Verdict::unreachable) << name;
    EXPECT_EQ(kept.not_after, row.not_after) << name;
  }
}

TEST_F(Scanning, WhoAnswersTheSecondLookIsShownWithoutWhatTheFirstOneFound) {
  std::atomic<int> looks = 0;
  const testing::Endpoints endpoints{authority_, [&](const std::string& address) {
                                       const bool is_busy = address == "127.0.0.6" && looks++ == 0;
                                       return is_busy ? Behaviour{Manner::silent} : Behaviour{Manner::tls, Kind::good};
                                     }};
  const auto port = std::to_string(endpoints.port());
  ScanRequest request{.targets = {"127.0.0.5:" + port, "127.0.0.6:" + port}, .lists = {}};
  const auto is_good = [](const ScanRow& row) { return row.findings.empty(); };
  Result<ScanResult> result;
  // Those that answer do so in time; a busy machine is given more of it.
  for (auto deadline = std::chrono::milliseconds{1s}; deadline < 60s; deadline *= 4) {
    request.deadline = deadline;
    looks = 0;
    result = scanned(request);
    ASSERT_TRUE(result) << result.error().message;
    if (std::ranges::all_of(result->rows, is_good)) break;
  }
  EXPECT_GE(looks, 2);
  ASSERT_EQ(result->rows.size(), 2U);
  for (const auto& row : result->rows) {
    EXPECT_THAT(row.findings, IsEmpty()) << row.where;
    EXPECT_EQ(row.detail, "") << row.where;
  }
}

TEST_F(Scanning, OneAddressNeverGetsMoreThanItsShareAtOnce) {
  const testing::Endpoints endpoints{authority_, [](const std::string&) { return Behaviour{Manner::silent}; }};
  ScanRequest request{.lists = {}};
  // Names that all lead to one address.
  for (int i = 0; i < 40; ++i) {
    const auto name = "h" + std::to_string(i) + ".example";
    resolver_.names[name] = {"127.0.0.5"};
    request.targets.push_back(name + ":" + std::to_string(endpoints.port()));
  }
  request.deadline = 200ms;
  const auto result = scanned(request);
  ASSERT_TRUE(result);
  EXPECT_EQ(result->rows.size(), 40U);
  EXPECT_LE(endpoints.most_at_once("127.0.0.5"), kHandshakesPerAddress);
  EXPECT_GE(endpoints.most_at_once("127.0.0.5"), 2U);
}

TEST_F(Scanning, AddressesOfANameThatShowTheSameAreOneRowAndOthersAreTold) {
  std::map<std::string, Kind> kinds{{"127.0.0.2", Kind::expired}};
  const auto shared = authority_.make("www.example.org", clock_.now() - 1h, clock_.now() + 1h);
  const testing::Endpoints endpoints{authority_, [&](const std::string& address) { return Behaviour{Manner::tls, kinds[address]}; },
                                     [&](const std::string& address) {
                                       crypto::testing::Served served = authority_.make(kinds[address], "www.example.org");
                                       if (kinds[address] != Kind::good) return served;
                                       served.chain.clear();
                                       for (const auto& certificate : shared.chain)
                                         served.chain.push_back(crypto::testing::copy_of(certificate));
                                       return served;
                                     }};
  const auto target = "www.example.org:" + std::to_string(endpoints.port());
  resolver_.names["www.example.org"] = {"127.0.0.3", "127.0.0.4"};
  const auto same = scanned({target});
  ASSERT_TRUE(same);
  ASSERT_EQ(same->rows.size(), 1U);
  EXPECT_EQ(same->rows[0].where, target);
  EXPECT_THAT(same->rows[0].findings, IsEmpty());
  resolver_.names["www.example.org"] = {"127.0.0.2", "127.0.0.3"};
  const auto different = scanned({target});
  ASSERT_EQ(different->rows.size(), 2U);
  EXPECT_EQ(different->rows[0].where, target + " at 127.0.0.2");
  EXPECT_THAT(different->rows[0].findings, ElementsAre("expired"));
  EXPECT_THAT(different->rows[1].findings, IsEmpty());
}

TEST_F(Scanning, AnAddressThatSaysNothingHasNoRowBesideOneThatShowsACertificate) {
  constexpr bool kHasV6 = false;
  const testing::Endpoints endpoints{authority_, [](const std::string&) { return Behaviour{Manner::tls, Kind::good}; }, {}, 0, kHasV6};
  const auto target = "www.example.org:" + std::to_string(endpoints.port());
  resolver_.names["www.example.org"] = {"127.0.0.5", "::1"};
  resolver_.names["nobody.example.org"] = {"::1"};
  const auto result = scanned({target, "nobody.example.org:" + std::to_string(endpoints.port())}).value();
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_THAT(result.rows[0].where, HasSubstr("nobody.example.org:")) << "where nothing else is seen, it counts";
  EXPECT_THAT(result.rows[0].findings, ElementsAre("unreachable"));
  EXPECT_EQ(result.rows[1].where, target + " at 127.0.0.5");
}

TEST_F(Scanning, AnAddressWhereSomebodyFailsHasARow) {
  const testing::Endpoints endpoints{authority_, [](const std::string& address) {
                                       return address == "::1" ? Behaviour{Manner::reset} : Behaviour{Manner::tls, Kind::good};
                                     }};
  const auto target = "www.example.org:" + std::to_string(endpoints.port());
  resolver_.names["www.example.org"] = {"127.0.0.5", "::1"};
  const auto result = scanned({target}).value();
  ASSERT_EQ(result.rows.size(), 2U);
  EXPECT_EQ(result.rows[1].where, target + " at ::1");
  EXPECT_THAT(result.rows[1].findings, ElementsAre("unreachable"));
}

TEST_F(Scanning, ANameThatLeadsNowhereIsARowOfItsOwn) {
  const auto result = scanned({"nowhere.example"});
  ASSERT_TRUE(result);
  ASSERT_EQ(result->rows.size(), 1U);
  EXPECT_EQ(result->rows[0].where, "nowhere.example:443");
  EXPECT_THAT(result->rows[0].findings, ElementsAre("unreachable"));
  EXPECT_THAT(result->rows[0].detail, HasSubstr("no name"));
}

TEST_F(Scanning, AFolderOfCertificatesIsReadWithItsLinksAndWithoutKeys) {
  const auto good = authority_.make(Kind::good, "www.example.org");
  written("tls/a.pem", pem_of(good));
  written("tls/deep/er/b.crt", pem_of(authority_.make(Kind::expired, "b.example.org")));
  written("tls/c.der", good.chain[0].to_der().value());
  written("tls/root.pem", authority_.root().to_pem().value());
  written("tls/a.key", good.key->to_pem().value());
  written("tls/note.txt", "no certificate");
  written("elsewhere/x.pem", pem_of(good));
  written("archive/y7.pem", pem_of(good));
  std::filesystem::create_symlink(folder_.path() / "elsewhere", folder_.path() / "tls/link");
  std::filesystem::create_symlink(folder_.path() / "tls", folder_.path() / "tls/loop");
  std::filesystem::create_symlink("../archive/y7.pem", folder_.path() / "tls/y.pem");
  std::filesystem::create_symlink("gone.pem", folder_.path() / "tls/broken.pem");
  std::filesystem::create_symlink("circle.pem", folder_.path() / "tls/circle.pem");
  const auto result = scanned({(folder_.path() / "tls").string()});
  ASSERT_TRUE(result) << result.error().message;
  std::map<std::string, ScanRow> rows;
  for (const auto& row : result->rows) rows[row.where.substr((folder_.path() / "tls").string().size() + 1)] = row;
  ASSERT_EQ(rows.size(), 6U);
  EXPECT_THAT(rows["a.pem"].findings, IsEmpty());
  EXPECT_EQ(rows["a.pem"].name, "www.example.org");
  EXPECT_EQ(rows["a.pem"].endpoint, std::nullopt);
  EXPECT_THAT(rows["deep/er/b.crt"].findings, ElementsAre("expired"));
  EXPECT_THAT(rows["c.der"].findings, ElementsAre("incomplete_chain")) << "its intermediate lies in another file, and is known from there";
  EXPECT_THAT(rows["root.pem"].findings, IsEmpty());
  EXPECT_EQ(rows["link/x.pem"].name, "www.example.org");
  EXPECT_EQ(rows["y.pem"].name, "www.example.org");
  EXPECT_THAT(result->problems,
              UnorderedElementsAre(HasSubstr("broken.pem was not read, because it is a link to gone.pem, which doesn't exist"),
                                   HasSubstr("circle.pem was not read, because its links form a loop")));
}

/// certbot's folders: what is served is a link, and what it leads to lies beside older ones.
TEST_F(Scanning, LinksStandForWhatTheyLeadTo) {
  written("archive/www/cert1.pem", pem_of(authority_.make(Kind::expired, "www.example.org")));
  written("archive/www/cert2.pem", pem_of(authority_.make(Kind::good, "www.example.org")));
  std::filesystem::create_directories(folder_.path() / "live/www");
  std::filesystem::create_symlink("../../archive/www/cert2.pem", folder_.path() / "live/www/cert.pem");
  std::filesystem::create_symlink("archive/www/cert2.pem", folder_.path() / "0123abcd.0");
  const auto live = scanned({(folder_.path() / "live").string()}).value();
  ASSERT_EQ(live.rows.size(), 1U);
  EXPECT_THAT(live.rows[0].findings, IsEmpty());
  const auto all = scanned({folder_.path().string()}).value();
  ASSERT_EQ(all.rows.size(), 2U);
  EXPECT_EQ(all.rows[0].where, (folder_.path() / "archive/www/cert1.pem").string());
  EXPECT_EQ(all.rows[1].where, (folder_.path() / "live/www/cert.pem").string());
}

TEST_F(Scanning, AFolderWithNothingInItSaysSo) {
  written("empty/note.txt", "nothing");
  const auto result = scanned({(folder_.path() / "empty").string()}).value();
  EXPECT_THAT(result.rows, IsEmpty());
  EXPECT_THAT(result.problems, ElementsAre(HasSubstr("contains neither a certificate nor a server configuration with TLS")));
  const auto plain = scanned({written("nginx.conf", "http { server { listen 80; server_name a.example; } }")}).value();
  EXPECT_THAT(plain.problems, ElementsAre(HasSubstr("configures no server with TLS")));
}

TEST_F(Scanning, AFolderOfConfigurationsIsReadAsOne) {
  written("nginx/nginx.conf", "http { include sites-enabled/*; }");
  written("nginx/sites-available/a", "server { listen 443 ssl; server_name a.example; ssl_certificate a.pem; }");
  written("nginx/sites-available/b", "server { listen 443 ssl; server_name b.example; ssl_certificate b.pem; }");
  written("nginx/a.pem", pem_of(authority_.make(Kind::good, "a.example")));
  std::filesystem::create_directories(folder_.path() / "nginx/sites-enabled");
  std::filesystem::create_symlink("../sites-available/a", folder_.path() / "nginx/sites-enabled/a");
  const auto planned = plan({.targets = {folder_.path().string()}, .lists = {}}, files_).value();
  ASSERT_EQ(planned.endpoints.size(), 1U);
  EXPECT_EQ(planned.endpoints[0].text(), "a.example:443");
  EXPECT_EQ(planned.files.size(), 1U);
  EXPECT_THAT(planned.problems, IsEmpty());
  EXPECT_THAT(planned.remarks,
              ElementsAre(HasSubstr("sites-available/b was not read, because its server's main configuration doesn't include")));
  // The same files without their main one: each is a configuration.
  const auto fragments = plan({.targets = {(folder_.path() / "nginx/sites-enabled").string()}, .lists = {}}, files_).value();
  ASSERT_EQ(fragments.endpoints.size(), 1U);
  EXPECT_EQ(fragments.endpoints[0].text(), "a.example:443");
  EXPECT_EQ(fragments.files.size(), 1U);
}

TEST_F(Scanning, ALargeFileInAFolderIsMentioned) {
  written("tls/a.pem", pem_of(authority_.make(Kind::good, "a.example")));
  written("tls/video.bin", std::string(kLongestFile + 1, 'x'));
  auto planned = plan({.targets = {(folder_.path() / "tls").string()}, .lists = {}}, files_).value();
  EXPECT_THAT(planned.problems, IsEmpty());
  EXPECT_THAT(planned.remarks, ElementsAre(HasSubstr("video.bin was not read")));
  written("tls/store.jks", std::string(kLongestFile + 1, 'x'));
  planned = plan({.targets = {(folder_.path() / "tls").string()}, .lists = {}}, files_).value();
  EXPECT_THAT(planned.problems, ElementsAre(HasSubstr("store.jks was not read, because it is larger than 4 MiB")));
}

TEST_F(Scanning, AServerThatListensOnLoopbackIsLookedAtThere) {
  const testing::Endpoints endpoints{authority_, [](const std::string&) { return Behaviour{}; },
                                     [this](const std::string&) { return authority_.make(Kind::good, "www.example.org"); }};
  const auto port = std::to_string(endpoints.port());
  const auto file =
      written("nginx.conf", "http { server { listen 127.0.0.1:" + port + " ssl; server_name www.example.org; ssl_certificate $c; } }");
  for (const auto* address : {"192.0.2.1", "", "127.0.0.1"}) {
    resolver_.names.clear();
    if (*address != 0) resolver_.names["www.example.org"] = {address};
    const auto result = scanned({file}).value();
    ASSERT_EQ(result.rows.size(), 1U);
    const bool leads_here = std::string_view{address} == "127.0.0.1";
    EXPECT_EQ(result.rows[0].where, leads_here ? "www.example.org:" + port : "127.0.0.1:" + port + " as www.example.org");
    EXPECT_EQ(result.rows[0].name, "www.example.org");
    EXPECT_THAT(result.rows[0].findings, IsEmpty()) << "the name that was sent counts, not the address";
    EXPECT_EQ(result.unreachable, 0U);
  }
}

TEST_F(Scanning, NamesThatNobodyCanLookUpAreMentioned) {
  written("a.pem", pem_of(authority_.make(Kind::good, "*.example.org")));
  auto planned =
      plan({.targets = {written("a/nginx.conf", "server { listen 443 ssl; server_name *.example.org; ssl_certificate ../a.pem; }")},
            .lists = {}},
           files_)
          .value();
  EXPECT_THAT(planned.problems, IsEmpty()) << "the file was read";
  EXPECT_EQ(planned.files.size(), 1U);
  EXPECT_THAT(planned.remarks, ElementsAre(HasSubstr("*.example.org was not checked on the network")));
  planned =
      plan({.targets = {written("b/nginx.conf", "server { listen 443 ssl; server_name _; ssl_certificate $c; }")}, .lists = {}}, files_)
          .value();
  EXPECT_THAT(planned.problems, ElementsAre(HasSubstr("port 443 was not checked on the network, because no name of this server is known")));
}

TEST_F(Scanning, EveryNameOfACertificateIsLookedAt) {
  // Twenty certificates in a folder: it once was ten names in all.
  for (int i = 0; i < 20; ++i)
    written("tls/" + std::to_string(i) + ".pem", pem_of(authority_.make(Kind::good, "n" + std::to_string(i) + ".example")));
  const auto planned =
      plan({.targets = {written("haproxy.cfg", "frontend x\n bind :443 ssl crt " + (folder_.path() / "tls").string() + "\n")}, .lists = {}},
           files_)
          .value();
  EXPECT_EQ(planned.endpoints.size(), 20U);
}

TEST_F(Scanning, EndpointsThatWereAskedForOneByOneAreCountedIfTheyAreUnreachable) {
  const testing::Endpoints endpoints{authority_, [](const std::string& address) {
                                       return address == "127.0.0.2" ? Behaviour{Manner::reset} : Behaviour{Manner::plain_http};
                                     }};
  const auto port = std::to_string(endpoints.port());
  EXPECT_EQ(scanned({"127.0.0.2:" + port}).value().unreachable, 1U);
  EXPECT_EQ(scanned({"127.0.0.3:" + port}).value().unreachable, 0U) << "it was looked at, and isn't TLS";
  EXPECT_EQ(scanned({"127.0.0.2/31:" + port}).value().unreachable, 0U) << "nobody expects every address of a range to answer";
}

TEST(Deadlines, AreLongerForMail) {
  EXPECT_EQ(deadline_of({"a.example", 443}), kScanDeadline);
  EXPECT_EQ(deadline_of({"a.example", 25, StartTls::smtp}), kMailScanDeadline);
  EXPECT_EQ(deadline_of({"a.example", 465}), kMailScanDeadline);
  EXPECT_EQ(deadline_of({"a.example", 2525, StartTls::smtp}), kMailScanDeadline);
  EXPECT_GT(kMailScanDeadline, 6s) << "postscreen_greet_wait";
}

TEST_F(Scanning, AConfigurationLeadsToItsFilesAndItsEndpoints) {
  const testing::Endpoints endpoints{authority_, [](const std::string&) { return Behaviour{}; },
                                     [this](const std::string&) { return authority_.make(Kind::good, "www.example.org"); }};
  resolver_.names["www.example.org"] = {"127.0.0.3"};
  written("nginx/www.pem", pem_of(authority_.make(Kind::wrong_host, "x")));
  const auto configuration = written(
      "nginx/nginx.conf", "http { server { listen " + std::to_string(endpoints.port()) +
                              " ssl; server_name www.example.org; ssl_certificate www.pem; }\nserver { ssl_certificate gone.pem; } }");
  for (const auto& target : {configuration, (folder_.path() / "nginx").string()}) {
    const auto result = scanned({target});
    ASSERT_TRUE(result) << result.error().message;
    ASSERT_EQ(result->rows.size(), 2U);
    EXPECT_EQ(result->rows[0].where, (folder_.path() / "nginx/www.pem").string());
    EXPECT_THAT(result->rows[0].findings, ElementsAre("wrong_name"));
    EXPECT_EQ(result->rows[1].where, "www.example.org:" + std::to_string(endpoints.port()));
    EXPECT_THAT(result->rows[1].findings, IsEmpty());
    EXPECT_THAT(result->problems, ElementsAre(HasSubstr("gone.pem")));
  }
}

TEST_F(Scanning, AConfigurationWithoutNamesTakesThoseOfItsCertificates) {
  written("tls/a.pem", pem_of(authority_.make(Kind::good, "a.example.org")));
  const auto planned = plan(
      {.targets = {written("haproxy.cfg", "frontend x\n bind :8443 ssl crt " + (folder_.path() / "tls").string() + "\n")}, .lists = {}},
      files_);
  ASSERT_TRUE(planned) << planned.error().message;
  ASSERT_EQ(planned->endpoints.size(), 1U);
  EXPECT_EQ(planned->endpoints[0].text(), "a.example.org:8443");
  EXPECT_EQ(planned->files.size(), 1U);
}

TEST_F(Scanning, ASeparateFileOfIntermediatesCompletesTheChain) {
  const auto good = authority_.make(Kind::good, "www.example.org");
  written("a.pem", good.chain[0].to_pem().value());
  written("chain.pem", good.chain[1].to_pem().value());
  const auto result =
      scanned({written("httpd.conf", "ServerName www.example.org\nSSLCertificateFile a.pem\nSSLCertificateChainFile chain.pem\n")});
  ASSERT_TRUE(result);
  ASSERT_EQ(result->rows.size(), 2U);
  for (const auto& row : result->rows) EXPECT_THAT(row.findings, IsEmpty()) << row.where;
}

TEST_F(Scanning, ListsAddTheirTargetsAndEachIsLookedAtOnce) {
  const auto planned =
      plan({.targets = {"a.example"}, .ports = {443, 8443}, .lists = {written("list", "b.example:1 # b\na.example:443\n192.0.2.0/30\n")}},
           files_);
  ASSERT_TRUE(planned);
  EXPECT_EQ(planned->endpoints.size(), 2U + 1U + 8U);
  EXPECT_EQ(plan({.targets = {}, .lists = {"/nowhere"}}, files_).error().kind, ErrorKind::not_found);
  EXPECT_THAT(plan({.targets = {}, .lists = {written("bad", "ok.example\ntwo words\n")}}, files_).error().message, HasSubstr("two words"));
}

TEST_F(Scanning, WhatIsNothingIsRefused) {
  EXPECT_EQ(scanned({"/nowhere/at/all"}).error().kind, ErrorKind::not_found);
  EXPECT_EQ(scanned({written("x.txt", "hello")}).error().kind, ErrorKind::invalid);
  EXPECT_EQ(scanned({"two words"}).error().kind, ErrorKind::invalid);
}

TEST_F(Scanning, AnAddressMayBeExcusedFromBeingAName) {
  const testing::Endpoints endpoints{authority_, [](const std::string&) { return Behaviour{Manner::tls, Kind::wrong_host}; }};
  ScanRequest request{.targets = {"127.0.0.3:" + std::to_string(endpoints.port())}, .lists = {}};
  EXPECT_THAT(scanned(request)->rows.at(0).findings, ElementsAre("wrong_name"));
  request.addresses_are_names = false;
  EXPECT_THAT(scanned(request)->rows.at(0).findings, IsEmpty());
}

}  // namespace
}  // namespace carillon::certs
