#include "podcast/feed/directory_check.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>

namespace carillon::podcast {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

class DirectoryCheck : public ::testing::Test {
 protected:
  DirectoryCheck() {
    show.title = "Harbour talk";
    show.description = "About the sea";
    show.author = "Ada";
    show.owner_email = "ada@example.org";
    show.cover = Picture{.digest = {}, .length = {}, .side = 1400, .media_type = "image/png"};
    episode.id = "one";
    episode.title = "The lighthouse";
    episode.notes = "With the keeper";
    episode.number = 1;
    episode.state = EpisodeState::published;
    episode.master = Master{.frames = {}, .frames_length = {}, .duration = 10min};
  }
  /// "field directory severity" of each finding.
  [[nodiscard]] std::vector<std::string> found() const {
    std::vector<std::string> lines;
    for (const auto& finding : check_for_directories(show, episodes.empty() ? std::vector{episode} : episodes, feed)) {
      EXPECT_FALSE(finding.sentence.empty());
      lines.push_back(finding.field + " " + finding.directory + " " + std::string(name_of(finding.severity)));
    }
    return lines;
  }
  [[nodiscard]] bool says(const std::string& line) const {
    const auto lines = found();
    return std::ranges::find(lines, line) != lines.end();
  }

  Show show;
  std::string feed = "https://podcasts.harbour.org/feeds/harbour";
  Episode episode;
  std::vector<Episode> episodes;
};

TEST_F(DirectoryCheck, HasNothingToSayOfAGoodShow) { EXPECT_THAT(found(), IsEmpty()); }

TEST_F(DirectoryCheck, RefusesACategoryThatNobodyChose) {
  show.category = {};
  for (const auto* directory : {"Apple Podcasts", "Spotify", "PSP-1"}) EXPECT_TRUE(says(std::string("category ") + directory + " refused"));
}

TEST_F(DirectoryCheck, RefusesALanguageThatNoDirectoryKnows) {
  for (const auto* language : {"Deutsch", "tlh", "x-mine", "", "e", "qq", "a "}) {
    show.language = language;
    EXPECT_TRUE(says("language Apple Podcasts refused")) << language;
    EXPECT_TRUE(says("language Spotify refused")) << language;
  }
  for (const auto* language : {"en", "de-CH", "pt-BR", "zh-Hant-TW", "EN-gb", "zu", "aa"}) {
    show.language = language;
    EXPECT_THAT(found(), IsEmpty()) << language;
  }
}

TEST_F(DirectoryCheck, RefusesAFeedThatOnlyThisHouseCanFetch) {
  for (const auto* host :
       {"localhost", "localhost:8443", "127.0.0.1:8443", "[::1]:8443", "192.168.1.7", "nas", "nas.local", "pod.test", "LOCALHOST"}) {
    feed = std::string("https://") + host + "/feeds/harbour";
    EXPECT_TRUE(says("feed Apple Podcasts refused")) << host;
    EXPECT_TRUE(says("feed Spotify refused")) << host;
  }
  for (const auto* host : {"pod.harbour.org", "pod.harbour.org:8443", "localhost.harbour.org", "[2606:4700::1111]:443", "1.1.1.1"}) {
    feed = std::string("https://") + host + "/feeds/harbour";
    EXPECT_THAT(found(), IsEmpty()) << host;
  }
}

TEST_F(DirectoryCheck, SaysWhatEachWouldRefuse) {
  show.cover.reset();
  for (const auto* directory : {"Apple Podcasts", "Spotify", "PSP-1"}) EXPECT_TRUE(says(std::string("image ") + directory + " refused"));
  show.owner_email.clear();
  EXPECT_TRUE(says("owner_email Spotify refused"));
  EXPECT_TRUE(says("owner_email Apple Podcasts advised"));
  show.metadata.blocked = true;
  EXPECT_TRUE(says("blocked Apple Podcasts refused"));
  const auto lines = found();
  EXPECT_TRUE(std::ranges::is_partitioned(lines, [](const auto& line) { return line.ends_with("refused"); })) << "what refuses comes first";
}

TEST_F(DirectoryCheck, WantsNumbersInASerialShow) {
  show.serial = true;
  EXPECT_THAT(found(), IsEmpty());
  episode.number.reset();
  EXPECT_TRUE(says("number Apple Podcasts refused"));
  episode.type = EpisodeType::trailer;
  EXPECT_THAT(found(), IsEmpty()) << "a trailer needs none";
}

TEST_F(DirectoryCheck, KnowsWhatIsLongOrMissing) {
  episode.notes = std::string(5000, 'x');
  EXPECT_TRUE(says("notes Apple Podcasts advised"));
  episode.notes.clear();
  EXPECT_TRUE(says("notes Spotify advised"));
  show.description = " ";
  EXPECT_TRUE(says("description PSP-1 advised"));
  show.description = std::string(5000, 'x');
  EXPECT_TRUE(says("description Apple Podcasts advised"));
  show.author.clear();
  EXPECT_TRUE(says("author Apple Podcasts advised"));
}

TEST_F(DirectoryCheck, SaysWhichTextsAreShownWithoutFormatting) {
  show.description = std::string(200, '>') + " x";
  episode.notes = std::string(200, '>') + " x";
  EXPECT_TRUE(says("description Apple Podcasts advised"));
  EXPECT_TRUE(says("notes Spotify advised"));
  EXPECT_EQ(check_for_directories(show, std::vector{episode}, feed).front().sentence,
            "“description” nests lists or quotes more than 128 deep; please simplify it. Until then, readers see the "
            "beginning of its text without formatting.");
}

TEST_F(DirectoryCheck, ComparesSoundbitesWithTheAudio) {
  episode.metadata.soundbites = {{.start = 1min, .duration = 60s}};
  EXPECT_THAT(found(), IsEmpty());
  episode.metadata.soundbites.push_back({.start = 9min, .duration = 61s});
  EXPECT_TRUE(says("soundbites[1] Podcasting 2.0 apps refused"));
  episode.metadata.soundbites[0].duration = 14s;
  EXPECT_TRUE(says("soundbites[0] Podcasting 2.0 apps advised"));
}

TEST_F(DirectoryCheck, LooksAtAllEpisodesTogether) {
  auto second = episode;
  second.id = "two";
  episodes = {episode, second};
  EXPECT_TRUE(says("number Apple Podcasts advised"));
  episodes[1].season = 2;
  EXPECT_THAT(found(), IsEmpty());
  episodes[1].state = EpisodeState::scheduled;
  show.metadata.complete = true;
  EXPECT_TRUE(says("complete Apple Podcasts refused"));
  show.metadata.complete = false;
  for (const auto state : {EpisodeState::draft, EpisodeState::scheduled, EpisodeState::unpublished}) {
    for (auto& each : episodes) each.state = state;
    EXPECT_EQ(found(), (std::vector<std::string>{"episodes Apple Podcasts refused", "episodes Spotify refused"})) << "nothing is out yet";
  }
  for (auto& each : episodes) each.master.reset();
  episodes[1].notes.clear();
  EXPECT_EQ(found(), (std::vector<std::string>{"episodes Apple Podcasts refused", "episodes Spotify refused"}))
      << "drafts without a recording are passed over";
}

}  // namespace
}  // namespace carillon::podcast
