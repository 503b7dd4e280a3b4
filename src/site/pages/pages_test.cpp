// The pages: what must be on them, and that nothing a publisher wrote becomes markup.

#include "site/pages/pages.hpp"

#include "site/pages/facts.hpp"

#include "base/text.hpp"
#include "site/pages/assets.hpp"
#include "site/pages/embedding.hpp"
#include "site/pages/templates.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>

namespace carillon::site {
namespace {

using podcast::Addresses;
using podcast::PublishedEpisode;
using podcast::ShowSnapshot;
using ::testing::HasSubstr;
using ::testing::Not;

const Addresses kAddresses{"https://pod.example.org"};
constexpr std::string_view kHostile = "\"><script>alert('x')</script>{{title}}{{{content}}}&";

std::shared_ptr<PublishedEpisode> episode(int number) {
  auto published = std::make_shared<PublishedEpisode>();
  auto& episode = published->episode;
  episode.id = "01jepisode" + std::to_string(number);
  episode.slug = "talk-" + std::to_string(number);
  episode.file_name = episode.slug + ".mp3";
  episode.title = "Talk " + std::to_string(number);
  episode.published = parse_rfc3339("2026-11-24T10:45:00.5Z").value();
  episode.master = podcast::Master{.frames = {}, .frames_length = ByteCount{2'000'000}, .duration = std::chrono::minutes{12}};
  published->notes_html = "<p>What we <em>say</em></p>";
  episode.frozen = podcast::Frozen{};
  return published;
}

std::shared_ptr<ShowSnapshot> show(int episodes = 1) {
  auto snapshot = std::make_shared<ShowSnapshot>();
  snapshot->show.slug = "demo";
  snapshot->show.title = "The Demo";
  snapshot->show.author = "Ada";
  snapshot->show.language = "de";
  snapshot->description_html = "<p>About <strong>bells</strong></p>";
  for (int i = episodes; i > 0; --i) snapshot->episodes.push_back(episode(i));
  return snapshot;
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

/// What every page must have.
void expect_sound(const std::string& page) {
  EXPECT_TRUE(page.starts_with("<!doctype html>\n<html lang=\"en\">"));
  EXPECT_TRUE(is_utf8(page));
  EXPECT_EQ(count_of(page, "<h1"), 1U);
  EXPECT_EQ(count_of(page, "<main "), 1U);
  EXPECT_EQ(count_of(page, "href=\"#content\""), 1U);
  EXPECT_EQ(count_of(page, "<title>"), 1U);
  EXPECT_EQ(count_of(page, "<article>"), count_of(page, "</article>"));
  EXPECT_EQ(count_of(page, "<section"), count_of(page, "</section>"));
  EXPECT_EQ(count_of(page, "<div"), count_of(page, "</div>"));
  EXPECT_EQ(count_of(page, "<p>") + count_of(page, "<p "), count_of(page, "</p>"));
  EXPECT_THAT(page, HasSubstr(page_style().path));
  EXPECT_THAT(page, Not(HasSubstr("{{")));
  // The policy forbids scripts and styles within a page.
  EXPECT_EQ(count_of(page, "<script"), count_of(page, "<script src=\"" + player_script().path + "\" defer></script>") +
                                           count_of(page, "<script type=\"application/ld+json\">{"));
  EXPECT_THAT(page, Not(HasSubstr(" style=\"")));
}

TEST(PagesTest, TheStartPageListsShows) {
  const std::vector<std::shared_ptr<const ShowSnapshot>> shows{show(1), show(0)};
  const auto page = start_page(kAddresses, shows);
  expect_sound(page);
  EXPECT_EQ(count_of(page, "<a href=\"/shows/demo\">The Demo</a>"), 2U);
  EXPECT_THAT(page, HasSubstr("1 episode<"));
  EXPECT_THAT(page, HasSubstr("No episodes yet"));
  EXPECT_THAT(page, HasSubstr("About bells"));
  EXPECT_THAT(page, Not(HasSubstr("Welcome")));
}

TEST(PagesTest, WhoHasUsedAOneTimeLinkIsLedToWherePeopleSignIn) {
  constexpr std::string_view kWay = "<a class=\"button\" href=\"/studio/\">";
  EXPECT_THAT(welcome_page({.heading = "Done",
                            .sentence = "You can sign in now.",
                            .trouble = {},
                            .action = {},
                            .name = {},
                            .leads_to = "/studio/",
                            .lead = "Sign in"}),
              HasSubstr(kWay));
  EXPECT_THAT(
      welcome_page(
          {.heading = "Gone", .sentence = "The link was used.", .trouble = {}, .action = {}, .name = {}, .leads_to = {}, .lead = {}}),
      Not(HasSubstr(kWay)));
}

TEST(PagesTest, WithoutShowsTheStartPageWelcomes) {
  const auto page = start_page(kAddresses, {});
  expect_sound(page);
  EXPECT_THAT(page, HasSubstr("Welcome"));
}

TEST(PagesTest, AShowPageHasAllThatIsNeededToListenAndSubscribe) {
  const auto page = show_page(kAddresses, *show(), 1);
  expect_sound(page);
  EXPECT_THAT(page, HasSubstr("<h1 lang=\"de\">The Demo</h1>"));
  EXPECT_THAT(page, HasSubstr("<p>About <strong>bells</strong></p>"));
  EXPECT_THAT(page, HasSubstr("<link rel=\"canonical\" href=\"https://pod.example.org/shows/demo\">"));
  EXPECT_THAT(
      page,
      HasSubstr("<link rel=\"alternate\" type=\"application/rss+xml\" title=\"The Demo\" href=\"https://pod.example.org/feeds/demo\">"));
  EXPECT_THAT(page, HasSubstr("readonly value=\"https://pod.example.org/feeds/demo\""));
  EXPECT_THAT(page, HasSubstr("<div class=\"player small\" data-seconds=\"720.0\""));
  EXPECT_THAT(page, HasSubstr("<audio controls preload=\"none\" src=\"/e/01jepisode1/talk-1.mp3\""));
  for (const auto* link :
       {"href=\"podcast://pod.example.org/feeds/demo\"",
        "href=\"overcast://x-callback-url/add?url=https%3A%2F%2Fpod.example.org%2Ffeeds%2Fdemo\"",
        "href=\"pktc://subscribe/pod.example.org/feeds/demo\"",
        "href=\"https://antennapod.org/deeplink/subscribe?url=https%3A%2F%2Fpod.example.org%2Ffeeds%2Fdemo&amp;title=The%20Demo\""})
    EXPECT_THAT(page, HasSubstr(link));
  EXPECT_THAT(page, HasSubstr("<time datetime=\"2026-11-24T10:45:00Z\">24 November 2026</time> · 12 min"));
  EXPECT_THAT(page, HasSubstr("<a href=\"/shows/demo/talk-1\">Talk 1</a>"));
  EXPECT_THAT(page, HasSubstr("What we say"));
  EXPECT_THAT(page, HasSubstr("<meta property=\"og:title\" content=\"The Demo\">"));
  EXPECT_THAT(page, Not(HasSubstr("<nav class=\"pages\"")));
  EXPECT_THAT(page, Not(HasSubstr("noindex")));
}

TEST(PagesTest, ACoverOrItsPlaceholder) {
  auto snapshot = show();
  EXPECT_THAT(show_page(kAddresses, *snapshot, 1), HasSubstr("aria-hidden=\"true\">T</span>"));
  snapshot->show.cover = podcast::Picture{.digest = {}, .length = {}, .side = 1400, .media_type = "image/png"};
  const auto address = kAddresses.picture(*snapshot->show.cover);
  const auto page = show_page(kAddresses, *snapshot, 1);
  EXPECT_THAT(page, HasSubstr("src=\"" + address.substr(kAddresses.origin().size()) + "\""));
  EXPECT_THAT(page, HasSubstr("<meta property=\"og:image\" content=\"" + address + "\">"));
  EXPECT_THAT(page, HasSubstr("<meta property=\"og:image:width\" content=\"1400\">"));
  EXPECT_THAT(page, Not(HasSubstr("<span class=\"cover")));
}

TEST(PagesTest, ACoverWithSizesIsSmallOnEachPage) {
  auto snapshot = show();
  auto& cover =
      snapshot->show.cover.emplace(podcast::Picture{.digest = {}, .length = {}, .side = 3000, .media_type = "image/jpeg", .sized = true});
  const auto whole = kAddresses.picture(cover), folder = "/pictures/" + cover.digest.hex() + "/";
  const auto start = start_page(kAddresses, std::vector<std::shared_ptr<const podcast::ShowSnapshot>>{snapshot});
  const auto of_show = show_page(kAddresses, *snapshot, 1),
             of_episode = episode_page(kAddresses, *snapshot, *snapshot->episodes.front(), {});
  for (const auto& page : {start, of_show, of_episode}) {
    expect_sound(page);
    EXPECT_THAT(page, HasSubstr("<source type=\"image/webp\" srcset=\"" + folder + "150.webp 150w, " + folder + "300.webp 300w, " + folder +
                                "600.webp 600w\" sizes=\""));
    EXPECT_THAT(page, HasSubstr("<img class=\"cover\" src=\"" + folder + "300.jpg\" srcset=\"" + folder + "150.jpg 150w"));
    EXPECT_THAT(page, Not(HasSubstr("3000.")));
  }
  for (const auto& page : {of_show, of_episode}) {
    EXPECT_THAT(page, HasSubstr("<meta property=\"og:image\" content=\"" + kAddresses.origin() + folder + "600.jpg\">"));
    EXPECT_THAT(page, HasSubstr("<meta property=\"og:image:width\" content=\"600\">"));
    EXPECT_THAT(page, HasSubstr("<link rel=\"apple-touch-icon\" href=\"" + folder + "300.jpg\">"));
    // The structured data is for search engines, which want the largest.
    EXPECT_THAT(std::regex_replace(page, std::regex{"<script type=\"application/ld.json\">[^<]*</script>"}, ""), Not(HasSubstr(whole)));
  }
}

TEST(PagesTest, AnEpisodeShowsItsOwnCoverWhereItHasOne) {
  auto snapshot = show();
  snapshot->show.cover = podcast::Picture{.digest = {}, .length = {}, .side = 1400, .media_type = "image/png"};
  auto published = *snapshot->episodes.front();
  const auto of_show = episode_page(kAddresses, *snapshot, published, {});
  EXPECT_THAT(of_show, HasSubstr("<meta property=\"og:image\" content=\"" + kAddresses.picture(*snapshot->show.cover) + "\">"));
  EXPECT_THAT(of_show, HasSubstr("content=\"Cover of The Demo\""));
  published.episode.cover =
      podcast::Picture{.digest = Digest::from_hex(std::string(64, 'e')).value(), .length = {}, .side = 1500, .media_type = "image/jpeg"};
  const auto address = kAddresses.picture(*published.episode.cover);
  const auto page = episode_page(kAddresses, *snapshot, published, {});
  expect_sound(page);
  EXPECT_THAT(page, HasSubstr("<img class=\"cover\" src=\"" + address.substr(kAddresses.origin().size()) + "\""));
  EXPECT_THAT(page, HasSubstr("<meta property=\"og:image\" content=\"" + address + "\">"));
  EXPECT_THAT(page, HasSubstr("<meta property=\"og:image:width\" content=\"1500\">"));
  EXPECT_THAT(page, HasSubstr("content=\"Cover of " + published.episode.title + "\""));
}

TEST(PagesTest, ManyEpisodesAreDividedIntoPages) {
  const auto snapshot = show(static_cast<int>(kEpisodesPerPage) * 2 + 1);
  const auto first = show_page(kAddresses, *snapshot, 1), second = show_page(kAddresses, *snapshot, 2),
             third = show_page(kAddresses, *snapshot, 3);
  for (const auto* page : {&first, &second, &third}) expect_sound(*page);
  EXPECT_EQ(count_of(first, "<li>\n<article>"), kEpisodesPerPage);
  EXPECT_EQ(count_of(third, "<li>\n<article>"), 1U);
  EXPECT_THAT(first, HasSubstr("href=\"/shows/demo?page=2\" rel=\"next\""));
  EXPECT_THAT(first, Not(HasSubstr("rel=\"prev\"")));
  EXPECT_THAT(second, HasSubstr("href=\"/shows/demo\" rel=\"prev\""));
  EXPECT_THAT(second, HasSubstr("Page 2 of 3"));
  EXPECT_THAT(third, Not(HasSubstr("rel=\"next\"")));
  EXPECT_EQ(show_page(kAddresses, *snapshot, 0), first);
  EXPECT_EQ(show_page(kAddresses, *snapshot, ~std::size_t{0}), third);
}

TEST(PagesTest, AnEpisodePage) {
  const auto snapshot = show();
  auto published = *snapshot->episodes[0];
  published.episode.season = 2;
  published.episode.number = 5;
  published.episode.is_explicit = true;
  const auto page = episode_page(kAddresses, *snapshot, published, {});
  expect_sound(page);
  EXPECT_THAT(page, HasSubstr("<title>Talk 1 – The Demo</title>"));
  EXPECT_THAT(page, HasSubstr("Season 2, episode 5"));
  EXPECT_THAT(page, HasSubstr("Explicit"));
  EXPECT_THAT(page, HasSubstr("<p>What we <em>say</em></p>"));
  EXPECT_THAT(page, HasSubstr("<audio controls preload=\"none\" src=\"/e/01jepisode1/talk-1.mp3\""));
  EXPECT_THAT(page, HasSubstr("<meta property=\"og:audio\" content=\"https://pod.example.org/e/01jepisode1/talk-1.mp3\">"));
  EXPECT_THAT(page, HasSubstr("MP3, 2.0 MB"));
  EXPECT_THAT(
      page,
      HasSubstr("<link rel=\"alternate\" type=\"application/json+oembed\" title=\"Talk 1\" "
                "href=\"https://pod.example.org/oembed?format=json&amp;url=https%3A%2F%2Fpod.example.org%2Fshows%2Fdemo%2Ftalk-1\">"));
  EXPECT_THAT(page, HasSubstr("<meta name=\"twitter:player\" content=\"https://pod.example.org/embed/01jepisode1\">"));
  EXPECT_THAT(page, HasSubstr("<link rel=\"canonical\" href=\"https://pod.example.org/shows/demo/talk-1\">"));
  EXPECT_THAT(page, HasSubstr("<script src=\"" + player_script().path + "\" defer></script>"));
  EXPECT_THAT(page, HasSubstr("<a href=\"/shows/demo\" lang=\"de\">The Demo</a>"));
}

TEST(PagesTest, AnEpisodeIsReadWithItsChaptersPeopleAndWhatWasSaid) {
  using namespace std::chrono_literals;
  auto snapshot = show();
  auto published = *snapshot->episodes[0];
  published.episode.season = 2;
  published.episode.number = 3;
  published.episode.metadata = {.persons = {{.name = "Zoë", .role = "guest", .href = "https://example.org/zoe"}},
                                .locations = {{.name = "Wien"}},
                                .license = podcast::License{"cc-by-4.0", ""},
                                .number_display = "Third"};
  snapshot->show.metadata = {.persons = {{.name = "Ada"}}, .seasons = {{2, "The sea"}}};
  const podcast::EpisodeReading reading{
      .chapters = {{.title = "Intro"},
                   {.start = 62s, .title = "Silent", .toc = false},
                   {.start = 3723s + 500ms, .title = "End", .url = "https://www.example.org/"}},
      .transcript = {{0s, 1s, "Ada", "Good\nmorning"}, {1s, 2s, "Ada", "all"}, {2s, 3s, "Zoë", "Hello"}, {9s, 10s, "Zoë", "Later"}},
      .language = "de"};
  const auto page = episode_page(kAddresses, *snapshot, published, reading);
  expect_sound(page);
  for (const auto* part :
       {"The sea, Third", "<a href=\"https://example.org/zoe\" rel=\"noopener nofollow\">Zoë</a> <span class=\"quiet\">guest</span>",
        "Wien", "cc-by-4.0", "<li><a href=\"/e/01jepisode1/talk-1.mp3#t=0\"><b>0:00</b> Intro</a></li>",
        "<a href=\"/e/01jepisode1/talk-1.mp3#t=3723.500\"><b>1:02:03</b> End</a> <a class=\"quiet\" href=\"https://www.example.org/\" "
        "rel=\"noopener "
        "nofollow\" aria-label=\"example.org: more about End\">example.org</a></li>",
        "<p><strong>Ada</strong> <a class=\"quiet\" href=\"/e/01jepisode1/talk-1.mp3#t=0\">0:00</a> Good morning all</p>",
        "<p><strong>Zoë</strong> <a class=\"quiet\" href=\"/e/01jepisode1/talk-1.mp3#t=2\">0:02</a> Hello</p>",
        "<p><a class=\"quiet\" href=\"/e/01jepisode1/talk-1.mp3#t=9\">0:09</a> Later</p>", "/transcript.de.vtt\""})
    EXPECT_THAT(page, HasSubstr(part));
  EXPECT_THAT(page, Not(HasSubstr("Silent")));
  EXPECT_THAT(page, Not(HasSubstr("Ada</a>"))) << "an episode's people take the place of the show's";
  const auto bare = episode_page(kAddresses, *show(), *show()->episodes[0], {});
  for (const auto* part : {"Chapters", "Transcript", "People", "Places", "License"}) EXPECT_THAT(bare, Not(HasSubstr(part)));
}

TEST(PagesTest, OfALongTranscriptOnlyTheBeginningIsOnThePage) {
  using namespace std::chrono_literals;
  const auto snapshot = show();
  for (const auto& [text, speaker] : {std::pair{"<", "&"}, std::pair{"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"\"", ""}, std::pair{"word", "Ada"}}) {
    podcast::EpisodeReading reading;
    for (int i = 0; i < 60'000; ++i) reading.transcript.push_back({i * 1s, i * 1s, *speaker ? speaker + std::to_string(i) : "", text});
    reading.language = "en";
    const auto page = episode_page(kAddresses, *snapshot, *snapshot->episodes[0], reading);
    EXPECT_LT(page.size(), kMaxTranscriptOnPage + 32 * 1024) << text;
    EXPECT_GT(page.size(), kMaxTranscriptOnPage / 2) << text;
    EXPECT_THAT(page, HasSubstr("Read the rest in the transcript file")) << text;
    reading.transcript.resize(10);
    EXPECT_THAT(episode_page(kAddresses, *snapshot, *snapshot->episodes[0], reading),
                Not(HasSubstr("Read the rest in the transcript file")));
  }
}

TEST(PagesTest, HostileTextStaysText) {
  auto snapshot = show();
  auto hostile = *snapshot->episodes[0];
  hostile.episode.title = kHostile;
  snapshot->episodes[0] = std::make_shared<PublishedEpisode>(hostile);
  auto& about = snapshot->show;
  about.title = about.author = about.language = about.copyright = kHostile;
  about.category = {std::string{kHostile}, std::string{kHostile}};
  about.link = "javascript:alert(1)";
  // Safe HTML may hold these as text, which an excerpt turns back into characters.
  snapshot->description_html = "<p>" + escaped_markup(kHostile) + "</p>";
  const std::string text{kHostile};
  podcast::EpisodeReading reading;
  reading.chapters = {{.title = text, .url = "javascript:alert(1)"}};
  reading.transcript = {{.start = {}, .end = {}, .speaker = text, .text = text}};
  reading.language = text;
  hostile.episode.metadata.persons = {{.name = text, .role = text, .group = text, .img = text, .href = "javascript:alert(1)"}};
  hostile.episode.metadata.locations = {{.name = text}};
  hostile.episode.metadata.license = podcast::License{text, "javascript:alert(1)"};
  hostile.episode.number = 1;
  hostile.episode.metadata.number_display = text;
  about.metadata.persons = hostile.episode.metadata.persons;
  about.metadata.funding = {{"javascript:alert(1)", text}};
  about.metadata.listen_links = {{text, "javascript:alert(1)"}};
  const std::vector<std::shared_ptr<const ShowSnapshot>> shows{snapshot};
  for (const auto& page :
       {start_page(kAddresses, shows), show_page(kAddresses, *snapshot, 1), episode_page(kAddresses, *snapshot, hostile, reading),
        found_page(kAddresses, *snapshot, text.substr(0, 60), 1), feed_page(kAddresses, *snapshot), error_page(kHostile, kHostile),
        embed_page(kAddresses, about, hostile.episode, reading)}) {
    EXPECT_THAT(page, Not(HasSubstr("<script>")));
    EXPECT_EQ(count_of(page, "<script"), count_of(page, "</script>"));
    EXPECT_LE(count_of(page, "<script"), 2U) << "the player's, and what search engines read";
    EXPECT_THAT(page, Not(HasSubstr("javascript:")));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;"));
    // What looks like a template in a text is not one.
    EXPECT_THAT(page, HasSubstr("{{title}}{{{content}}}&amp;"));
  }
}

TEST(PagesTest, AnEmptyTextIsLeftOutAndNotTakenFromTheSurroundings) {
  auto snapshot = show();
  auto quiet = *snapshot->episodes[0];
  quiet.notes_html.clear();
  snapshot->episodes[0] = std::make_shared<PublishedEpisode>(quiet);
  snapshot->show.author.clear();
  const auto page = show_page(kAddresses, *snapshot, 1);
  EXPECT_THAT(page, Not(HasSubstr("byline")));
  EXPECT_EQ(count_of(page, "<p lang="), 0U);
}

TEST(PagesTest, EpisodesAreFoundByTheirWordsInAnyOrder) {
  auto snapshot = show();
  const auto pattern = *snapshot->episodes[0];
  snapshot->episodes.clear();
  for (int i = 0; i < 120; ++i) {
    auto one = pattern;
    one.episode.id = std::to_string(i);
    one.episode.title = "Überfahrt number " + std::to_string(i);
    one.notes_html = i % 2 == 0 ? "<p>About <b>harbours</b> &amp; ships</p>" : "<p>About the coast</p>";
    if (i == 7) one.episode.metadata.persons = {{.name = "Grace Quay"}};
    snapshot->episodes.push_back(std::make_shared<PublishedEpisode>(one));
  }
  const auto found = [&](const std::string& query, std::size_t page = 1) { return found_page(kAddresses, *snapshot, query, page); };
  expect_sound(found("harbours"));
  EXPECT_THAT(found("HARBOURS number"), HasSubstr("60 of 120 episodes contain all these words."));
  EXPECT_THAT(found("harbours", 2), HasSubstr("Page 2 of 2"));
  EXPECT_THAT(found("harbours & 11"), HasSubstr("5 of 120"));
  EXPECT_THAT(found("harbours & 11", 1), HasSubstr("value=\"harbours &amp; 11\""));
  EXPECT_THAT(found("harbours"), HasSubstr("href=\"/shows/demo?q=harbours&amp;page=2\" rel=\"next\""));
  EXPECT_THAT(found("quay GRACE"), HasSubstr("1 of 120 episodes contains all these words."));
  EXPECT_THAT(found("\xC3\xBC"
                    "berfahrt coast"),
              HasSubstr("60 of 120"));
  EXPECT_THAT(found("strong"), HasSubstr("No episodes contain all these words.")) << "mark-up is no word";
  EXPECT_THAT(found("coast"), HasSubstr("noindex"));
  EXPECT_THAT(found("coast", 99), HasSubstr("Page 2 of 2"));
  EXPECT_THAT(show_page(kAddresses, *snapshot, 1), HasSubstr("role=\"search\""));
  EXPECT_THAT(show_page(kAddresses, *show(), 1), Not(HasSubstr("role=\"search\""))) << "few are seen at a glance";
}

TEST(PagesTest, TitlesAreFoundHoweverLongTheNotesAre) {
  auto snapshot = show();
  auto pattern = *snapshot->episodes[0];
  pattern.notes_html = "<p>" + std::string(16 * 1024, 'x') + "</p>";
  snapshot->episodes.assign(1500, std::make_shared<PublishedEpisode>(pattern));
  pattern.episode.title = "The very first";
  pattern.notes_html = "<p>Where it began</p>";
  snapshot->episodes.push_back(std::make_shared<PublishedEpisode>(pattern));
  EXPECT_THAT(found_page(kAddresses, *snapshot, "very first", 1), HasSubstr("1 of 1501 episodes contains"));
  EXPECT_THAT(found_page(kAddresses, *snapshot, "began", 1), HasSubstr("No episodes contain")) << "notes are searched up to a limit";
}

TEST(PagesTest, AShowSaysWhereElseItIs) {
  auto snapshot = show();
  snapshot->show.metadata.listen_links = {{"Spotify", "https://open.spotify.com/show/1?a=1&b=2"}, {"Bell & Co", "https://example.org/"}};
  const auto page = show_page(kAddresses, *snapshot, 1);
  expect_sound(page);
  EXPECT_THAT(page, HasSubstr("<a href=\"https://open.spotify.com/show/1?a=1&amp;b=2\" rel=\"noopener\">Spotify</a>"));
  EXPECT_THAT(page, HasSubstr(">Bell &amp; Co</a>"));
  EXPECT_THAT(show_page(kAddresses, *show(), 1), Not(HasSubstr("Listen on")));
}

TEST(PagesTest, EveryPageDescribesItself) {
  auto snapshot = show();
  auto silent = *snapshot->episodes[0];
  silent.notes_html.clear();
  snapshot->episodes[0] = std::make_shared<PublishedEpisode>(silent);
  snapshot->description_html.clear();
  const std::vector<std::shared_ptr<const ShowSnapshot>> none;
  for (const auto& page :
       {start_page(kAddresses, none), show_page(kAddresses, *snapshot, 1), episode_page(kAddresses, *snapshot, silent, {}),
        feed_page(kAddresses, *snapshot), error_page("Page not found", "It moved."),
        embed_page(kAddresses, snapshot->show, silent.episode, {}), welcome_page({.heading = "Welcome", .sentence = "Hello."})})
    EXPECT_THAT(page, ::testing::ContainsRegex("<meta name=\"description\" content=\"[^\"]+\">"));
}

TEST(PagesTest, AnErrorPageIsNotForSearchEngines) {
  const auto page = error_page("Page not found", "It moved.");
  expect_sound(page);
  EXPECT_THAT(page, HasSubstr("noindex"));
  EXPECT_THAT(page, HasSubstr("It moved."));
  EXPECT_THAT(page, Not(HasSubstr("og:type")));
}

}  // namespace
}  // namespace carillon::site
