// Pages of figures, and what is typical.

#include "api/stats/documents.hpp"

#include "base/json.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>

namespace carillon::api {
namespace {

using namespace std::chrono_literals;
namespace json = boost::json;

json::object body_of(const http::Response& response) { return json::parse(whole(response.body).value()).as_object(); }

std::vector<Line> lines() {
  std::vector<Line> all;
  for (int day = 1; day <= 3; ++day) {
    for (int key = 0; key < 7; ++key)
      all.push_back({.from = fmt::format("2026-11-0{}", day), .key = fmt::format("key,{}\t{}", key, day), .downloads = key % 3 * 10U});
  }
  sort(all);
  return all;
}

http::Request asking(const std::string& query) {
  http::Request request;
  request.query = query;
  return request;
}

TEST(Documents, PagesHaveEachLineOnce) {
  const auto all = lines();
  ASSERT_EQ(all.front().downloads, 20) << "the most downloads first";
  for (const std::size_t limit : {1U, 2U, 7U, 20U, 21U, 100U}) {
    std::vector<std::string> keys;
    LinePage page{.limit = limit, .after = {}};
    for (int number = 0;; ++number) {
      ASSERT_LT(number, 30);
      const auto document = body_of(document_of(all, page));
      EXPECT_LE(document.at("items").as_array().size(), limit);
      for (const auto& item : document.at("items").as_array()) keys.emplace_back(item.at("key").as_string());
      if (document.at("next").is_null()) break;
      page = line_page_of(asking("cursor=" + std::string(document.at("next").as_string()))).value();
      page.limit = limit;
    }
    ASSERT_EQ(keys.size(), all.size()) << limit;
    for (std::size_t number = 0; number < all.size(); ++number) EXPECT_EQ(keys[number], all[number].key);
  }
}

TEST(Documents, AWrongPageGetsASentence) {
  for (const char* query : {"limit=0", "limit=10001", "limit=x", "limit=-1", "cursor=x", "cursor=MjAyNg", "cursor=%00"}) {
    const auto page = line_page_of(asking(query));
    ASSERT_FALSE(page) << query;
    EXPECT_EQ(page.error().kind, ErrorKind::invalid);
    EXPECT_TRUE(std::string(query).starts_with(page.error().field));
  }
  EXPECT_EQ(line_page_of(asking("")).value().limit, kMaxLines);
}

TEST(Documents, EpisodesFromBeforeTheCountingArentTypical) {
  using podcast::queries::EpisodeBrief;
  const std::chrono::sys_days first{std::chrono::year{2026} / 11 / 10};
  std::vector<EpisodeBrief> episodes;
  HourCounts hours;
  for (int number = 0; number < 6; ++number) {
    EpisodeBrief one;
    one.id = fmt::format("e{}", number);
    one.published = Time{first} + (3 - number) * 24h;
    episodes.push_back(one);
    hours.emplace_back(48, number >= 4 ? 0U : 10U);
  }
  const auto document = body_of(document_of(episodes, hours, first));
  EXPECT_EQ(document.at("typical").at("at_same_age").as_int64(), 480) << "of the three that were counted from their release";
  EXPECT_EQ(document.at("items").at(3).at("complete"), true) << "released at the first moment";
  EXPECT_EQ(document.at("items").at(4).at("complete"), false);
  EXPECT_TRUE(body_of(document_of(episodes, hours, {})).at("typical").at("at_same_age").is_null());
}

TEST(Documents, ReachIsAtLeastSoMuch) {
  const Reach reach{.downloads = 20, .tenths = {3, 0, 0, 0, 0, 2, 0, 0, 0, 0, 5}};
  const auto document = body_of(document_of(reach, std::chrono::sys_days{}, std::chrono::sys_days{}));
  EXPECT_EQ(document.at("streamed").as_int64(), 10);
  EXPECT_EQ(document.at("items").as_array().size(), 10);
  EXPECT_EQ(document.at("items").at(0).at("downloads").as_int64(), 7);
  EXPECT_EQ(document.at("items").at(4).at("downloads").as_int64(), 7);
  EXPECT_EQ(document.at("items").at(5).at("downloads").as_int64(), 5);
  EXPECT_EQ(document.at("items").at(9).at("downloads").as_int64(), 5);
}

}  // namespace
}  // namespace carillon::api
