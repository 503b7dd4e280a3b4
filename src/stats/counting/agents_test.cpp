// The lists that come with the program, with agents as they're seen in request logs; lists of operators; wrong lists.

#include "stats/counting/agents.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace carillon::stats {
namespace {

using ::testing::HasSubstr;

const AgentLists& shipped() {
  static const auto lists = AgentLists::parse().value();
  return lists;
}

struct Case {
  const char* user_agent;
  AgentKind kind;
  const char* app;
  const char* device_kind;
};

class ShippedLists : public ::testing::TestWithParam<Case> {};

TEST_P(ShippedLists, KnowTheAgent) {
  const auto& [user_agent, kind, app, device_kind] = GetParam();
  const auto agent = shipped().of(user_agent);
  EXPECT_EQ(static_cast<int>(agent.kind), static_cast<int>(kind)) << user_agent << " is " << agent.app;
  EXPECT_EQ(agent.app, app) << user_agent;
  EXPECT_EQ(agent.device_kind, device_kind) << user_agent;
}

constexpr Case kCases[] = {
    {"AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)", AgentKind::library, "AppleCoreMedia", "mobile"},
    {"Podcasts/1635.40.1 CFNetwork/1492.0.1 Darwin/23.3.0", AgentKind::app, "Apple Podcasts", "mobile"},
    {"Overcast/3.0 (+http://overcast.fm/; iOS podcast app)", AgentKind::app, "Overcast", "mobile"},
    {"AntennaPod/3.5.0", AgentKind::app, "AntennaPod", "mobile"},
    {"Spotify/8.9.40 Android/33 (Pixel 7)", AgentKind::app, "Spotify", "mobile"},
    {"Spotify/1.0", AgentKind::bot, "Spotify crawler", ""},
    {"PocketCasts/1.0 (Pocket Casts Feed Parser; +http://pocketcasts.com/)", AgentKind::bot, "Pocket Casts feed parser", ""},
    {"Pocket Casts/7.60 (iPhone; iOS 17.5)", AgentKind::app, "Pocket Casts", "mobile"},
    {"Overcast/1.0 Podcast Sync (+http://overcast.fm/)", AgentKind::bot, "Overcast feed sync", ""},
    {"Mozilla/5.0", AgentKind::bot, "Incomplete agent", ""},
    {"Mozilla/5.0 (compatible; SomethingNew/1.0; +https://example.org)", AgentKind::bot, "Robot with an address", ""},
    {"CUBOT_NOTE/1.0 stagefright/1.2 (Linux;Android 13)", AgentKind::library, "Android media player", "mobile"},
    {"gPodder/3.11.1 (http://gpodder.org/) Linux", AgentKind::app, "gPodder", "computer"},
    {"VLC/3.0.18 LibVLC/3.0.18", AgentKind::app, "VLC", "computer"},
    {"atc/1.0 watchOS/10.1 model/Watch6,9 hwp/t8301 build/21S71 (6; dt:260) AMS/1", AgentKind::app, "Apple Podcasts (watch)", "watch"},
    {"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36", AgentKind::browser, "Chrome",
     "computer"},
    {"Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 "
     "Safari/604.1",
     AgentKind::browser, "Safari", "mobile"},
    {"Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)", AgentKind::bot, "Google crawler", ""},
    {"Mozilla/5.0 AppleWebKit/537.36 (KHTML, like Gecko; compatible; GPTBot/1.2; +https://openai.com/gptbot)", AgentKind::bot, "OpenAI",
     ""},
    {"SomeNewThing-Crawler/1.0", AgentKind::bot, "Scraper", ""},
    {"curl/8.5.0", AgentKind::bot, "curl", ""},
    {"Wget/1.21.3", AgentKind::bot, "Wget", ""},
    {"python-requests/2.31.0", AgentKind::library, "Python requests", ""},
    {"Go-http-client/1.1", AgentKind::library, "Go HTTP client", ""},
    {"stagefright/1.2 (Linux;Android 13)", AgentKind::library, "Android media player", "mobile"},
    {"AlexaMediaPlayer/2.1.4676.0 (Linux;Android 5.1.1) ExoPlayerLib/1.5.9", AgentKind::app, "Alexa", "smart_speaker"},
    {"Roku/DVP-12.5 (12.5.0.4178-AE)", AgentKind::app, "Roku", "smart_tv"},
    {"Cubot Note 21/1.0 Podplayer", AgentKind::unknown, "", ""},
    {"something that nobody has heard of", AgentKind::unknown, "", ""},
};
INSTANTIATE_TEST_SUITE_P(Agents, ShippedLists, ::testing::ValuesIn(kCases));

TEST(AgentLists, KnowWhichLibrariesNobodyListensWith) {
  EXPECT_TRUE(shipped().of("python-requests/2.31.0").automatic);
  EXPECT_FALSE(shipped().of("AppleCoreMedia/1.0.0.21F90 (iPhone; U; CPU OS 17_5_1 like Mac OS X; en_us)").automatic);
}

TEST(AgentLists, NameTheWebAppOfABrowser) {
  constexpr const char* kFirefox = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0";
  EXPECT_EQ(shipped().of(kFirefox, "https://play.pocketcasts.com/").app, "Pocket Casts (web)");
  EXPECT_EQ(shipped().of(kFirefox, "https://pod.example.org/").app, "Firefox");
  EXPECT_EQ(shipped().of("AntennaPod/3.5.0", "https://play.pocketcasts.com/").app, "AntennaPod");
}

TEST(AgentLists, MayBeTheOperators) {
  const auto lists =
      AgentLists::parse({.bots = R"({"entries":[{"name":"Ours","pattern":"^AntennaPod/"}]})", .devices = R"({"entries":[]})"}).value();
  EXPECT_EQ(lists.of("AntennaPod/3.5.0").app, "Ours");
  EXPECT_EQ(lists.of("Overcast/3.0").app, "Overcast") << "the other lists stay";
  EXPECT_EQ(lists.of("Overcast/3.0 iPhone").device, "");
  EXPECT_NE(lists.digest(), shipped().digest());
  EXPECT_EQ(AgentLists::parse(lists.texts()).value().digest(), lists.digest());
}

TEST(AgentLists, SayWhatIsWrongWithThem) {
  const auto why = [](std::string apps) { return AgentLists::parse({.apps = std::move(apps)}).error().message; };
  EXPECT_THAT(why("[]"), HasSubstr("The list of apps isn't"));
  EXPECT_THAT(why("no JSON"), HasSubstr("The list of apps isn't"));
  EXPECT_THAT(why(R"json({"entries":[{"name":"A"}]})json"), HasSubstr("Entry 1 of the list of apps"));
  EXPECT_THAT(why(R"json({"entries":[{"name":"A","pattern":"("}]})json"), HasSubstr("“A”"));
  EXPECT_THAT(why(R"json({"entries":[{"name":"A","pattern":"(?=a)"}]})json"), HasSubstr("“A”"));
}

TEST(AgentLists, TakeAgentsOfAnyLengthAndContent) {
  EXPECT_EQ(shipped().of(std::string(100'000, 'a')).kind, AgentKind::unknown);
  EXPECT_EQ(shipped().of("\xFF\xFE\x80").kind, AgentKind::unknown);
  EXPECT_EQ(shipped().of("").kind, AgentKind::unknown);
}

}  // namespace
}  // namespace carillon::stats
