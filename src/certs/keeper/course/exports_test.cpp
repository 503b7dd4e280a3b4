// Exports follow the state: a keeper that exports, folders that others alter, and restarts at any point.

#include "certs/keeper/testing/world.hpp"

#include "base/file.hpp"
#include "certs/keeper/course/exports_queries.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace carillon::certs {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;
using testing::KeeperWorld;

constexpr auto kName = "www.example.org";

/// A keeper with one name, and a folder that it may be exported to.
class Exporting : public ::testing::Test {
 protected:
  Exporting() {
    world_.keep(kName);
    EXPECT_TRUE(world_.run_until([&] { return world_.is_seen(kName); }));
  }
  [[nodiscard]] std::filesystem::path folder(const std::string& name = "tls") const { return world_.folder.path() / name; }
  /// An export whose command writes a line into NAME.ran each time, and fails unless NAME.good is there.
  [[nodiscard]] Export to(const std::string& name) const {
    const auto path = folder(name).string();
    return {.name = kName,
            .folder = folder(name),
            .command = {"/bin/sh", "-c", "echo ran >> " + path + ".ran; test -e " + path + ".good || { echo no such unit; exit 1; }"},
            .owner = {},
            .group = {}};
  }
  void make_good(const std::string& name) const { ASSERT_TRUE(write_file(folder(name).string() + ".good", "")); }
  [[nodiscard]] std::size_t runs(const std::string& name) const {
    const auto ran = read_file(folder(name).string() + ".ran");
    return ran ? static_cast<std::size_t>(std::ranges::count(*ran, '\n')) : 0;
  }
  void look() {
    world_.keeper->check_exports();
    world_.keeper->retry_exports();
  }
  /// A round each ten seconds of the fake clock.
  void look_for(seconds time) {
    for (seconds passed{}; passed < time; passed += seconds{10}) {
      world_.clock.advance(seconds{10});
      look();
    }
  }
  [[nodiscard]] std::string in_force() const { return world_.served(kName)->to_pem().value(); }
  [[nodiscard]] bool holds_what_is_in_force(const std::string& name = "tls") const {
    const auto pem = read_file(folder(name) / (std::string(kName) + ".pem"));
    return pem && pem->starts_with(in_force());
  }
  [[nodiscard]] const incidents::Report* incident(const std::string& subject = kName) const {
    return world_.incidents.find_open("export-failed", subject);
  }
  [[nodiscard]] std::string state(std::size_t which = 0) const { return world_.keeper->find(kName)->exports.at(which).state; }

  KeeperWorld world_;
};

TEST_F(Exporting, BeginsForANameThatIsKeptAlready) {
  make_good("tls");
  ASSERT_TRUE(world_.keeper->set_exports({to("tls")}));
  EXPECT_EQ(state(), "pending");
  look();
  EXPECT_TRUE(holds_what_is_in_force());
  EXPECT_EQ(runs("tls"), 1U);
  EXPECT_EQ(state(), "ok");
  make_good("other");
  ASSERT_TRUE(world_.keeper->set_exports({to("other")}));
  look();
  EXPECT_TRUE(holds_what_is_in_force("other")) << "to another folder";
  EXPECT_EQ(runs("tls"), 1U) << "the first one is not ours any more";
}

TEST_F(Exporting, PutsBackWhatWasLostOrAlteredAndRunsTheCommandOnlyThen) {
  make_good("tls");
  ASSERT_TRUE(world_.keeper->set_exports({to("tls")}));
  look();
  look_for(minutes{5});
  EXPECT_EQ(runs("tls"), 1U) << "nothing changed";
  ASSERT_TRUE(write_file(folder() / (std::string(kName) + ".pem"), "another"));
  look();
  EXPECT_TRUE(holds_what_is_in_force());
  EXPECT_EQ(runs("tls"), 2U);
  std::filesystem::remove_all(folder());
  look();
  EXPECT_TRUE(holds_what_is_in_force());
  EXPECT_EQ(runs("tls"), 3U);
}

TEST_F(Exporting, IsRightAfterEachRestartAndRunsNothingAgain) {
  make_good("tls");
  world_.settings.exports = {to("tls")};
  world_.restart();
  look();
  EXPECT_EQ(runs("tls"), 1U);
  world_.restart();
  look();
  EXPECT_EQ(runs("tls"), 1U) << "everything is as it should be";
  std::filesystem::remove_all(folder());
  world_.restart();
  look();
  EXPECT_TRUE(holds_what_is_in_force()) << "restored on a new machine";
  EXPECT_EQ(runs("tls"), 2U);
}

TEST_F(Exporting, RunsTheCommandAfterADeathBetweenTheFilesAndTheCommand) {
  make_good("tls");
  world_.settings.exports = {to("tls")};
  world_.restart();
  look();
  // The files were altered and put back, but the process died before the command ended: the record says what is open.
  ASSERT_TRUE(world_.database->write_now([&](db::Session& session) -> Result<> {
    auto record = find_export(session, world_.settings.node, kName, folder().string());
    if (!record) return fail(ErrorKind::internal, "nothing is remembered");
    record->done = false;
    put_export(session, *record);
    return {};
  }));
  world_.restart();
  look();
  EXPECT_EQ(runs("tls"), 2U);
}

TEST_F(Exporting, OfANewCertificateGoesOutWithIt) {
  make_good("tls");
  ASSERT_TRUE(world_.keeper->set_exports({to("tls")}));
  look();
  ASSERT_TRUE(world_.keeper->renew(kName, "ada"));
  const auto before = in_force();
  ASSERT_TRUE(world_.run_until([&] { return in_force() != before && world_.is_seen(kName); }));
  EXPECT_TRUE(holds_what_is_in_force()) << "no round was needed";
  EXPECT_EQ(runs("tls"), 2U);
  look();
  EXPECT_EQ(runs("tls"), 2U);
}

TEST_F(Exporting, ThatFailsStopsNoOther) {
  make_good("well");
  ASSERT_TRUE(world_.keeper->set_exports({to("ill"), to("well")}));
  ASSERT_TRUE(world_.keeper->renew(kName, "ada"));
  const auto before = in_force();
  ASSERT_TRUE(world_.run_until([&] { return in_force() != before && world_.is_seen(kName); }));
  EXPECT_EQ(world_.keeper->find(kName)->kept.failures, 0) << "the renewal is none the worse";
  EXPECT_TRUE(holds_what_is_in_force("well"));
  EXPECT_TRUE(holds_what_is_in_force("ill")) << "its files are there, too";
  const auto tries = runs("ill");
  look_for(minutes{5});
  EXPECT_GE(runs("ill"), tries + 4) << "once a minute at least";
  EXPECT_EQ(runs("well"), 1U) << "a healthy server is not reloaded for its neighbour";
  const auto subject = std::string(kName) + " in " + folder("ill").string();
  ASSERT_TRUE(incident(subject));
  EXPECT_THAT(incident(subject)->what, ::testing::HasSubstr("no such unit"));
  EXPECT_FALSE(incident(std::string(kName) + " in " + folder("well").string()));
  EXPECT_EQ(state(0), "failed");
  EXPECT_EQ(state(1), "ok");
  make_good("ill");
  look_for(minutes{1});
  EXPECT_FALSE(incident(subject));
  EXPECT_EQ(state(0), "ok");
  EXPECT_EQ(runs("well"), 1U);
}

TEST_F(Exporting, AloneIsTheSubjectOfItsNameAndSolvedWhenItIsTakenOut) {
  ASSERT_TRUE(world_.keeper->set_exports({to("tls")}));
  look();
  ASSERT_TRUE(incident());
  ASSERT_TRUE(world_.keeper->set_exports({}));
  EXPECT_FALSE(incident());
  EXPECT_TRUE(world_.keeper->find(kName)->exports.empty());
  const auto tried = runs("tls");
  look_for(minutes{2});
  EXPECT_EQ(runs("tls"), tried);
}

TEST_F(Exporting, IsForgottenWithItsName) {
  ASSERT_TRUE(world_.keeper->set_exports({to("tls"), to("other")}));
  look();
  ASSERT_EQ(world_.incidents.open.size(), 2U);
  ASSERT_TRUE(world_.keeper->forget(kName));
  EXPECT_TRUE(world_.incidents.open.empty());
  look_for(minutes{1});
  EXPECT_TRUE(world_.incidents.open.empty());
}

}  // namespace
}  // namespace carillon::certs
