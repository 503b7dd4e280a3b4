#include "podcast/model/categories.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

using ::testing::HasSubstr;

TEST(Categories, AreApples) {
  for (const auto& good : {Category{"Technology", ""}, Category{"Society & Culture", "Documentary"}, Category{"Sports", "Wrestling"},
                           Category{"TV & Film", "TV Reviews"}})
    EXPECT_TRUE(check_category(good)) << good.name << " > " << good.sub;
}

TEST(Categories, AreListedAsTheyAreChecked) {
  EXPECT_EQ(known_categories().size(), 19);
  for (const auto& [name, subs] : known_categories()) {
    EXPECT_TRUE(check_category({std::string(name), ""})) << name;
    for (const auto& sub : subs) EXPECT_TRUE(!sub.empty() && check_category({std::string(name), std::string(sub)})) << name << " > " << sub;
  }
  EXPECT_THAT(known_categories().front().subs,
              ::testing::ElementsAre("Books", "Design", "Fashion & Beauty", "Food", "Performing Arts", "Visual Arts"));
}

TEST(Categories, OthersAreRefusedWithTheNearest) {
  EXPECT_THAT(check_category({"Tecnology", ""}).error().message, HasSubstr("Technology"));
  EXPECT_THAT(check_category({"Society & Culture", "Documentery"}).error().message, HasSubstr("Documentary"));
  for (const auto& bad : {Category{"", ""}, Category{"Technology", "Documentary"}, Category{"technology", ""}, Category{"Gardening", ""}})
    EXPECT_EQ(check_category(bad).error().field, "category");
}

}  // namespace
}  // namespace carillon::podcast
