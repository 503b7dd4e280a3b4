// Findings about recordings, as they are stored and said.

#include "podcast/model/findings.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::podcast {
namespace {

using ::testing::HasSubstr;
using Kind = AudioFinding::Kind;

TEST(Findings, AreStoredAndRead) {
  const std::vector<AudioFinding> findings{{Kind::lost, 3.25}, {Kind::offset, -4.5}, {Kind::mirrored, 0}, {Kind::repaired, 1e6}};
  EXPECT_EQ(findings_from(findings_text(findings)), findings);
  EXPECT_EQ(findings_text({}), "");
  EXPECT_TRUE(findings_from("").empty());
}

TEST(Findings, WhatANewerVersionFoundIsSkipped) {
  const std::vector<AudioFinding> known{{Kind::lost, 2}, {Kind::silent, 0}};
  EXPECT_EQ(findings_from("lost=2 unheard_of=7 nonsense lost=x silent=0"), known);
}

TEST(Findings, EachIsASentence) {
  EXPECT_EQ(sentence_of({Kind::lost, 3.21}), "3.2 s of the recording were damaged and are missing.");
  EXPECT_EQ(sentence_of({Kind::repaired, 1}), "One sample was invalid and was replaced.");
  EXPECT_THAT(sentence_of({Kind::offset, -4.5}), HasSubstr("4.5 %"));
  for (const auto name : {"silent", "too_short", "quiet", "raised", "loudness_missed", "peak_missed", "repaired", "lost", "filled",
                          "offset", "rumble", "mirrored"}) {
    const auto kind = media::protocol::finding_kind_from(name);
    ASSERT_TRUE(kind) << name;
    EXPECT_EQ(media::protocol::name_of(*kind), name);
    EXPECT_TRUE(sentence_of({*kind, 1}).ends_with(".")) << name;
  }
}

TEST(Findings, OnlySilenceIsSilent) {
  EXPECT_TRUE(is_silent(std::vector<AudioFinding>{{Kind::repaired, 1}, {Kind::silent, 0}}));
  EXPECT_FALSE(is_silent(std::vector<AudioFinding>{{Kind::quiet, 30}}));
}

}  // namespace
}  // namespace carillon::podcast
