#include "podcast/model/cue_points.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

Result<std::vector<CuePoint>> read(std::string_view text) { return cue_points_from(boost::json::parse(text)); }

TEST(CuePoints, AreReadAndSorted) {
  const auto points = read(R"([{"at_seconds": 900.25, "kind": "midroll", "slots": 2}, {"at_seconds": 0, "kind": "preroll"},
                               {"at_seconds": 30, "kind": "remove", "until_seconds": 45.5}, {"at_seconds": 1800, "kind": "postroll"}])");
  ASSERT_TRUE(points) << points.error().message;
  EXPECT_THAT(*points, ElementsAre(CuePoint{.at = 0s, .kind = CueKind::preroll, .slots = 1, .until = {}},
                                   CuePoint{.at = 30s, .kind = CueKind::remove, .slots = 0, .until = 45'500ms},
                                   CuePoint{.at = 900'250ms, .kind = CueKind::midroll, .slots = 2, .until = {}},
                                   CuePoint{.at = 1800s, .kind = CueKind::postroll, .slots = 1, .until = {}}));
  EXPECT_EQ(cue_points_from(document_of(*points)).value(), *points);
  EXPECT_TRUE(read("[]").value().empty());
}

TEST(CuePoints, WhatIsWrongIsSaid) {
  const auto field = [](std::string_view text) {
    const auto points = read(text);
    return points ? "accepted" : points.error().field;
  };
  EXPECT_EQ(field("{}"), "cue_points");
  EXPECT_EQ(field("[1]"), "cue_points[0]");
  EXPECT_EQ(field(R"([{"kind": "preroll"}])"), "cue_points[0].at_seconds");
  EXPECT_EQ(field(R"([{"at_seconds": -1, "kind": "preroll"}])"), "cue_points[0].at_seconds");
  EXPECT_EQ(field(R"([{"at_seconds": 1e300, "kind": "preroll"}])"), "cue_points[0].at_seconds");
  EXPECT_EQ(field(R"([{"at_seconds": 0, "kind": "Preroll"}])"), "cue_points[0].kind");
  EXPECT_EQ(field(R"([{"at_seconds": 0, "kind": "preroll", "slots": 0}])"), "cue_points[0].slots");
  EXPECT_EQ(field(R"([{"at_seconds": 0, "kind": "preroll", "slots": 11}])"), "cue_points[0].slots");
  EXPECT_EQ(field(R"([{"at_seconds": 0, "kind": "preroll", "until_seconds": 3}])"), "cue_points[0].until_seconds");
  EXPECT_EQ(field(R"([{"at_seconds": 5, "kind": "remove"}])"), "cue_points[0].until_seconds");
  EXPECT_EQ(field(R"([{"at_seconds": 5, "kind": "remove", "until_seconds": 5}])"), "cue_points[0].until_seconds");
  EXPECT_EQ(field(R"([{"at_seconds": 5, "kind": "remove", "until_seconds": 9, "slots": 1}])"), "cue_points[0].slots");
  EXPECT_EQ(field(R"([{"at_seconds": 5, "kind": "midroll", "slot": 1}])"), "cue_points[0].slot");
  EXPECT_EQ(field(R"([{"at_seconds": 5, "kind": "midroll"}, {"at_seconds": 5, "kind": "midroll"}])"), "cue_points");
  EXPECT_EQ(field(R"([{"at_seconds": 5, "kind": "remove", "until_seconds": 9}, {"at_seconds": 8, "kind": "midroll"}])"), "cue_points");
  EXPECT_EQ(field(R"([{"at_seconds": 5, "kind": "remove", "until_seconds": 9}, {"at_seconds": 9, "kind": "midroll"}])"), "accepted");
  std::string many = "[";
  for (int i = 0; i <= 100; ++i) many += (i ? "," : "") + std::string(R"({"kind": "midroll", "at_seconds": )") + std::to_string(i) + "}";
  EXPECT_EQ(field(many + "]"), "cue_points");
}

TEST(CuePoints, FitIntoTheRecording) {
  auto points = read(R"([{"at_seconds": 0, "kind": "preroll"}, {"at_seconds": 60.4, "kind": "postroll"}])").value();
  EXPECT_TRUE(fit_into(60s, points));
  EXPECT_EQ(points.back().at, 60s) << "programs round";
  auto late = read(R"([{"at_seconds": 60.4, "kind": "midroll"}])").value();
  EXPECT_THAT(fit_into(60s, late).error().message, HasSubstr("ends after the recording, which is 1 min 00 s long"));
  auto nothing = read(R"([{"at_seconds": 0, "kind": "remove", "until_seconds": 60}])").value();
  EXPECT_FALSE(fit_into(60s, nothing));
  auto almost = read(R"([{"at_seconds": 0, "kind": "remove", "until_seconds": 58}])").value();
  EXPECT_TRUE(fit_into(60s, almost));
}

}  // namespace
}  // namespace carillon::podcast
