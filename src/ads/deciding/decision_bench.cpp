// What a decision costs with a thousand orders, and what a plan for them does.

#include "ads/deciding/planning.hpp"

#include <benchmark/benchmark.h>

namespace carillon::ads {
namespace {

using namespace std::chrono_literals;

const Time kNow = std::chrono::sys_days{std::chrono::year{2026} / 11 / 30} + 17h;

class Everything final : public Permits {
 public:
  bool may_hear(const Order&) override { return true; }
  bool reserve(const Order&, int) override { return true; }
};

std::vector<Running> running(std::size_t count) {
  std::vector<Running> orders(count);
  for (std::size_t i = 0; i < count; ++i) {
    auto& order = orders[i].order;
    order.id = std::to_string(i);
    order.advertiser = std::to_string(i / 3);
    order.starts = kNow - 240h;
    order.ends = kNow + 240h;
    order.goal = 10'000;
    order.priority = 1 + static_cast<int>(i % 10);
    if (i % 2 == 0) order.positions = {Position::midroll};
    if (i % 3 == 0) order.targets.only.countries = {i % 2 == 0 ? "AT" : "DE"};
    if (i % 4 == 0) order.targets.only.shows = {"show" + std::to_string(i % 50)};
    if (i % 5 == 0) order.categories = {"category" + std::to_string(i % 20)};
    if (i % 20 == 0) order.logic = Logic::all;
    for (int k = 0; k < 10; ++k) order.creatives.push_back({.id = order.id + "-" + std::to_string(k), .files = {{.duration = 30s}}});
  }
  return orders;
}

Opportunity opportunity(std::uint64_t seed) {
  Opportunity visit{.show = "show" + std::to_string(seed % 50), .country = seed % 3 == 0 ? "AT" : "DE", .at = kNow};
  visit.breaks = {{.position = Position::preroll, .slots = 2}, {}, {}, {.position = Position::postroll}};
  visit.seed = seed * 7919;
  return visit;
}

Planned planned(std::size_t count) {
  Forecast forecast;
  Sample sample{2'000, 1};
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    sample.note(opportunity(i));
    forecast.note(kNow - 1h, 1'000);
  }
  return make_plan(running(count), std::vector<double>(count, 1), forecast, sample, kNow);
}

void decision(benchmark::State& state) {
  const auto plan = planned(static_cast<std::size_t>(state.range(0))).plan;
  Everything permits;
  std::uint64_t seed = 0;
  std::size_t insertions = 0;
  for (auto _ : state) insertions += decide(plan, opportunity(++seed), permits).size();
  state.counters["insertions"] = benchmark::Counter(static_cast<double>(insertions), benchmark::Counter::kAvgIterations);
}
BENCHMARK(decision)->Arg(10)->Arg(100)->Arg(1'000);

void plan(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(planned(static_cast<std::size_t>(state.range(0))));
}
BENCHMARK(plan)->Arg(100)->Arg(1'000)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace carillon::ads
