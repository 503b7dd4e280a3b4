// What the answer at an enclosure costs with a thousand live orders: for a new listener, and for one who was there before.

#include "ads/serving/ad_server.hpp"
#include "ads/serving/schema.hpp"
#include "audio/testing/frames.hpp"
#include "base/testing/testing.hpp"

#include <benchmark/benchmark.h>

namespace carillon::ads {
namespace {

using namespace std::chrono_literals;

class Bench {
 public:
  Bench() {
    constexpr std::array kMigrations{db::Migration{1, "advertisements", kServingSchema}};
    database_ = db::Database::open(folder_.path() / "carillon.db", kMigrations).value();
    store_ = blob::open_disk_store(folder_.path() / "media", random_).value();
    const auto bytes = audio::testing::frames(40);
    auto writer = store_->begin(ByteCount{bytes.size()}).value();
    (void)writer->write(as_bytes(bytes));
    const auto digest = writer->keep().value().digest;
    for (std::size_t i = 0; i < 1'000; ++i) {
      Order order{.id = std::to_string(i), .network = "main"};
      order.advertiser = std::to_string(i / 3);
      order.starts = clock_.now() - 240h;
      order.ends = clock_.now() + 240h;
      order.goal = 10'000;
      order.priority = 1 + static_cast<int>(i % 10);
      if (i % 2 == 0) order.positions = {Position::midroll};
      if (i % 3 == 0) order.targets.only.countries = {i % 2 == 0 ? "AT" : "DE"};
      if (i % 4 == 0) order.targets.only.shows = {"show" + std::to_string(i % 50)};
      if (i % 5 == 0) order.categories = {"category" + std::to_string(i % 20)};
      if (i % 7 == 0) order.frequency = {{.times = 3, .hours = 24}};
      if (i % 20 == 0) order.logic = Logic::all;
      for (int k = 0; k < 10; ++k)
        order.creatives.push_back({.id = order.id + "-" + std::to_string(k),
                                   .files = {{.format = {}, .frames = digest, .length = ByteCount{bytes.size()}, .duration = 30s}}});
      booked_.orders.push_back(std::move(order));
    }
    server_ = AdServer::open({.database = *database_,
                              .media = *store_,
                              .clock = clock_,
                              .random = random_,
                              .name_key = delivery::name_key_of("secret"),
                              .booked = [this](Time) -> Result<Booked> { return booked_; },
                              .delivered = [](Time) -> Result<Outcomes> { return Outcomes{}; },
                              .facts =
                                  [](const auto&, const auto&) {
                                    return ListenerFacts{.country = "AT", .region = "AT-9", .app = "AntennaPod", .device = "phone"};
                                  }})
                  .value();
    visit_ = {.network = "main",
              .show = "show1",
              .content = {.episode = "01jdz0000000000000000000ab", .length = ByteCount{20'000'000}, .format = {}, .duration = 20min},
              .user_agent = "AntennaPod/3.5",
              .at = clock_.now()};
    visit_.content.places = {{.at = {}, .position = Position::preroll, .slots = 2},
                             {.at = ByteCount{5'000'000}, .slots = 2},
                             {.at = ByteCount{9'000'000}, .slots = 2},
                             {.at = ByteCount{20'000'000}, .position = Position::postroll, .slots = 1}};
  }
  std::optional<std::string> ask(std::uint32_t listener) {
    visit_.address = "10." + std::to_string(listener >> 16U & 255U) + "." + std::to_string(listener >> 8U & 255U) + "." +
                     std::to_string(listener & 255U);
    return server_->arrangement_for(visit_);
  }
  void flush() { (void)server_->flush(); }
  void plan() { (void)server_->plan_now(); }

 private:
  carillon::testing::TemporaryFolder folder_;
  carillon::testing::SeededRandom random_;
  carillon::testing::ManualClock clock_{Time{std::chrono::sys_days{std::chrono::year{2026} / 11 / 30}} + 17h};
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<blob::Store> store_;
  Booked booked_;
  std::unique_ptr<AdServer> server_;
  Visit visit_;
};

void new_listener(benchmark::State& state) {
  Bench bench;
  std::uint32_t listener = 0;
  for (int i = 0; i < 2'000; ++i) (void)bench.ask(listener++);
  bench.plan();
  for (auto _ : state) {
    benchmark::DoNotOptimize(bench.ask(listener++));
    if (listener % 10'000 == 0) {
      state.PauseTiming();
      bench.flush();
      state.ResumeTiming();
    }
  }
}
BENCHMARK(new_listener);

void known_listener(benchmark::State& state) {
  Bench bench;
  (void)bench.ask(1);
  for (auto _ : state) benchmark::DoNotOptimize(bench.ask(1));
}
BENCHMARK(known_listener);

void plan(benchmark::State& state) {
  Bench bench;
  for (std::uint32_t i = 0; i < 5'000; ++i) (void)bench.ask(i);
  for (auto _ : state) bench.plan();
}
BENCHMARK(plan)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace carillon::ads
