#pragma once
// A request log of a show's episodes and the figures counted from it, as after a start of the server: for tests of the figures.

#include "podcast/testing/catalogue_world.hpp"
#include "stats/log/segment_writer.hpp"
#include "stats/rollups/figures.hpp"
#include "stats/rollups/schema.hpp"

#include <array>
#include <map>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace carillon::stats::testing {

using podcast::testing::needed;

inline constexpr const char* kApps[] = {"AntennaPod/3.5.0", "Overcast/3.0 (+http://overcast.fm/; iOS podcast app)", "Castro 2024/1",
                                        "gPodder/3.11 Linux"};

/// All episodes are an hour of 128 kbit/s.
class FiguresWorld {
 public:
  static constexpr std::uint64_t kFrames = 60 * 960'000, kHeader = 30'000, kWhole = kHeader + kFrames;

  explicit FiguresWorld(int count) : world{count} {
    for (auto& episode : world.episodes) {
      episode.master->frames_length = ByteCount{kFrames};
      episode.master->duration = std::chrono::hours{1};
      episode.frozen->prefix_length = ByteCount{kHeader};
      world.commit(episode);
    }
    day = std::chrono::floor<std::chrono::days>(world.clock.now());
    world.clock.set(Time{day} + std::chrono::hours{12});
    open();
  }
  /// In a process that was forked, where the threads of all databases are missing.
  void open_as_child() {
    const auto file = world.folder.path() / "carillon.db";
    const std::array known{db::Migration{needed(db::Database::schema_number(file)), "the last one of the world", ""}};
    // Never closed: the process ends before.
    auto own = needed(db::Database::open(file, known));
    podcasts = own.release();
    open();
  }
  /// As after a restart.
  void open() {
    figures.reset();
    warehouse.reset();
    database.reset();
    database = needed(db::Database::open(world.folder.path() / "statistics.db", rollups_schema()));
    warehouse = sql_warehouse(*database);
    figures =
        std::make_unique<Figures>(Figures::Parts{.logs = [this] { return std::vector{requests("a"), requests("b")}; },
                                                 .warehouse = *warehouse,
                                                 .podcasts = podcasts ? *podcasts : *world.database,
                                                 .clock = world.clock,
                                                 .lists = world.folder.path() / "lists",
                                                 .arrangement = [this](const Digest& digest) -> Result<std::optional<ads::ArrangedAds>> {
                                                   const auto known = arrangements.find(digest);
                                                   if (known == arrangements.end()) return std::optional<ads::ArrangedAds>{};
                                                   return known->second;
                                                 },
                                                 .steady = [this] { return steady; }});
  }
  std::filesystem::path requests(const std::string& node) const { return world.folder.path() / ("requests-" + node); }
  void write(const std::vector<Record>& records, const std::string& node = "a") {
    needed(make_folder(requests(node)));
    SegmentWriter writer{requests(node), ++segment};
    for (std::span<const Record> left{records}; !left.empty();) left = left.subspan(needed(writer.append(left)));
  }
  Record request(std::size_t episode = 0, std::uint8_t listener = 1) const {
    Record record;
    record.time = Time{day} + std::chrono::hours{9};
    record.episode = world.episodes.at(episode).id;
    record.media = world.episodes.at(episode).frozen->whole;
    record.method = "GET";
    record.status = 200;
    record.sent = ByteCount{kWhole};
    record.whole = ByteCount{kWhole};
    record.first = ByteCount{0};
    record.listener.fill(std::byte{listener});
    record.key = 1;
    record.user_agent = kApps[0];
    record.country = "CH";
    return record;
  }
  std::vector<Figure> of(Query query) {
    query.from = query.from == std::chrono::sys_days{} ? day : query.from;
    query.to = query.to == std::chrono::sys_days{} ? day + std::chrono::days{1} : query.to;
    return needed(figures->downloads(query));
  }
  /// Rounds until there is nothing left to count.
  void work() {
    while (figures->work() < world.clock.now() + kRecountEvery) continue;
  }
  std::uint64_t downloads_of_show() {
    std::uint64_t sum = 0;
    for (const auto& figure : of({.show_id = world.show.id})) sum += figure.downloads;
    return sum;
  }

  podcast::testing::CatalogueWorld world;
  db::Database* podcasts = nullptr;
  std::chrono::steady_clock::time_point steady;
  std::map<Digest, ads::ArrangedAds> arrangements;
  std::chrono::sys_days day;
  std::uint64_t segment = 0;
  std::unique_ptr<db::Database> database;
  std::unique_ptr<Warehouse> warehouse;
  std::unique_ptr<Figures> figures;
};

}  // namespace carillon::stats::testing
