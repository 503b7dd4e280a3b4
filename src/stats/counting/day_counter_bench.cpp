// What counting a day costs: records per second on one core, and memory.

#include "base/testing/testing.hpp"
#include "stats/counting/day_counter.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <cmath>
#include <cstring>
#include <fstream>
#include <random>
#include <string>
#include <string_view>

namespace carillon::stats {
namespace {

constexpr std::chrono::sys_days kDay{std::chrono::year{2026} / 11 / 24};

/// A day of a host with 10,000 episodes and 400 apps; three requests make a download.
std::vector<Record> records(std::size_t count) {
  std::mt19937_64 engine{7};
  const auto few = [&](std::size_t size) {
    return static_cast<std::size_t>(std::pow(static_cast<double>(size), std::uniform_real_distribution<>{0, 0.999}(engine))) - 1;
  };
  std::vector<std::size_t> apps(5000);
  for (auto& app : apps) app = few(400);
  std::vector<Record> all(count);
  for (auto& record : all) {
    record.time = Time{kDay} + std::chrono::seconds{engine() % 86'400};
    const auto listener = engine() % (count / 3);
    std::memcpy(record.listener.data(), &listener, sizeof listener);
    record.episode = fmt::format("01m8mrr33j4ae1heb{:09x}", (listener * 31 % 10'000) * 7919);
    record.user_agent =
        fmt::format("AppleCoreMedia/1.0.0.21F79 (iPhone; U; CPU OS 17_5 like Mac OS X; en_us) App/{}", apps[listener % apps.size()]);
    record.method = "GET";
    record.status = 206;
    record.first = ByteCount{engine() % 40'000'000};
    record.sent = ByteCount{engine() % 20'000'000};
    record.whole = ByteCount{60'000'000};
    record.range = fmt::format("bytes={}-", record.first->value);
    record.country = "CH";
    record.key = 1;
  }
  return all;
}

/// Of the process, in MB: now, or the most since forget_peak().
double memory(std::string_view what) {
  std::ifstream status{"/proc/self/status"};
  std::string line;
  while (std::getline(status, line)) {
    if (line.starts_with(what)) return std::stod(line.substr(what.size() + 1)) * 1024 / 1e6;
  }
  return 0;
}
void forget_peak() { std::ofstream{"/proc/self/clear_refs"} << "5"; }

void count_a_day(benchmark::State& state) {
  const auto all = records(static_cast<std::size_t>(state.range(0)));
  const auto lists = AgentLists::parse().value();
  double grown = 0;
  for (auto _ : state) {
    forget_peak();
    const auto before = memory("VmRSS");
    DayCounter counter{kDay, {}, lists, [](const Record&) { return std::optional{AudioFacts{ByteCount{40'000}, 128'000}}; }};
    for (const auto& record : all) counter.add(record);
    benchmark::DoNotOptimize(counter.finish());
    grown = memory("VmHWM") - before;
  }
  state.counters["records/s"] = benchmark::Counter(static_cast<double>(all.size()), benchmark::Counter::kIsIterationInvariantRate);
  state.counters["MB at most"] = grown;
}
BENCHMARK(count_a_day)->Arg(3'000'000)->Iterations(1)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace carillon::stats
