#include "podcast/feed/feed.hpp"

#include "base/file.hpp"
#include "podcast/feed/notes.hpp"
#include "podcast/model/show.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pugixml.hpp>

#include <cstdlib>

namespace carillon::podcast {
namespace {

using namespace std::chrono;
using ::testing::EndsWith;
using ::testing::HasSubstr;

const Time kStart = sys_days{year{2026} / 11 / 24} + hours{8};

class RenderedFeed : public ::testing::Test {
 protected:
  RenderedFeed() {
    show.id = "s";
    show.slug = "harbour";
    show.title = "Harbour talk";
    show.description = "About the *sea*";
    show.language = "en-GB";
    show.category = {"Society & Culture", "Documentary"};
    show.author = "Ada";
    show.owner_email = "ada@example.org";
    show.copyright = "© Ada";
    show.guid = "9b024349-ccf0-5f69-a609-6b82873eab3c";
    show.cover = Picture{.digest = Digest::from_hex(std::string(64, 'a')).value(), .length = {}, .side = 1400, .media_type = "image/png"};
    show.changed = kStart;
    episode.id = episode.guid = "01jdk3w5v8h2m6n9q4r7t0x1yz";
    episode.slug = "the-lighthouse";
    episode.file_name = "the-lighthouse.mp3";
    episode.title = "The lighthouse";
    episode.notes = "With [the keeper](https://lighthouse.example.org/)";
    episode.season = 1;
    episode.number = 2;
    episode.state = EpisodeState::published;
    episode.published = kStart + hours{1};
    episode.changed = kStart + hours{2};
    episode.master = Master{.frames = {}, .frames_length = ByteCount{960'000}, .duration = milliseconds{60'499}};
    show.metadata = {.persons = {{.name = "Ada", .img = "https://example.org/ada.jpg", .href = "https://example.org/ada"}},
                     .locations = {{.name = "Harbour", .rel = "subject", .geo = "geo:54.32,10.13", .osm = "R27021", .country = "DE"}},
                     .license = License{"cc-by-4.0", ""},
                     .funding = {{"https://example.org/give?a=1&b=2", "Keep the light on"}},
                     .seasons = {{1, "Lights & towers"}},
                     .txt = {{"naj3eEZaWVVY9a38uhX8FekACyhtqP4JN", "verify"}, {"S6lpp-7ZCn8-dZfGc-OoyaG", ""}},
                     .complete = true,
                     .blocked = true};
    episode.metadata = {.persons = {{.name = "Zoë", .role = "guest", .group = "cast"}},
                        .locations = {{.name = "Lighthouse", .rel = "creator"}},
                        .license = License{"harbour-licence", "https://example.org/licence"},
                        .soundbites = {{.start = milliseconds{33'833}, .duration = seconds{60}, .title = "The fog"}},
                        .txt = {{"an episode's <own>", "release"}},
                        .number_display = "2a",
                        .blocked = true};
    const auto digest = Digest::from_hex(std::string(64, 'b')).value();
    episode.chapters = StoredText{digest, ByteCount{10}};
    episode.transcripts = {{"de", {digest, ByteCount{10}}}, {"en-GB", {digest, ByteCount{10}}, false}};
    episode.frozen = Frozen{.prefix = {}, .prefix_length = ByteCount{1'000}, .whole = {}};
  }

  [[nodiscard]] std::string rendered() const {
    const auto notes = safe_html(episode.notes).value();
    const std::array items{FeedItem{&episode, notes}};
    const Addresses addresses{"https://pod.example.org"};
    const auto feed = public_feed_of(show);
    const auto description = safe_html(show.description).value();
    return render_feed({show, description}, feed, items, FeedLinks{addresses, feed});
  }
  /// Read as a directory does; it must be well-formed.
  [[nodiscard]] pugi::xml_document read() const {
    pugi::xml_document document;
    EXPECT_TRUE(document.load_string(rendered().c_str(), pugi::parse_full));
    return document;
  }
  static std::string text(const pugi::xml_document& document, const char* path) { return document.select_node(path).node().text().get(); }

  Show show;
  Episode episode;
};

/// Every byte of a feed with all there is. To change it knowingly: CARILLON_GOLDEN=write build/release/podcast_test, and read the
/// difference.
TEST_F(RenderedFeed, IsTheGoldenOne) {
  const std::string path = "tests/data/feed.xml";
  if (const char* mode = std::getenv("CARILLON_GOLDEN"); mode != nullptr && std::string_view(mode) == "write") {
    ASSERT_TRUE(write_file(path, rendered(), 0644));
  }
  EXPECT_EQ(rendered(), read_file(path).value());
}

TEST_F(RenderedFeed, TextThatWouldBreakXmlCannot) {
  show.title = "]]> & <b> \x07\xFF\xED\xA0\x80 \xEF\xBF\xBE";
  show.author = "\"quoted\" 'author' \x0B";
  episode.title = "]]></title><item>\x01\x7F";
  episode.notes = "]]> <script>x</script> &#0; \x02";
  const auto document = read();
  EXPECT_EQ(text(document, "/rss/channel/title"), "]]> & <b> \xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD\xEF\xBF\xBD ");
  EXPECT_EQ(text(document, "/rss/channel/itunes:author"), "\"quoted\" 'author' ");
  EXPECT_EQ(text(document, "/rss/channel/item/title"), "]]></title><item>\x7F");
  EXPECT_EQ(document.select_nodes("//item").size(), 1U);
  EXPECT_EQ(rendered().find("]]>"), std::string::npos);
}

TEST_F(RenderedFeed, IdentityStaysWhateverIsEdited) {
  const auto before = read();
  show.title = "Another";
  show.description = "Another";
  episode.title = "Another";
  episode.notes = "Another";
  episode.season = 9;
  episode.type = EpisodeType::bonus;
  episode.changed += days{1};
  const auto after = read();
  EXPECT_NE(text(before, "/rss/channel/item/title"), text(after, "/rss/channel/item/title"));
  for (const auto* path : {"/rss/channel/podcast:guid", "/rss/channel/item/guid", "/rss/channel/item/pubDate", "/rss/channel/item/link"})
    EXPECT_EQ(text(before, path), text(after, path)) << path;
  for (const auto* attribute : {"url", "length", "type"}) {
    EXPECT_STREQ(before.select_node("//enclosure").node().attribute(attribute).value(),
                 after.select_node("//enclosure").node().attribute(attribute).value())
        << attribute;
  }
}

TEST_F(RenderedFeed, LongDescriptionsAreShortenedAsHtml) {
  for (int i = 0; i < 500; ++i) {
    episode.notes += "\n\n**Grüße** `std::map<key>` & <script>x</script> &lt;b&gt; more";
    show.description += "\n- `<b>`";
  }
  const auto document = read();
  for (const auto* path : {"/rss/channel/item/description", "/rss/channel/description"}) {
    const auto description = text(document, path);
    EXPECT_LE(description.size(), kLongestText) << path;
    EXPECT_GT(description.size(), kLongestText - 100) << path;
    pugi::xml_document html;
    EXPECT_TRUE(html.load_string(("<x>" + description + "</x>").c_str()))
        << "all that is open is closed: " << description.substr(description.size() - 100);
    EXPECT_FALSE(html.select_node("//script | //key | //b")) << path;
  }
  EXPECT_THAT(text(document, "/rss/channel/item/description"), HasSubstr("<strong>Grüße</strong> <code>std::map&lt;key&gt;</code> &amp;"));
  EXPECT_GT(text(document, "/rss/channel/item/content:encoded").size(), kLongestText) << "the whole is still there";
}

TEST_F(RenderedFeed, TitlesThatStandInForDescriptionsAreText) {
  show.title = "<script>alert(1)</script> & more";
  episode.title = "std::map<key> & co";
  show.description.clear();
  episode.notes.clear();
  const auto document = read();
  EXPECT_EQ(text(document, "/rss/channel/description"), "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more");
  EXPECT_EQ(text(document, "/rss/channel/item/description"), "std::map&lt;key&gt; &amp; co");
  EXPECT_EQ(text(document, "/rss/channel/item/title"), "std::map<key> & co") << "titles are no HTML";
}

TEST_F(RenderedFeed, TheCoverIsThereForEveryReader) {
  const auto document = read();
  EXPECT_EQ(text(document, "/rss/channel/image/url"), document.select_node("/rss/channel/itunes:image/@href").attribute().value());
  EXPECT_EQ(text(document, "/rss/channel/image/title"), "Harbour talk");
  EXPECT_EQ(text(document, "/rss/channel/image/link"), text(document, "/rss/channel/link"));
}

TEST_F(RenderedFeed, AFeedThatMovedSaysWhereTo) {
  const Addresses addresses{"https://pod.example.org"};
  auto feed = public_feed_of(show);
  feed.moved = true;
  EXPECT_THAT(render_feed({show, ""}, feed, {}, FeedLinks{addresses, feed}),
              HasSubstr("<itunes:new-feed-url>https://pod.example.org/feeds/harbour</itunes:new-feed-url>"));
}

TEST_F(RenderedFeed, EveryTrailerIsOfferedBeforeTheItems) {
  episode.type = EpisodeType::trailer;
  const auto document = read();
  const auto trailer = document.select_node("/rss/channel/podcast:trailer").node();
  EXPECT_STREQ(trailer.text().get(), "The lighthouse");
  for (const auto* attribute : {"url", "length", "type"}) {
    const auto path = std::string("/rss/channel/item/enclosure/@") + attribute;
    EXPECT_STREQ(trailer.attribute(attribute).value(), document.select_node(path.c_str()).attribute().value());
  }
  EXPECT_EQ(trailer.attribute("pubdate").value(), text(document, "/rss/channel/item/pubDate"));
  EXPECT_STREQ(trailer.attribute("season").value(), "1");
}

TEST_F(RenderedFeed, WhatIsNotSaidStandsNotThere) {
  show.metadata = {};
  episode.metadata = {};
  episode.chapters.reset();
  episode.transcripts.clear();
  for (const auto* path : {"//podcast:person", "//podcast:location", "//podcast:license", "//podcast:funding", "//podcast:chapters",
                           "//podcast:transcript", "//podcast:soundbite", "//podcast:txt", "//podcast:trailer", "//itunes:block",
                           "//itunes:complete", "//podcast:season/@name", "//podcast:episode/@display"})
    EXPECT_FALSE(read().select_node(path)) << path;
  show.cover.reset();
  show.owner_email.clear();
  show.copyright.clear();
  show.category.sub.clear();
  episode.season.reset();
  episode.number.reset();
  episode.notes.clear();
  const auto document = read();
  for (const auto* path : {"//itunes:image", "//image", "//itunes:owner", "//copyright", "//itunes:category/itunes:category",
                           "//itunes:season", "//itunes:episode", "//podcast:season", "//content:encoded"})
    EXPECT_FALSE(document.select_node(path)) << path;
  EXPECT_EQ(text(document, "/rss/channel/item/description"), "The lighthouse") << "an item needs a description";
}

TEST_F(RenderedFeed, ExplicitIsTheShowsUnlessTheEpisodeSays) {
  show.is_explicit = true;
  EXPECT_EQ(text(read(), "/rss/channel/item/itunes:explicit"), "true");
  episode.is_explicit = false;
  EXPECT_EQ(text(read(), "/rss/channel/item/itunes:explicit"), "false");
}

TEST_F(RenderedFeed, NamesWhoIsToldOfChanges) {
  const Addresses addresses{"https://pod.example.org", {.hubs = {"https://a.example/?x=1&y=2", "https://b.example/"}, .podping = true}};
  const auto row = public_feed_of(show);
  pugi::xml_document document;
  ASSERT_TRUE(document.load_string(render_feed({show, ""}, row, {}, FeedLinks{addresses, row}).c_str()));
  std::vector<std::pair<std::string, std::string>> links;
  for (const auto link : document.child("rss").child("channel").children("atom:link"))
    links.emplace_back(link.attribute("rel").value(), link.attribute("href").value());
  EXPECT_EQ(links,
            (std::vector<std::pair<std::string, std::string>>{
                {"self", "https://pod.example.org/feeds/harbour"}, {"hub", "https://a.example/?x=1&y=2"}, {"hub", "https://b.example/"}}));
  EXPECT_TRUE(document.child("rss").child("channel").child("podcast:podping").attribute("usesPodping").as_bool());
  EXPECT_EQ(rendered().find("hub"), std::string::npos);
  EXPECT_EQ(rendered().find("podping"), std::string::npos);
}

TEST_F(RenderedFeed, AnotherFeedOfTheShowHasItsOwnAddress) {
  const Addresses addresses{"https://pod.example.org"};
  auto feed = public_feed_of(show);
  const auto public_one = render_feed({show, ""}, feed, {}, FeedLinks{addresses, feed});
  feed.slug = "harbour-for-members";
  auto other = render_feed({show, ""}, feed, {}, FeedLinks{addresses, feed});
  EXPECT_THAT(other, HasSubstr("<atom:link href=\"https://pod.example.org/feeds/harbour-for-members\" rel=\"self\""));
  const std::string_view address = "/feeds/harbour-for-members";
  EXPECT_EQ(other.replace(other.find(address), address.size(), "/feeds/harbour"), public_one) << "and nothing else is its own";
}

TEST_F(RenderedFeed, ChangedIsTheLatestOfAll) {
  const std::array items{FeedItem{&episode, {}}};
  auto feed = public_feed_of(show);
  EXPECT_EQ(feed_changed(show, feed, items), episode.changed);
  show.changed = kStart + hours{3};
  EXPECT_EQ(feed_changed(show, feed, items), show.changed);
  EXPECT_EQ(feed_changed(show, feed, {}), show.changed);
  feed.changed = kStart + hours{4};
  EXPECT_EQ(feed_changed(show, feed, items), feed.changed);
}

}  // namespace
}  // namespace carillon::podcast
