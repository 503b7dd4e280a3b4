#include "ads/deciding/allocation.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace carillon::ads {
namespace {

using ::testing::DoubleNear;
using ::testing::ElementsAre;

auto near(double value) { return DoubleNear(value, 1e-9); }

TEST(Allocation, SharesTwoCellsBetweenThreeContracts) {
  const std::vector<Contract> contracts{{.demand = 40}, {.demand = 120}, {.demand = 60}};
  const std::vector<Cell> cells{{.visits = 100, .eligible = {0, 1, 2}}, {.visits = 200, .eligible = {1, 2}}};
  const auto allocation = allocate(contracts, cells);
  EXPECT_THAT(allocation.order, ElementsAre(0, 1, 2));
  EXPECT_THAT(allocation.shares, ElementsAre(near(0.4), near(0.4), near(0.2)));
  EXPECT_THAT(allocation.missing, ElementsAre(near(0), near(0), near(0)));
}

TEST(Allocation, AFourthContractInTheSmallCellIsAllocatedBeforeTheLargeOnes) {
  const std::vector<Contract> contracts{{.demand = 40}, {.demand = 120}, {.demand = 60}, {.demand = 10}};
  const std::vector<Cell> cells{{.visits = 100, .eligible = {0, 1, 2, 3}}, {.visits = 200, .eligible = {1, 2}}};
  const auto allocation = allocate(contracts, cells);
  EXPECT_THAT(allocation.order, ElementsAre(0, 3, 1, 2));
  EXPECT_THAT(allocation.shares, ElementsAre(near(0.4), near(0.4), near(0.25), near(0.1)));
}

TEST(Allocation, AHigherRankComesFirstAndWhatIsMissingIsReported) {
  const std::vector<Contract> contracts{{.demand = 90, .rank = 5}, {.demand = 50, .rank = 1}, {.demand = 0, .rank = 1}};
  const std::vector<Cell> cells{{.visits = 100, .eligible = {0, 1, 2}}, {.visits = 0, .eligible = {0}}};
  const auto allocation = allocate(contracts, cells);
  EXPECT_THAT(allocation.shares, ElementsAre(near(1), near(0.5), near(0)));
  EXPECT_THAT(allocation.missing, ElementsAre(near(40), near(0), near(0)));
}

TEST(Allocation, WithoutEligibleVisitsEverythingIsMissing) {
  const auto allocation = allocate(std::vector<Contract>{{.demand = 7}}, {});
  EXPECT_THAT(allocation.missing, ElementsAre(near(7)));
}

TEST(Allocation, NeverGivesAwayMoreThanThereIs) {
  std::mt19937 engine{3};
  for (int run = 0; run < 300; ++run) {
    std::vector<Contract> contracts(1 + engine() % 12);
    for (auto& contract : contracts) contract = {.demand = static_cast<double>(engine() % 300), .rank = static_cast<int>(engine() % 3)};
    std::vector<Cell> cells(1 + engine() % 12);
    for (auto& cell : cells) {
      cell.visits = static_cast<double>(engine() % 200);
      for (ContractNumber contract = 0; contract < contracts.size(); ++contract) {
        if (engine() % 2 == 0) cell.eligible.push_back(contract);
      }
    }
    const auto allocation = allocate(contracts, cells);
    // Served as decisions are: each contract takes its share of a cell until that is full.
    std::vector<double> got(contracts.size());
    for (const auto& cell : cells) {
      double left = cell.visits;
      for (const auto contract : allocation.order) {
        if (!std::ranges::binary_search(cell.eligible, contract)) continue;
        const double taken = std::min(left, cell.visits * allocation.shares[contract]);
        got[contract] += taken;
        left -= taken;
      }
      ASSERT_GE(left, -1e-9);
    }
    for (std::size_t i = 0; i < contracts.size(); ++i) ASSERT_NEAR(got[i] + allocation.missing[i], contracts[i].demand, 1e-6) << run;
  }
}

}  // namespace
}  // namespace carillon::ads
