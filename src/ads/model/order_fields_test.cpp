#include "ads/model/order_fields.hpp"

#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace carillon::ads {
namespace {

Result<OrderEdit> read(std::string_view text) { return order_edit_from(boost::json::parse(text).as_object()); }

std::string field_of(std::string_view text) {
  const auto edit = read(text);
  return edit ? "(accepted)" : edit.error().field;
}

TEST(OrderFields, ReadWhatTheyWrote) {
  auto edit =
      read(R"({"name":" Spring\n sale ","starts":"2026-12-01","ends":"2026-12-24","goal":1000,"cap":1100,"tier":"promo","priority":1,
    "pacing":"fast","logic":"and","positions":["postroll"],"most_per_download":10,"categories":["cars","cars"],
    "frequency":[{"times":2,"hours":24}],"targets":{"countries":["at"],"hours":[23],"days":["sun"],"except":{"regions":["us-ca"]}},
    "price":{"cpm":12.34,"currency":"chf"}})");
  ASSERT_TRUE(edit) << edit.error().message;
  Order order;
  apply(std::move(*edit), order);
  EXPECT_EQ(order.name, "Spring sale");
  EXPECT_EQ(to_rfc3339(order.ends), "2026-12-25T00:00:00Z") << "an order ends at the end of its last day";
  EXPECT_EQ(order.price.cpm, 1'234);
  EXPECT_EQ(order.categories.size(), 1U);
  EXPECT_EQ(order.targets.only.hours, 1U << 23U);
  EXPECT_EQ(order.targets.only.days, 1U << 6U);
  EXPECT_TRUE(check(order));

  Order again;
  auto same = order_edit_from(terms_of(order));
  ASSERT_TRUE(same) << same.error().message;
  apply(std::move(*same), again);
  EXPECT_EQ(terms_of(again), terms_of(order));
  EXPECT_EQ(again.targets, order.targets);
}

TEST(OrderFields, ChangeOnlyWhatIsGiven) {
  Order order;
  order.cap = 5;
  order.goal = 4;
  order.frequency = {{.times = 1, .hours = 1}};
  auto edit = read(R"({"cap":null,"frequency":null})");
  ASSERT_TRUE(edit);
  apply(std::move(*edit), order);
  EXPECT_EQ(order.cap, std::nullopt);
  EXPECT_TRUE(order.frequency.empty());
  EXPECT_EQ(order.goal, 4);
}

TEST(OrderFields, NameTheFieldThatIsWrong) {
  EXPECT_EQ(field_of(R"({"targets":{"countries":["UK"]}})"), "targets.countries");
  EXPECT_NE(read(R"({"targets":{"countries":["uk"]}})").error().message.find("GB"), std::string::npos);
  EXPECT_EQ(field_of(R"({"targets":{"regions":["AT9"]}})"), "targets.regions");
  EXPECT_EQ(field_of(R"({"targets":{"regions":["XX-9"]}})"), "targets.regions");
  EXPECT_EQ(field_of(R"({"targets":{"except":{"hours":[-1]}}})"), "targets.except.hours");
  EXPECT_EQ(field_of(R"({"targets":[]})"), "targets");
  EXPECT_EQ(field_of(R"({"price":{"cpm":1e300}})"), "price.cpm");
  EXPECT_EQ(field_of(R"({"price":{"flat":"12"}})"), "price.flat");
  EXPECT_EQ(field_of(R"({"goal":-1})"), "goal");
  EXPECT_EQ(field_of(R"({"goal":9223372036854775807})"), "goal");
  EXPECT_EQ(field_of(R"({"goal":18446744073709551615})"), "goal");
  EXPECT_EQ(field_of(R"({"starts":"2026-02-30"})"), "starts");
  EXPECT_EQ(field_of(R"({"starts":null})"), "starts");
  EXPECT_EQ(field_of(R"({"starts":"0000-01-01"})"), "starts");
  EXPECT_EQ(field_of(R"({"ends":"9999-12-31"})"), "ends") << "the midnight after it has a year of five digits";
  EXPECT_EQ(field_of(R"({"ends":"9999-12-31T23:59:59-01:00"})"), "ends");
  EXPECT_EQ(field_of(R"({"ends":"9999-12-30"})"), "(accepted)");
  EXPECT_EQ(field_of(R"({"nmae":"x"})"), "nmae");
  EXPECT_EQ(field_of("{}"), "(accepted)");
}

TEST(OrderFields, HaveToFitTogether) {
  Order order;
  EXPECT_EQ(check(order).error().field, "ends");
  order.ends = order.starts + std::chrono::hours{1};
  EXPECT_TRUE(check(order));
  order.goal = 10;
  order.cap = 9;
  EXPECT_EQ(check(order).error().field, "cap");
}

TEST(ShowRules, AreReadAsTheyAreWritten) {
  const ShowRules rules{.blocked_categories = {"alcohol"}, .most_per_advertiser = 3, .most_per_hour = std::chrono::seconds{90}};
  EXPECT_EQ(show_rules_from(document_of(rules)).value(), rules);
  EXPECT_EQ(show_rules_from(document_of(ShowRules{})).value(), ShowRules{});
}

TEST(Orders, RunFromTheirStartToTheirEnd) {
  Order order;
  order.starts = Time{std::chrono::hours{10}};
  order.ends = Time{std::chrono::hours{20}};
  EXPECT_EQ(state_at(order, order.starts), OrderState::draft);
  order.state = OrderState::approved;
  EXPECT_EQ(state_at(order, order.starts - Duration{1}), OrderState::approved);
  EXPECT_EQ(state_at(order, order.starts), OrderState::running);
  EXPECT_EQ(state_at(order, order.ends), OrderState::done);
  order.state = OrderState::done;
  EXPECT_EQ(state_at(order, order.starts), OrderState::done);
}

TEST(Creatives, AreHeardAsLoudAsTheEpisode) {
  const Creative creative{.id = "c", .files = {{.length = {1}, .loudness = -16}, {.length = {2}, .loudness = -19}}};
  EXPECT_EQ(creative.file_near({}, -18.4)->length.value, 2U);
  EXPECT_EQ(creative.file_near({}, -12)->length.value, 1U);
  EXPECT_EQ(creative.file_near({.channels = 1}, -16), nullptr);
}

}  // namespace
}  // namespace carillon::ads
