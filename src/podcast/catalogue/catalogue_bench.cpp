// From the commit of an edit to its place in the feed, with 1,000 episodes: the aim is under 50 ms.

#include "podcast/testing/catalogue_world.hpp"

#include <benchmark/benchmark.h>

namespace carillon::podcast {
namespace {

void from_commit_to_feed_of_1000_episodes(benchmark::State& state) {
  std::string notes;
  while (notes.size() < 600) notes += "In this episode we **climb** the [lighthouse](https://lighthouse.example.org/) and talk.\n\n";
  testing::CatalogueWorld world{1000, notes};
  testing::needed(world.catalogue->refresh_now(world.show.id));
  auto& edited = world.episodes[500];
  for (auto _ : state) {
    state.PauseTiming();
    edited.title += "!";
    edited.notes += "!";
    world.commit(edited);
    state.ResumeTiming();
    testing::needed(world.catalogue->refresh_now(world.show.id));
  }
}
BENCHMARK(from_commit_to_feed_of_1000_episodes)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace carillon::podcast
