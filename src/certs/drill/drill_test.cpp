#include "certs/drill/drill.hpp"

#include "base/testing/testing.hpp"
#include "certs/keeper/whole_schema.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::certs {
namespace {

class OnePerson final : public incidents::People {
 public:
  std::vector<std::string> operators() override { return {"operator@example.org"}; }
  std::vector<std::string> owners(const std::string&) override { return {"owner@example.org"}; }
};

constexpr auto kDrillSchema = whole_keeper_schema();

class Drill : public ::testing::TestWithParam<std::string_view> {
 protected:
  Result<DrillReport> run(const std::string& scenario) {
    auto database = db::Database::open(folder_.path() / "real.db", kDrillSchema);
    database_ = std::move(database.value());
    return run_drill(scenario, {.database = *database_,
                                .clock = clock_,
                                .random = random_,
                                .people = people_,
                                .in_charge = {"ada@example.org", "bob@example.org", "default"},
                                .scratch = folder_.path() / "drills"});
  }
  carillon::testing::TemporaryFolder folder_{carillon::testing::TemporaryFolder::On::memory};
  SystemClock clock_;
  SystemRandom random_;
  OnePerson people_;
  std::unique_ptr<db::Database> database_;
};

TEST_P(Drill, Passes) {
  const auto report = run(std::string(GetParam()));
  ASSERT_TRUE(report) << report.error().message;
  std::string story;
  for (const auto& event : report->events)
    story += std::to_string(event.after.count() / 3'600'000'000) + " h  " + event.what + "  " + event.detail + "\n";
  EXPECT_TRUE(report->passed) << report->verdict << "\n" << story;
  EXPECT_THAT(story, ::testing::HasSubstr("seen"));
  EXPECT_TRUE(std::filesystem::is_empty(folder_.path() / "drills")) << "nothing of the scratch world stays";
}

INSTANTIATE_TEST_SUITE_P(Scenarios, Drill, ::testing::ValuesIn(kDrillScenarios), [](const auto& info) {
  std::string name{info.param};
  std::ranges::replace(name, '-', '_');
  return name;
});

TEST_F(Drill, ReplaysTheOutageAndTellsWhomWhen) {
  const auto report = run("expired");
  ASSERT_TRUE(report);
  std::vector<long long> days_told;
  for (const auto& event : report->events) {
    if (event.what == "told" && event.detail.starts_with("ada@example.org")) days_told.push_back(event.after.count() / 86'400'000'000);
  }
  ASSERT_FALSE(days_told.empty());
  EXPECT_EQ(days_told.front(), 699) << "with a month left, of two years";
  EXPECT_LE(days_told.back(), 731);
}

TEST_F(Drill, RefusesAScenarioItDoesNotKnow) {
  const auto report = run("earthquake");
  ASSERT_FALSE(report);
  EXPECT_THAT(report.error().message, ::testing::HasSubstr("nobody-reads-mail"));
}

}  // namespace
}  // namespace carillon::certs
