#pragma once
// A show with as many published episodes as are asked for, in a real database, store and catalogue: for tests and benchmarks of podcast/.

#include "accounts/schema.hpp"
#include "base/id.hpp"
#include "base/testing/testing.hpp"
#include "blob/store.hpp"
#include "crypto/sha256.hpp"
#include "db/database.hpp"
#include "jobs/schema.hpp"
#include "podcast/catalogue/catalogue.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/schema.hpp"
#include "podcast/store/shows.hpp"
#include "uploads/schema.hpp"

#include <array>
#include <stdexcept>

namespace carillon::podcast::testing {

/// The value, or an exception with the error's sentence.
template <class T>
T needed(Result<T> result) {
  if (!result) throw std::runtime_error{result.error().message};
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class CatalogueWorld {
 public:
  explicit CatalogueWorld(int count, const std::string& notes = "About *bells*") {
    store = needed(blob::open_disk_store(folder.path() / "media", random));
    constexpr std::array kMigrations{db::Migration{1, "jobs", jobs::kJobsSchema},
                                     db::Migration{2, "podcast", kSchema},
                                     db::Migration{3, "uploads", uploads::kUploadsSchema},
                                     db::Migration{4, "workflow", kWorkflowSchema},
                                     db::Migration{5, "audit", accounts::kAuditSchema},
                                     db::Migration{6, "lists", kListsSchema},
                                     db::Migration{7, "episodes in every order", kEpisodeListsSchema},
                                     db::Migration{8, "waveforms", kWaveformsSchema},
                                     db::Migration{9, "domains", kDomainsSchema},
                                     db::Migration{10, "covers", kEpisodeCoversSchema},
                                     db::Migration{11, "shares of jobs", jobs::kJobSharesSchema},
                                     db::Migration{12, "claims of domains", kDomainClaimsSchema},
                                     db::Migration{13, "networks of jobs", jobs::kJobNetworksSchema},
                                     db::Migration{14, "feeds", kFeedsSchema},
                                     db::Migration{15, "nodes", jobs::kNodesSchema},
                                     db::Migration{16, "settings", accounts::kSettingsSchema},
                                     db::Migration{17, "pictures' sizes", kPictureSizesSchema},
                                     db::Migration{18, "loudness of recordings", kSourceLoudnessSchema},
                                     db::Migration{19, "former addresses", kFormerSchema},
                                     db::Migration{20, "words", kFindingSchema},
                                     db::Migration{21, "findings about recordings", kAudioFindingsSchema},
                                     db::Migration{22, "originals", kOriginalsSchema},
                                     db::Migration{23, "silences", kSilencesSchema},
                                     db::Migration{24, "cue points", kCuePointsSchema}};
    database = needed(db::Database::open(folder.path() / "carillon.db", kMigrations));
    show.id = new_id(clock, random);
    show.network = "default";
    show.slug = "demo";
    show.title = "The Demo";
    show.created = show.changed = clock.now();
    const auto prefix = stored("prefix"), frames = stored("frames");
    for (int number = 1; number <= count; ++number) {
      clock.advance(std::chrono::hours{24});
      Episode episode{.id = new_id(clock, random), .show_id = show.id};
      episode.guid = episode.id;
      episode.slug = "episode-" + std::to_string(number);
      episode.file_name = episode.slug + ".mp3";
      episode.title = "Episode " + std::to_string(number);
      episode.notes = notes;
      episode.number = number;
      episode.state = EpisodeState::published;
      episode.published = episode.created = episode.changed = clock.now();
      episode.master = Master{.frames = frames, .frames_length = ByteCount{6}, .duration = std::chrono::minutes{42}, .loudness = -16};
      episode.frozen =
          Frozen{.prefix = prefix, .prefix_length = ByteCount{6}, .since = clock.now(), .whole = crypto::sha256(as_bytes("prefixframes"))};
      episodes.push_back(std::move(episode));
    }
    needed(database->write_now([this](db::Session& session) -> Result<> {
      queries::insert(session, show);
      for (const auto& episode : episodes) queries::insert(session, episode);
      return {};
    }));
    catalogue = std::make_unique<Catalogue>(*database, *store, Addresses{"https://pod.example.org"});
  }

  /// Commits the episode as it is now; the catalogue is not told.
  void commit(const Episode& episode) {
    needed(database->write_now([&](db::Session& session) -> Result<> {
      queries::update(session, episode);
      return {};
    }));
  }

 private:
  Digest stored(std::string_view bytes) {
    auto writer = needed(store->begin(ByteCount{bytes.size()}));
    needed(writer->write(as_bytes(bytes)));
    return needed(writer->keep()).digest;
  }

 public:
  carillon::testing::TemporaryFolder folder;
  carillon::testing::SeededRandom random;
  carillon::testing::ManualClock clock;
  std::unique_ptr<blob::Store> store;
  std::unique_ptr<db::Database> database;
  std::unique_ptr<Catalogue> catalogue;
  Show show;
  std::vector<Episode> episodes;  ///< oldest first
};

}  // namespace carillon::podcast::testing
