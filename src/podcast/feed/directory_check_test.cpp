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
    show.category = {.name = "Technology", .sub = {}};
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
    for (const auto& finding : check_for_directories(show, episodes.empty() ? std::vector{episode} : episodes, feed, last_chapters)) {
      EXPECT_FALSE(finding.sentence.empty());
      lines.push_back(finding.field + " " + finding.directory + " " + std::string(name_of(finding.severity)));
    }
    return lines;
  }
  [[nodiscard]] bool says(const std::string& line) const {
    const auto lines = found();
    return std::ranges::find(lines, line) != lines.end();
  }

  std::string feed = "https://pod.example.org/feeds/harbour";
  LastChapters last_chapters;
  Show show;
  Episode episode;
  std::vector<Episode> episodes;
};

TEST_F(DirectoryCheck, HasNothingToSayOfAGoodShow) { EXPECT_THAT(found(), IsEmpty()); }

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

TEST_F(DirectoryCheck, WantsAFeedThatCanBeReached) {
  for (const auto* here :
       {"https://localhost:8443/feeds/x", "https://127.0.0.1/feeds/x", "https://[::1]:8443/feeds/x", "https://192.168.1.4/feeds/x",
        "https://pod/feeds/x", "https://pod.test/feeds/x", "https://nas.local:8443/feeds/x", "https://Pod.Home.Arpa/feeds/x"}) {
    feed = here;
    EXPECT_TRUE(says("feed Apple Podcasts refused")) << here;
    EXPECT_TRUE(says("feed Spotify refused")) << here;
  }
  for (const auto* there :
       {"https://pod.example.org:8443/feeds/x", "https://93.184.215.14/feeds/x", "https://localhost.example.org/feeds/x"}) {
    feed = there;
    EXPECT_THAT(found(), IsEmpty()) << there;
  }
}

TEST_F(DirectoryCheck, WantsACategoryThatWasChosenAndALanguageThatIsKnown) {
  show.category = {};
  EXPECT_TRUE(says("category Apple Podcasts refused"));
  show.category = {.name = "Tecnology", .sub = {}};
  EXPECT_TRUE(says("category Spotify refused"));
  show.category = {.name = "Technology", .sub = {}};
  show.language = "Deutsch";
  EXPECT_TRUE(says("language Apple Podcasts refused"));
  show.language = "gsw-CH";
  EXPECT_TRUE(says("language Spotify refused"));
  show.language = "de-CH";
  EXPECT_THAT(found(), IsEmpty());
}

TEST_F(DirectoryCheck, WantsAnEpisodeInTheFeed) {
  episode.state = EpisodeState::draft;
  EXPECT_TRUE(says("episodes Apple Podcasts refused")) << "a draft is in no feed";
}

TEST_F(DirectoryCheck, KnowsChaptersBehindTheEnd) {
  last_chapters["one"] = 10min - 1s;
  EXPECT_THAT(found(), IsEmpty());
  last_chapters["one"] = 10min;
  EXPECT_TRUE(says("chapters Podcasting 2.0 apps refused"));
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
  EXPECT_EQ(check_for_directories(show, std::vector{episode}, feed, {}).front().sentence,
            "“description” nests lists or quotes more than 128 deep; please simplify it. For now, apps show only the "
            "beginning, without formatting.");
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
  for (auto& each : episodes) each.master.reset(), each.state = EpisodeState::draft;
  episodes[1].notes.clear();
  EXPECT_EQ(found(), (std::vector<std::string>{"episodes Apple Podcasts refused", "episodes Spotify refused"}))
      << "drafts without a recording are passed over";
}

}  // namespace
}  // namespace carillon::podcast
