#include "ads/model/orders.hpp"

#include <gtest/gtest.h>

namespace carillon::ads {
namespace {

TEST(Orders, NamesLeadBackToTheirValues) {
  for (const auto value : kPositions) EXPECT_EQ(position_from(name_of(value)), value);
  for (const auto value : {Tier::exclusive, Tier::direct, Tier::promo}) EXPECT_EQ(tier_from(name_of(value)), value);
  for (const auto value : {Pacing::even, Pacing::fast, Pacing::front}) EXPECT_EQ(pacing_from(name_of(value)), value);
  for (const auto value : {Logic::any, Logic::all}) EXPECT_EQ(logic_from(name_of(value)), value);
  EXPECT_EQ(name_of(Logic::any), "or");
  EXPECT_EQ(logic_from("xor"), std::nullopt);
  EXPECT_EQ(position_from(""), std::nullopt);
}

TEST(Orders, AreAtAllPositionsUnlessTheyNameSome) {
  Order order;
  for (const auto position : kPositions) EXPECT_TRUE(is_at(order, position));
  order.positions = {Position::midroll};
  EXPECT_TRUE(is_at(order, Position::midroll));
  EXPECT_FALSE(is_at(order, Position::preroll));
}

TEST(Orders, AimAtTheirGoalElseAtTheirCap) {
  EXPECT_EQ(goal_of({}), std::nullopt);
  Order order;
  order.cap = 900;
  EXPECT_EQ(goal_of(order), 900);
  order.goal = 800;
  EXPECT_EQ(goal_of(order), 800);
}

TEST(Creatives, HaveAFilePerFormat) {
  Creative creative{.id = "c", .files = {{.length = {1}}, {.format = {.bitrate = 96'000, .channels = 1}, .length = {2}}}};
  EXPECT_EQ(creative.file_in({})->length.value, 1U);
  EXPECT_EQ(creative.file_in({.bitrate = 96'000, .channels = 1})->length.value, 2U);
  EXPECT_EQ(creative.file_in({.sample_rate = 48'000}), nullptr);
}

}  // namespace
}  // namespace carillon::ads
