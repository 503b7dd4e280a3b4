// The site over a real catalogue, store and request log: what each address answers, and what is written down about it.

#include "site/site.hpp"

#include "http/security_fields.hpp"
#include "site/pages/assets.hpp"
#include "site/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <zlib.h>

namespace carillon::site {
namespace {

using http::Method;
using http::Response;
using ::testing::HasSubstr;
using testing::kOrigin;
using ::testing::Not;

using FieldLines = std::vector<std::pair<std::string, std::string>>;
const FieldLines kBrowser{{"Accept", "text/html,application/xhtml+xml;q=0.9,*/*;q=0.8"}};

/// A request without a body.
class NoBody final : public http::IncomingBody {
 public:
  [[nodiscard]] std::optional<ByteCount> length() const noexcept override { return ByteCount{}; }
  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte>) override { co_return std::size_t{0}; }
};

std::string text_of(const Response& response) { return whole(response.body).value(); }
std::string field(const Response& response, std::string_view name) { return std::string{response.fields.get(name).value_or("")}; }

std::string unzipped(const std::string& compressed) {
  z_stream stream{};
  ::inflateInit2(&stream, 16 + MAX_WBITS);
  std::string out(1 << 20, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(compressed.data()));
  stream.avail_in = static_cast<uInt>(compressed.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  EXPECT_EQ(::inflate(&stream, Z_FINISH), Z_STREAM_END);
  out.resize(stream.total_out);
  ::inflateEnd(&stream);
  return out;
}

class SiteTest : public ::testing::Test {
 protected:
  Response ask(std::string target, const FieldLines& fields = {}, Method method = Method::get, bool plain = false) {
    http::Request request;
    NoBody body;
    request.method = method;
    request.target = target;
    request.path = target.substr(0, target.find('?'));
    if (const auto mark = target.find('?'); mark != std::string::npos) request.query = target.substr(mark + 1);
    for (const auto& [name, value] : fields) request.fields.add(name, value);
    request.peer.address = "192.0.2.7";
    request.body = &body;
    Response response;
    // Thrown out of run(), an error would end the loop while workers hold on to it.
    std::exception_ptr thrown;
    asio::io_context loop;
    asio::co_spawn(
        loop, [&]() -> asio::awaitable<void> { response = co_await (plain ? site.answer_plain(request) : site.answer(request)); },
        [&thrown](const std::exception_ptr& error) { thrown = error; });
    loop.run();
    if (thrown) std::rethrow_exception(thrown);
    http::add_security_fields(response, request.host, request.encrypted);
    return response;
  }

  /// The records after everything appended is on disk.
  std::vector<stats::Record> records() {
    world.log->flush();
    std::vector<stats::Record> found;
    for (const auto& segment : std::filesystem::directory_iterator{world.requests()})
      EXPECT_TRUE(stats::read_segment(segment.path(), [&](const stats::Record& record) { found.push_back(record); }));
    return found;
  }
  [[nodiscard]] std::string enclosure() const { return "/e/" + world.episode.id + "/" + world.episode.file_name; }

  testing::World world;
  bool ready = true;
  accounts::Suspensions suspensions;
  uptime::StatusBoard board;
  delivery::Arrangements arrangements{world.store(), delivery::name_key_of("secret")};
  Site site{*world.catalogue,
            suspensions,
            podcast::Addresses{std::string{kOrigin}},
            arrangements,
            *world.ads,
            *world.log,
            world.clock,
            [this] { return ready; },
            board,
            {"https://old.example.org"}};
};

TEST_F(SiteTest, TheFeed) {
  const auto response = ask("/feeds/demo");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(field(response, "Content-Type"), "application/rss+xml; charset=utf-8");
  EXPECT_EQ(field(response, "Cache-Control"), "public, max-age=60");
  EXPECT_EQ(field(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_EQ(field(response, "Accept-Ranges"), "bytes");
  EXPECT_NE(field(response, "Last-Modified"), "");
  EXPECT_THAT(text_of(response), HasSubstr("<rss"));
}

TEST_F(SiteTest, TheFeedIsNotSentTwice) {
  const auto first = ask("/feeds/demo");
  for (const auto& [name, value] :
       FieldLines{{"If-None-Match", field(first, "ETag")}, {"If-Modified-Since", field(first, "Last-Modified")}}) {
    const auto again = ask("/feeds/demo", {{name, value}});
    EXPECT_EQ(again.status, 304) << name;
    EXPECT_EQ(again.body.length(), ByteCount{});
  }
}

TEST_F(SiteTest, TheFeedComesCompressedToThoseWhoAsk) {
  const auto plain = ask("/feeds/demo");
  const auto response = ask("/feeds/demo", {{"Accept-Encoding", "gzip"}});
  EXPECT_EQ(field(response, "Content-Encoding"), "gzip");
  EXPECT_THAT(field(response, "Vary"), HasSubstr("Accept-Encoding"));
  EXPECT_NE(field(response, "ETag"), field(plain, "ETag"));
  EXPECT_EQ(unzipped(text_of(response)), text_of(plain));
}

TEST_F(SiteTest, TheEnclosure) {
  const auto response = ask(enclosure());
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(field(response, "Content-Type"), "audio/mpeg");
  EXPECT_EQ(field(response, "Cache-Control"), "no-store");
  EXPECT_EQ(field(response, "Accept-Ranges"), "bytes");
  EXPECT_EQ(field(response, "ETag"), "\"" + world.episode.frozen->whole.hex() + "\"");
  EXPECT_EQ(field(response, "Last-Modified"), to_http_date(*world.episode.published));
  EXPECT_EQ(field(response, "X-Content-Type-Options"), "nosniff");
  EXPECT_EQ(text_of(response), world.audio);
  const auto head = ask(enclosure(), {}, Method::head);
  EXPECT_EQ(head.status, 200);
  EXPECT_EQ(head.body.length(), response.body.length());
}

TEST_F(SiteTest, RangesOfTheEnclosureAcrossPrefixAndFrames) {
  const auto length = world.audio.size();
  const auto border = world.episode.frozen->prefix_length.value;
  const auto across = ask(enclosure(), {{"Range", "bytes=" + std::to_string(border - 3) + "-" + std::to_string(border + 3)}});
  EXPECT_EQ(across.status, 206);
  EXPECT_EQ(text_of(across), world.audio.substr(border - 3, 7));
  const auto beyond = ask(enclosure(), {{"Range", "bytes=" + std::to_string(length) + "-"}});
  EXPECT_EQ(beyond.status, 416);
  EXPECT_EQ(field(beyond, "Content-Range"), "bytes */" + std::to_string(length));
}

TEST_F(SiteTest, IfRangeResumesOnlyTheSameBytes) {
  EXPECT_EQ(ask(enclosure(), {{"Range", "bytes=5-"}, {"If-Range", "\"" + world.episode.frozen->whole.hex() + "\""}}).status, 206);
  EXPECT_EQ(ask(enclosure(), {{"Range", "bytes=5-"}, {"If-Range", "\"another\""}}).status, 200);
}

TEST_F(SiteTest, EveryRequestOfAnEnclosureIsWrittenDownWithWhatLeft) {
  const auto finish = [](Response response, std::uint64_t sent) {
    ASSERT_TRUE(response.on_finished);
    response.on_finished(ByteCount{sent});
  };
  finish(ask(enclosure(), {{"User-Agent", "Player/1.0"}, {"Referer", "https://example.org/"}}), 17);
  finish(ask(enclosure(), {{"Range", "bytes=0-1"}}), 2);
  finish(ask(enclosure(), {{"If-None-Match", "*"}}), 0);
  finish(ask(enclosure(), {{"Range", "bytes=999999999-"}}), 0);
  finish(ask(enclosure(), {}, Method::head), 0);
  const auto found = records();
  ASSERT_EQ(found.size(), 5U);
  EXPECT_EQ(found[0].time, world.clock.now());
  EXPECT_EQ(found[0].episode, world.episode.id);
  EXPECT_EQ(found[0].media, world.episode.frozen->whole);
  EXPECT_EQ(found[0].method, "GET");
  EXPECT_EQ(found[0].status, 200);
  EXPECT_EQ(found[0].range, "");
  EXPECT_EQ(found[0].sent, ByteCount{17});
  EXPECT_EQ(found[0].prefix, "192.0.2.0/24");
  EXPECT_EQ(found[0].user_agent, "Player/1.0");
  EXPECT_EQ(found[0].referrer, "https://example.org/");
  EXPECT_EQ(found[1].status, 206);
  EXPECT_EQ(found[1].range, "bytes=0-1");
  EXPECT_EQ(found[1].sent, ByteCount{2});
  EXPECT_EQ(found[2].status, 304);
  EXPECT_EQ(found[3].status, 416);
  EXPECT_EQ(found[4].method, "HEAD");
  for (const auto& record : found) {
    EXPECT_EQ(record.whole, ByteCount{world.audio.size()});
    EXPECT_EQ(record.asked, stats::Asked::enclosure);
    EXPECT_EQ(record.http, stats::Http::http_1_1);
    EXPECT_FALSE(record.embedded);
    EXPECT_TRUE(record.took);
  }
  EXPECT_EQ(found[0].first, ByteCount{0});
  EXPECT_EQ(found[1].first, ByteCount{0});
  for (const auto place : {2U, 3U, 4U}) EXPECT_FALSE(found[place].first) << "nothing of the audio left";
}

TEST_F(SiteTest, WhatPlayersSayIsWrittenDown) {
  const auto finish = [](Response response, std::uint64_t sent) { response.on_finished(ByteCount{sent}); };
  finish(ask(enclosure() + "?player=embed", {{"X-Playback-Session-Id", "2D9A3B4C"}, {"Range", "bytes=7-8"}}), 2);
  finish(ask(enclosure() + "?player=other&from=feed", {{"User-Agent", std::string(10'000, 'a')}}), 0);
  const auto found = records();
  ASSERT_EQ(found.size(), 2U);
  EXPECT_TRUE(found[0].embedded);
  EXPECT_EQ(found[0].session, "2D9A3B4C");
  EXPECT_EQ(found[0].first, ByteCount{7});
  EXPECT_FALSE(found[1].embedded);
  EXPECT_EQ(found[1].user_agent.size(), stats::kLongestUserAgent);
}

TEST_F(SiteTest, WhatIsNoAudioIsWrittenDownToo) {
  const auto finish = [&](const std::string& target, const FieldLines& fields = {}) {
    const auto response = ask(target, fields);
    ASSERT_TRUE(response.on_finished) << target;
    response.on_finished(response.body.length());
  };
  const std::string unknown = "01jaaaaaaaaaaaaaaaaaaaaaaa";
  finish("/e/" + unknown + "/x.mp3", {{"User-Agent", "Player/1.0"}, {"Range", "bytes=0-1"}});
  finish("/e/" + unknown + "/x.mp3", kBrowser);
  finish("/e/NO%20ID/x.mp3");
  finish("/e/" + world.episode.id + "/old.mp3?from=feed");
  world.suspend(suspensions);
  finish(enclosure());
  finish(enclosure(), kBrowser);
  const auto found = records();
  ASSERT_EQ(found.size(), 6U);
  for (const auto& record : found) {
    EXPECT_EQ(record.media, Digest{});
    EXPECT_EQ(record.prefix, "192.0.2.0/24");
    EXPECT_GT(record.sent, ByteCount{});
  }
  EXPECT_EQ(found[0].status, 404);
  EXPECT_EQ(found[0].episode, unknown);
  EXPECT_EQ(found[0].range, "bytes=0-1");
  EXPECT_EQ(found[0].user_agent, "Player/1.0");
  EXPECT_EQ(found[1].status, 404) << "as a page";
  EXPECT_EQ(found[2].episode, "") << "what is no id is nobody's";
  EXPECT_EQ(found[3].status, 301);
  EXPECT_EQ(found[3].episode, world.episode.id);
  EXPECT_EQ(found[4].status, 451);
  EXPECT_EQ(found[4].episode, world.episode.id);
  EXPECT_EQ(found[5].status, 451) << "as a page";
}

TEST_F(SiteTest, AFailureIsWrittenDownToo) {
  std::filesystem::remove(world.stored_at(world.episode.master->frames));
  EXPECT_THROW((void)ask(enclosure()), std::runtime_error);
  const auto found = records();
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].status, 500);
  EXPECT_EQ(found[0].episode, world.episode.id);
  EXPECT_EQ(found[0].sent, ByteCount{});
}

TEST_F(SiteTest, NothingElseIsWrittenDown) {
  for (const auto* target : {"/", "/feeds/demo", "/shows/demo", "/e/nothing", "/healthz"}) EXPECT_FALSE(ask(target).on_finished) << target;
  EXPECT_FALSE(ask(enclosure(), {}, Method::post).on_finished) << "nobody can hear anything in answer to that";
}

TEST_F(SiteTest, AnotherFileNameLeadsToTheRightOne) {
  const auto response = ask("/e/" + world.episode.id + "/old.mp3?from=feed");
  EXPECT_EQ(response.status, 301);
  EXPECT_EQ(field(response, "Location"), std::string{kOrigin} + enclosure() + "?from=feed");
}

TEST_F(SiteTest, ThePicture) {
  const auto address = "/pictures/" + world.cover.digest.hex() + ".jpg";
  const auto response = ask(address);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(field(response, "Content-Type"), "image/jpeg");
  EXPECT_EQ(field(response, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(text_of(response), world.picture);
  EXPECT_EQ(ask(address, {{"Range", "bytes=0-3"}}).status, 206);
  EXPECT_EQ(ask(address, {{"If-None-Match", field(response, "ETag")}}).status, 304);
  for (const auto& wrong : {"/pictures/" + world.cover.digest.hex() + ".png", "/pictures/" + world.cover.digest.hex(),
                            "/pictures/" + Digest{}.hex() + ".jpg", std::string{"/pictures/x.jpg"}, std::string{"/pictures/."}})
    EXPECT_EQ(ask(wrong).status, 404) << wrong;
}

TEST_F(SiteTest, ATakedownTakesThePicturesAlong) {
  const auto own = "/pictures/" + world.give_cover().digest.hex() + ".png";
  const auto cover = "/pictures/" + world.cover.digest.hex() + ".jpg", small = "/pictures/" + world.cover.digest.hex() + "/600.webp";
  for (const auto& address : {cover, small, own}) EXPECT_EQ(ask(address).status, 200) << address;
  EXPECT_THAT(text_of(ask("/sitemap.xml")), HasSubstr("demo"));
  world.suspend(suspensions);
  for (const auto& address : {cover, small, own}) {
    const auto refused = ask(address);
    EXPECT_EQ(refused.status, 451) << address;
    EXPECT_EQ(field(refused, "Cache-Control"), "no-store");
    EXPECT_THAT(text_of(refused), HasSubstr("Court order 7"));
  }
  EXPECT_THAT(text_of(ask("/sitemap.xml")), Not(HasSubstr("demo"))) << "also within the minute that it is kept in memory";
}

TEST_F(SiteTest, AnUnpublishedEpisodesPictureIsGone) {
  const auto own = "/pictures/" + world.give_cover().digest.hex() + ".png";
  const auto gone = [&] {
    world.change_episode();
    const auto response = ask(own);
    EXPECT_EQ(field(response, "Cache-Control"), "no-store");
    return response.status == 404;
  };
  world.episode.state = podcast::EpisodeState::draft;
  EXPECT_TRUE(gone());
  world.episode.state = podcast::EpisodeState::scheduled;
  EXPECT_TRUE(gone());
  world.episode.state = podcast::EpisodeState::published;
  world.episode.deleted = world.clock.now();
  EXPECT_TRUE(gone());
  world.episode.deleted.reset();
  world.change_episode();
  EXPECT_EQ(ask(own).status, 200) << "published again";
}

TEST_F(SiteTest, NoCacheKeepsWhatIsMissing) {
  const std::string unknown = "01jaaaaaaaaaaaaaaaaaaaaaaa";
  for (const auto& target : {std::string{"/feeds/none"}, "/e/" + unknown + "/x.mp3", "/episodes/" + unknown + "/chapters.json",
                             "/embed/" + unknown, std::string{"/shows/none"}, std::string{"/nothing/here"}}) {
    for (const auto& fields : {FieldLines{}, kBrowser}) {
      const auto response = ask(target, fields);
      EXPECT_EQ(response.status, 404) << target;
      EXPECT_EQ(field(response, "Cache-Control"), "no-store") << target;
    }
  }
}

TEST_F(SiteTest, ThePictureAtItsSizes) {
  const auto folder = "/pictures/" + world.cover.digest.hex();
  const auto response = ask(folder + "/600.webp");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(field(response, "Content-Type"), "image/webp");
  EXPECT_EQ(field(response, "Cache-Control"), "public, max-age=31536000, immutable");
  EXPECT_EQ(text_of(response), world.small_picture);
  EXPECT_EQ(ask(folder + "/600.webp", {{"If-None-Match", field(response, "ETag")}}).status, 304);
  for (const auto* wrong :
       {"/600.jpg", "/600.png", "/600", "/601.webp", "/0600.webp", "/-600.webp", "/99999999999999999999.webp", "/.webp"})
    EXPECT_EQ(ask(folder + wrong).status, 404) << wrong;
  EXPECT_EQ(ask("/pictures/" + Digest{}.hex() + "/600.webp").status, 404);
  EXPECT_EQ(ask("/pictures/x/600.webp").status, 404);
}

TEST_F(SiteTest, APictureOfBeforeMovesToTheOneThatWasMadeOfIt) {
  const auto address = "/pictures/" + world.raw.digest.hex() + ".png";
  EXPECT_EQ(field(ask(address), "Cache-Control"), "no-store") << "it is about to move";
  world.replace(world.raw.digest, world.cover.digest);
  const auto moved = ask(address);
  EXPECT_EQ(moved.status, 301);
  EXPECT_EQ(field(moved, "Location"), std::string{kOrigin} + "/pictures/" + world.cover.digest.hex() + ".jpg");
  world.replace(world.raw.digest, {});
  EXPECT_EQ(ask(address).status, 404) << "nothing could be made of it";
}

TEST_F(SiteTest, Pages) {
  for (const auto& target : {std::string{"/"}, std::string{"/shows/demo"}, "/shows/demo/" + world.episode.slug}) {
    const auto response = ask(target, kBrowser);
    EXPECT_EQ(response.status, 200) << target;
    EXPECT_EQ(field(response, "Content-Type"), "text/html; charset=utf-8");
    EXPECT_THAT(field(response, "Content-Security-Policy"), HasSubstr("default-src 'none'"));
    EXPECT_EQ(field(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_EQ(field(response, "Referrer-Policy"), "strict-origin-when-cross-origin");
    EXPECT_EQ(ask(target, {{"If-None-Match", field(response, "ETag")}}).status, 304);
  }
  EXPECT_EQ(ask("/shows/demo?page=nonsense").status, 200);
  EXPECT_EQ(ask("/shows/demo?page=99999999999999999999999").status, 200);
}

TEST_F(SiteTest, AHostileTitleStaysText) {
  world.retitle("</title><script>alert(1)</script>");
  for (const auto& target : {std::string{"/"}, std::string{"/shows/demo"}, "/shows/demo/" + world.episode.slug}) {
    const auto page = text_of(ask(target));
    EXPECT_THAT(page, HasSubstr("&lt;script&gt;")) << target;
    EXPECT_THAT(page, Not(HasSubstr("<script>"))) << target;
  }
}

TEST_F(SiteTest, WhatPagesLoadMayBeKeptForEver) {
  for (const auto* asset : {&page_style(), &embed_style(), &player_script(), &icon()}) {
    const auto response = ask(asset->path);
    EXPECT_EQ(response.status, 200) << asset->path;
    EXPECT_EQ(field(response, "Content-Type"), asset->content_type);
    EXPECT_EQ(field(response, "X-Content-Type-Options"), "nosniff");
    EXPECT_THAT(field(response, "Cache-Control"), HasSubstr("immutable"));
    EXPECT_EQ(unzipped(text_of(ask(asset->path, {{"Accept-Encoding", "gzip"}}))), *asset->text);
  }
  for (const auto* other : {"/styles/site-000000000000.css", "/scripts/player-000000000000.js", "/scripts/x", "/icons/x"})
    EXPECT_EQ(ask(other).status, 404) << other;
}

TEST_F(SiteTest, APageIsKeptAndComesCompressed) {
  const auto target = "/shows/demo/" + world.episode.slug;
  const auto before = text_of(ask(target));
  EXPECT_EQ(unzipped(text_of(ask(target, {{"Accept-Encoding", "gzip"}}))), before);
  world.retitle("Quite another title");
  EXPECT_THAT(text_of(ask(target)), HasSubstr("Quite another title")) << "a change is seen at once";
  EXPECT_THAT(text_of(ask("/shows/demo")), HasSubstr("Quite another title"));
  EXPECT_THAT(text_of(ask("/embed/" + world.episode.id)), HasSubstr("Quite another title"));
}

TEST_F(SiteTest, OnlyThePlayerIsShownWithinOtherPages) {
  const auto player = ask("/embed/" + world.episode.id, kBrowser);
  EXPECT_EQ(player.status, 200);
  EXPECT_EQ(
      field(player, "Content-Security-Policy"),
      "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; media-src 'self'; form-action 'none'; base-uri 'none'; "
      "frame-ancestors *");
  for (const auto& target : {std::string{"/"}, std::string{"/shows/demo"}, std::string{"/status"}, "/shows/demo/" + world.episode.slug}) {
    EXPECT_THAT(field(ask(target, kBrowser), "Content-Security-Policy"), HasSubstr("frame-ancestors 'none'")) << target;
    EXPECT_THAT(field(ask(target, kBrowser), "Content-Security-Policy"), Not(HasSubstr("unsafe"))) << target;
  }
  for (const auto* target : {"/embed/nothing", "/embed/01jaaaaaaaaaaaaaaaaaaaaaaa"}) EXPECT_EQ(ask(target, kBrowser).status, 404) << target;
}

TEST_F(SiteTest, TheDescriptionForThoseWhoEmbed) {
  const auto page = "https%3A%2F%2Fpod.example.org%2Fshows%2Fdemo%2F" + world.episode.slug;
  const auto response = ask("/oembed?format=json&maxwidth=400&url=" + page);
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(field(response, "Content-Type"), "application/json; charset=utf-8");
  EXPECT_EQ(field(response, "Access-Control-Allow-Origin"), "*");
  EXPECT_THAT(text_of(response), HasSubstr("\"width\":400"));
  EXPECT_THAT(text_of(response), HasSubstr("https://pod.example.org/embed/" + world.episode.id));
  EXPECT_EQ(ask("/oembed?url=https://old.example.org/shows/demo/" + world.episode.slug).status, 200) << "a former origin is ours";
  EXPECT_EQ(ask("/oembed?url=https://pod.example.org/embed/" + world.episode.id).status, 200);
}

TEST_F(SiteTest, WhatCannotBeDescribed) {
  const auto page = "https://pod.example.org/shows/demo/" + world.episode.slug;
  for (const auto& [target, status] : {std::pair{std::string{"/oembed"}, 400},
                                       {std::string{"/oembed?url="}, 400},
                                       {"/oembed?format=xml&url=" + page, 501},
                                       {"/oembed?maxwidth=wide&url=" + page, 400},
                                       {"/oembed?maxheight=0&url=" + page, 400},
                                       {"/oembed?maxwidth=-1&url=" + page, 400},
                                       {std::string{"/oembed?url=https://evil.example/shows/demo/talk"}, 404},
                                       {std::string{"/oembed?url=https://pod.example.org/shows/demo/nothing"}, 404},
                                       {std::string{"/oembed?url=https://pod.example.org/shows/nothing/talk"}, 404}}) {
    const auto response = ask(target);
    EXPECT_EQ(response.status, status) << target;
    const auto sentence = text_of(response);
    EXPECT_TRUE(sentence.ends_with(".\n")) << sentence;
    EXPECT_EQ(field(response, "Content-Type"), "text/plain; charset=utf-8") << target;
  }
  EXPECT_EQ(ask("/oembed?maxwidth=99999999999999999&url=" + page).status, 200);
}

TEST_F(SiteTest, RobotsAndSiteMaps) {
  EXPECT_THAT(text_of(ask("/robots.txt")), HasSubstr("Sitemap: https://pod.example.org/sitemap.xml"));
  const auto index = ask("/sitemap.xml");
  EXPECT_EQ(field(index, "Content-Type"), "application/xml; charset=utf-8");
  EXPECT_THAT(text_of(index), HasSubstr("<loc>https://pod.example.org/sitemaps/demo.xml</loc>"));
  EXPECT_THAT(text_of(ask("/sitemaps/demo.xml")), HasSubstr("<loc>https://pod.example.org/shows/demo/" + world.episode.slug + "</loc>"));
  for (const auto* target : {"/sitemaps/demo", "/sitemaps/nothing.xml", "/sitemaps/.xml"}) EXPECT_EQ(ask(target).status, 404) << target;
}

TEST_F(SiteTest, TheStatusPageTellsWhatTheBoardSays) {
  EXPECT_THAT(text_of(ask("/status")), HasSubstr("Not yet known"));
  board.put({.looked = world.clock.now(),
             .downloads = {uptime::Condition::works, "Feeds are served."},
             .publishing = {uptime::Condition::fails, "Nothing can be saved."},
             .incidents = {},
             .incidents_known = world.clock.now(),
             .measured_since = {}});
  const auto response = ask("/status");
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(field(response, "Cache-Control"), "public, max-age=10");
  EXPECT_THAT(text_of(response), HasSubstr("Publishing is down"));
}

TEST_F(SiteTest, WhatIsNotThere) {
  for (const auto* target : {"/nothing", "/shows/nothing", "/shows/demo/nothing", "/shows/NOT%20A%20SLUG", "/feeds/nothing", "/feeds/..",
                             "/e/nothing/x.mp3", "/e/01jaaaaaaaaaaaaaaaaaaaaaaa/x.mp3", "/e/x", "/api/v1/shows"}) {
    const auto page = ask(target, kBrowser);
    EXPECT_EQ(page.status, 404) << target;
    EXPECT_EQ(field(page, "Content-Type"), "text/html; charset=utf-8") << target;
    EXPECT_THAT(text_of(page), HasSubstr("Page not found")) << target;
    EXPECT_NE(field(page, "Content-Security-Policy"), "") << target;
    const auto sentence = ask(target, {{"Accept", "*/*"}});
    EXPECT_EQ(sentence.status, 404) << target;
    EXPECT_EQ(field(sentence, "Content-Type"), "text/plain; charset=utf-8") << target;
    EXPECT_EQ(field(sentence, "Vary"), "Accept") << target;
    EXPECT_THAT(text_of(sentence), Not(HasSubstr("<"))) << target;
  }
}

TEST_F(SiteTest, OnlyReadingIsAllowed) {
  const auto response = ask("/feeds/demo", {}, Method::post);
  EXPECT_EQ(response.status, 405);
  EXPECT_EQ(field(response, "Allow"), "GET, HEAD");
}

TEST_F(SiteTest, Health) {
  for (const bool plain : {false, true}) {
    ready = true;
    EXPECT_EQ(ask("/healthz", {}, Method::get, plain).status, 200);
    EXPECT_EQ(ask("/readyz", {}, Method::get, plain).status, 200);
    ready = false;
    EXPECT_EQ(ask("/healthz", {}, Method::head, plain).status, 200);
    const auto response = ask("/readyz", {}, Method::get, plain);
    EXPECT_EQ(response.status, 503);
    EXPECT_EQ(field(response, "Cache-Control"), "no-store");
  }
}

TEST_F(SiteTest, PlainHttpIsSentOnToHttps) {
  const auto response = ask("/feeds/demo?x=1&y=%2F", {}, Method::get, true);
  EXPECT_EQ(response.status, 301) << "what the oldest programs know";
  EXPECT_EQ(field(response, "Location"), std::string{kOrigin} + "/feeds/demo?x=1&y=%2F");
  EXPECT_EQ(field(response, "Access-Control-Allow-Origin"), "*") << "a browser follows no other redirect";
  EXPECT_EQ(ask("/feeds/demo", {}, Method::head, true).status, 301);
  EXPECT_EQ(ask("/feeds/demo", {}, Method::post, true).status, 308) << "a POST that becomes a GET says nothing";
  EXPECT_EQ(field(ask("//evil.example/", {}, Method::get, true), "Location"), std::string{kOrigin} + "//evil.example/");
  EXPECT_EQ(field(ask("http://evil.example/", {}, Method::get, true), "Location"), std::string{kOrigin} + "/");
}

TEST_F(SiteTest, ChallengesAreNotSentOn) {
  const auto response = ask("/.well-known/acme-challenge/token", {}, Method::get, true);
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(field(response, "Content-Type"), "text/plain; charset=utf-8");
}

}  // namespace
}  // namespace carillon::site
