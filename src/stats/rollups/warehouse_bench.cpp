// What charts of a year cost at 100,000,000 downloads: a network of 20 shows, whose days are written as rows.

#include "base/testing/testing.hpp"
#include "stats/rollups/schema.hpp"
#include "stats/rollups/warehouse_queries.hpp"

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <filesystem>

namespace carillon::stats {
namespace {

constexpr std::chrono::sys_days kFirst{std::chrono::year{2026} / 1 / 1};
constexpr int kDays = 365, kShows = 20;
constexpr std::int64_t kDownloads = 100'000'000;

struct World {
  testing::TemporaryFolder folder;
  std::unique_ptr<db::Database> database = db::Database::open(folder.path() / "statistics.db", rollups_schema()).value();
  std::unique_ptr<Warehouse> warehouse = sql_warehouse(*database);
  std::vector<std::string> shows;
  std::size_t rows = 0;

  World() {
    for (int number = 0; number < kShows; ++number) shows.push_back(fmt::format("01m8mrr33j4ae1heb{:09}", number));
    constexpr auto kOfShowAndDay = kDownloads / kDays / kShows;
    for (int number = 0; number < kDays; ++number) {
      const auto day = kFirst + std::chrono::days{number};
      std::vector<queries::ShowRow> all;
      for (const auto& show : shows) {
        const auto add = [&](Dimension dimension, int names, const char* name) {
          for (int one = 0; one < names; ++one) all.push_back({show, dimension, fmt::format("{}{:02}", name, one), kOfShowAndDay / names});
        };
        add(Dimension::hour, 24, "");
        add(Dimension::app, 60, "App ");
        add(Dimension::device, 15, "Device ");
        add(Dimension::country, 80, "C");
        add(Dimension::region, 300, "CH-");
        all.push_back({show, Dimension::total, "", kOfShowAndDay});
      }
      rows += all.size();
      (void)database->write_now([&](db::Session& session) -> Result<> {
        queries::insert_day(session, {.day = day, .final = true, .counted = Time{day}});
        queries::insert_show_downloads(session, day, all);
        return {};
      });
    }
  }
};
const World& world() {
  static const World world;
  return world;
}

void chart(benchmark::State& state, Granularity granularity, std::optional<Dimension> by, bool network) {
  const auto& all = world();
  Query query{.show_id = network ? "" : all.shows[7],
              .shows = {},
              .from = kFirst,
              .to = kFirst + std::chrono::days{kDays},
              .granularity = granularity,
              .by = by};
  if (network) query.shows = all.shows;
  std::uint64_t downloads = 0;
  for (auto _ : state) {
    downloads = 0;
    for (const auto& figure : all.warehouse->downloads(query).value()) downloads += figure.downloads;
  }
  state.counters["downloads"] = static_cast<double>(downloads);
  state.counters["bytes/row"] =
      static_cast<double>(std::filesystem::file_size(all.folder.path() / "statistics.db")) / static_cast<double>(all.rows);
}
BENCHMARK_CAPTURE(chart, show_by_day, Granularity::day, std::nullopt, false)->Iterations(20)->UseRealTime()->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(chart, show_by_hour, Granularity::hour, std::nullopt, false)
    ->Iterations(20)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(chart, show_by_app, Granularity::day, Dimension::app, false)
    ->Iterations(20)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(chart, network_by_day, Granularity::day, std::nullopt, true)
    ->Iterations(20)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(chart, network_by_show, Granularity::period, Dimension::show, true)
    ->Iterations(20)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);
BENCHMARK_CAPTURE(chart, network_by_country, Granularity::period, Dimension::country, true)
    ->Iterations(20)
    ->UseRealTime()
    ->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace carillon::stats
