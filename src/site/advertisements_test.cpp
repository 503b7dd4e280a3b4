// Downloads with advertisements: a listener's file is one file, whatever is asked of it and whatever changes.

#include "audio/master.hpp"
#include "audio/testing/frames.hpp"
#include "http/message.hpp"
#include "site/site.hpp"
#include "site/testing/world.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace carillon::site {
namespace {

using namespace std::chrono_literals;
using audio::testing::frames;
using testing::kOrigin;
using testing::needed;

class NoBody final : public http::IncomingBody {
 public:
  [[nodiscard]] std::optional<ByteCount> length() const noexcept override { return ByteCount{}; }
  asio::awaitable<Result<std::size_t>> read_some(std::span<std::byte>) override { co_return std::size_t{0}; }
};

struct Asked {
  std::string agent = "AntennaPod/3.5", address = "192.0.2.7";
  std::vector<std::pair<std::string, std::string>> fields{};
  http::Method method = http::Method::get;
};

class AdvertisementsTest : public ::testing::Test {
 protected:
  AdvertisementsTest() {
    using podcast::CueKind;
    world.make_cuttable(frames(1'000), {{.at = 0ms, .kind = CueKind::preroll, .slots = 1},
                                        {.at = 10'000ms, .kind = CueKind::midroll, .slots = 2},
                                        {.at = 26'000ms, .kind = CueKind::postroll, .slots = 1}});
    for (int i = 0; i < 4; ++i) {
      ads::Order order{.id = "order" + std::to_string(i), .network = world.show.network};
      order.advertiser = order.id;
      order.pacing = ads::Pacing::fast;
      order.goal = 1'000'000;
      order.starts = world.clock.now() - 24h;
      order.ends = world.clock.now() + 24h * 30;
      order.most_per_download = 2;
      for (int k = 0; k < 2; ++k)
        order.creatives.push_back(
            {.id = order.id + std::to_string(k), .files = {world.creative_file(frames(40 + i, static_cast<char>('a' + 2 * i + k)))}});
      all_orders.push_back(std::move(order));
    }
    book(all_orders);
  }
  void book(std::vector<ads::Order> orders) {
    world.booked.orders = std::move(orders);
    needed(world.ads->plan_now());
  }
  void restart() {
    world.start_ads();
    site = opened();
  }
  std::unique_ptr<Site> opened() {
    arrangements = std::make_unique<delivery::Arrangements>(world.store(), delivery::name_key_of("secret"));
    return std::make_unique<Site>(
        *world.catalogue, suspensions, podcast::Addresses{std::string{kOrigin}}, *arrangements, *world.ads, *world.log, world.clock,
        [] { return true; }, board);
  }
  http::Response ask(const std::string& path, const Asked& asked = {}) {
    NoBody body;
    http::Request request;
    request.method = asked.method;
    request.target = request.path = path;
    request.host = "pod.example.org";
    request.encrypted = true;
    request.peer.address = asked.address;
    request.body = &body;
    request.fields.add("User-Agent", asked.agent);
    for (const auto& [name, value] : asked.fields) request.fields.add(name, value);
    http::Response response;
    std::exception_ptr thrown;
    asio::io_context loop;
    asio::co_spawn(
        loop, [&]() -> asio::awaitable<void> { response = co_await site->answer(request); },
        [&thrown](const std::exception_ptr& error) { thrown = error; });
    loop.run();
    if (thrown) std::rethrow_exception(thrown);
    return response;
  }
  [[nodiscard]] std::string enclosure() const { return "/e/" + world.episode.id + "/" + world.episode.file_name; }
  /// The path of the listener's arrangement; "" if they get the plain master.
  std::string path_for(const Asked& asked = {}) {
    const auto response = ask(enclosure(), asked);
    if (response.status == 200 || response.status == 206) return {};
    EXPECT_EQ(response.status, 302);
    EXPECT_EQ(response.fields.get("Cache-Control"), "private, no-store");
    return std::string{*response.fields.get("Location")}.substr(kOrigin.size());
  }
  static std::string text_of(const http::Response& response) { return needed(whole(response.body)); }

  testing::World world;
  std::vector<ads::Order> all_orders;
  accounts::Suspensions suspensions;
  uptime::StatusBoard board;
  std::unique_ptr<delivery::Arrangements> arrangements;
  std::unique_ptr<Site> site = opened();
};

TEST_F(AdvertisementsTest, EveryArrangementIsOneFile) {
  const int listeners = std::getenv("CARILLON_LONG") ? 10'000 : 300;
  std::mt19937 engine{11};
  const auto below = [&](std::size_t limit) { return std::uniform_int_distribution<std::size_t>{0, limit - 1}(engine); };
  std::set<std::string> paths;
  for (int listener = 0; listener < listeners; ++listener) {
    Asked asked{.address = "10." + std::to_string(listener / 65'536) + "." + std::to_string(listener / 256 % 256) + "." +
                           std::to_string(listener % 256)};
    // Some of the orders are live at any time.
    if (listener % 10 == 0) {
      std::vector<ads::Order> live;
      for (const auto& order : all_orders) {
        if (below(3) > 0) live.push_back(order);
      }
      book(live);
    }
    const auto path = path_for(asked);
    if (path.empty()) continue;
    paths.insert(path);
    const auto all = ask(path, asked);
    ASSERT_EQ(all.status, 200);
    const auto file = text_of(all);
    const std::string tag{*all.fields.get("ETag")};
    EXPECT_EQ(all.fields.get("Content-Length").value_or(std::to_string(file.size())), std::to_string(file.size()));
    ASSERT_FALSE(tag.starts_with("W/"));
    // Every frame is there: what isn't the tag is frames of the master and of creatives.
    const auto header = file.find(std::string{"\xFF\xFB", 2});
    ASSERT_NE(header, std::string::npos);
    const auto heard = needed(audio::stream_of(all.body.part(ByteCount{header}, ByteCount{file.size() - header})));
    EXPECT_GE(heard.frames, 1'000U + 40);
    auto head = asked;
    head.method = http::Method::head;
    EXPECT_EQ(path_for(head), path);
    const auto headed = ask(path, head);
    EXPECT_EQ(headed.fields.get("ETag"), tag);
    for (int i = 0; i < 4; ++i) {
      const auto first = below(file.size()), last = std::min(file.size() - 1, first + below(100'000));
      auto part = asked;
      part.fields = {{"Range", "bytes=" + std::to_string(first) + "-" + std::to_string(last)}};
      if (i % 2 == 0) part.fields.emplace_back("If-Range", tag);
      EXPECT_EQ(path_for(part), path) << "a part at the enclosure";
      const auto response = ask(path, part);
      ASSERT_EQ(response.status, 206);
      EXPECT_EQ(text_of(response), file.substr(first, last - first + 1));
      EXPECT_EQ(response.fields.get("ETag"), tag);
    }
    auto other = asked;
    other.fields = {{"Range", "bytes=0-10"}, {"If-Range", "\"other\""}};
    EXPECT_EQ(text_of(ask(path, other)), file);
  }
  EXPECT_GT(paths.size(), 20U);
}

TEST_F(AdvertisementsTest, AListenerGetsTheSameFileWhateverChanges) {
  const auto path = path_for();
  ASSERT_NE(path, "");
  const auto name = path.substr(0, path.rfind('/'));
  const auto file = text_of(ask(path));
  const auto same = [&](const char* why) {
    const auto now = path_for();
    EXPECT_EQ(now.substr(0, now.rfind('/')), name) << why;
    EXPECT_EQ(text_of(ask(path)), file) << why;
  };
  book({all_orders[3]});
  same("another plan");
  auto capped = all_orders[0];
  capped.cap = 1;
  world.outcomes.delivered[capped.id].total = 1;
  book({capped});
  same("a cap that is reached");
  book({});
  same("no orders");
  restart();
  same("a restart");
  world.retitle("Another title");
  same("another title");
  world.episode.cue_points.pop_back();
  world.change_episode();
  same("other cue points");
  EXPECT_EQ(path_for({.agent = "Overcast/3.0"}), "") << "someone else gets what is booked now";
}

TEST_F(AdvertisementsTest, WhoBeganWithTheMasterGoesOnWithIt) {
  book({});
  const auto plain = ask(enclosure());
  EXPECT_EQ(plain.status, 200);
  book(all_orders);
  const auto rest = ask(enclosure(), {.fields = {{"Range", "bytes=100-"}}});
  EXPECT_EQ(rest.status, 206);
  EXPECT_EQ(text_of(rest), text_of(plain).substr(100));
  // Also from another address, if the app says which file it has.
  Asked elsewhere{.address = "203.0.113.9", .fields = {{"Range", "bytes=100-"}, {"If-Range", std::string{*plain.fields.get("ETag")}}}};
  EXPECT_EQ(text_of(ask(enclosure(), elsewhere)), text_of(plain).substr(100));
  EXPECT_NE(path_for({.address = "203.0.113.10"}), "");
}

TEST_F(AdvertisementsTest, ARemovedPartIsGoneForThoseWhoHadItToo) {
  book({});
  const auto plain = ask(enclosure());
  ASSERT_EQ(plain.status, 200);
  world.episode.cue_points.push_back({.at = 12'000ms, .kind = podcast::CueKind::remove, .slots = 0, .until = 14'000ms});
  std::ranges::sort(world.episode.cue_points, {}, &podcast::CuePoint::at);
  world.change_episode();
  Asked again{.address = "203.0.113.9", .fields = {{"Range", "bytes=100-"}, {"If-Range", std::string{*plain.fields.get("ETag")}}}};
  const auto path = path_for(again);
  ASSERT_NE(path, "");
  const auto rest = ask(path, again);
  EXPECT_EQ(rest.status, 200);
  EXPECT_LT(rest.body.length(), plain.body.length());
}

TEST_F(AdvertisementsTest, ItDependsOnTheAddressAndOnCuePoints) {
  std::set<std::string> paths;
  for (int i = 0; i < 20; ++i) paths.insert(path_for({.address = "192.0.2." + std::to_string(i)}));
  EXPECT_GT(paths.size(), 1U);
  world.episode.cue_points.clear();
  world.change_episode();
  EXPECT_EQ(path_for({.address = "198.51.100.2"}), "");
}

}  // namespace
}  // namespace carillon::site
