// How long a feed takes: a publication is in the feed within 50 ms of its commit, and rendering 1,000 episodes takes under 20.

#include "base/compress.hpp"
#include "podcast/feed/feed.hpp"
#include "podcast/feed/notes.hpp"

#include <benchmark/benchmark.h>

namespace carillon::podcast {
namespace {

constexpr int kEpisodes = 1000;
constexpr std::string_view kNotes =
    "In this episode we **climb the lighthouse** and talk with the keeper about storms, fog horns and the long nights of winter.\n\n"
    "- [The lighthouse](https://lighthouse.example.org/visit?from=podcast&lang=en)\n- 12:30 The lamp room\n- 31:07 What the log book "
    "says\n\n"
    "Write to us: <mailto:harbour@example.org>\n";

struct Listing {
  Listing() {
    show = Show{.id = "s",
                .network = "default",
                .slug = "harbour",
                .title = "Harbour talk",
                .description = std::string(kNotes),
                .author = "Ada",
                .owner_email = "ada@example.org"};
    notes = safe_html(kNotes).value();
    for (int number = kEpisodes; number > 0; --number) {
      Episode episode{.id = "01jdk3w5v8h2m6n9q4r7t0x1y" + std::to_string(number % 10), .show_id = "s"};
      episode.guid = episode.id;
      episode.slug = "episode-" + std::to_string(number);
      episode.file_name = episode.slug + ".mp3";
      episode.title = "Episode " + std::to_string(number) + ": what the keeper saw & what he didn't";
      episode.notes = kNotes;
      episode.season = 1 + number / 100;
      episode.number = number;
      episode.state = EpisodeState::published;
      episode.published = from_microseconds(1'700'000'000'000'000 + number * 86'400'000'000LL);
      episode.master = Master{.frames = {}, .frames_length = ByteCount{40'000'000}, .duration = std::chrono::minutes{42}};
      episode.frozen = Frozen{.prefix = {}, .prefix_length = ByteCount{2048}, .whole = {}};
      episodes.push_back(std::move(episode));
    }
    for (const auto& episode : episodes) items.push_back({&episode, notes});
  }
  Show show;
  std::string notes;
  std::vector<Episode> episodes;
  std::vector<FeedItem> items;
  Addresses addresses{"https://pod.example.org"};
  [[nodiscard]] std::string rendered() const {
    const auto feed = public_feed_of(show);
    return render_feed({show, notes}, feed, items, FeedLinks{addresses, feed});
  }
};

const Listing& listing() {
  static const Listing made;
  return made;
}

void render_1000_episodes(benchmark::State& state) {
  std::size_t bytes = 0;
  for (auto _ : state) {
    const auto xml = listing().rendered();
    bytes = xml.size();
    benchmark::DoNotOptimize(xml.data());
  }
  state.counters["feed_bytes"] = static_cast<double>(bytes);
}
BENCHMARK(render_1000_episodes)->Unit(benchmark::kMillisecond);

/// What follows a change besides: the copy for those who take gzip, and the notes of one episode.
void compress_1000_episodes(benchmark::State& state) {
  const auto xml = listing().rendered();
  for (auto _ : state) benchmark::DoNotOptimize(gzip(xml).size());
}
BENCHMARK(compress_1000_episodes)->Unit(benchmark::kMillisecond);

void notes_of_one_episode(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(safe_html(kNotes).value().size());
}
BENCHMARK(notes_of_one_episode)->Unit(benchmark::kMicrosecond);

}  // namespace
}  // namespace carillon::podcast
