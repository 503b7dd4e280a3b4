#pragma once
// A small world for tests of the site: one show with a cover and one published episode, in a real database, store and catalogue.

#include "accounts/schema.hpp"
#include "accounts/suspensions.hpp"
#include "ads/serving/ad_server.hpp"
#include "ads/serving/schema.hpp"
#include "audio/master.hpp"
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
#include "stats/log/request_log.hpp"

#include <array>
#include <memory>
#include <stdexcept>
#include <string>

namespace carillon::site::testing {

inline constexpr std::string_view kOrigin = "https://pod.example.org";

/// The value, or an exception with the error's sentence: a world that cannot be made fails its test.
template <class T>
T needed(Result<T> result) {
  if (!result) throw std::runtime_error{result.error().message};
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

class World {
 public:
  World() {
    log = needed(stats::RequestLog::open({.folder = requests(), .keys = folder_.path() / "listeners", .clock = clock, .random = random_}));
    store_ = needed(blob::open_disk_store(folder_.path() / "media", random_));
    constexpr std::array kMigrations{db::Migration{1, "jobs", jobs::kJobsSchema},
                                     db::Migration{2, "podcast", podcast::kSchema},
                                     db::Migration{3, "workflow", podcast::kWorkflowSchema},
                                     db::Migration{4, "audit", accounts::kAuditSchema},
                                     db::Migration{5, "lists", podcast::kListsSchema},
                                     db::Migration{6, "episodes in every order", podcast::kEpisodeListsSchema},
                                     db::Migration{7, "episodes' own covers", podcast::kEpisodeCoversSchema},
                                     db::Migration{8, "shares of jobs", jobs::kJobSharesSchema},
                                     db::Migration{9, "networks of jobs", jobs::kJobNetworksSchema},
                                     db::Migration{10, "networks", accounts::kSchema},
                                     db::Migration{11, "feeds", podcast::kFeedsSchema},
                                     db::Migration{12, "episodes by cover", podcast::kCoversIndexSchema},
                                     db::Migration{13, "nodes", jobs::kNodesSchema},
                                     db::Migration{14, "pictures' sizes", podcast::kPictureSizesSchema},
                                     db::Migration{15, "loudness of recordings", podcast::kSourceLoudnessSchema},
                                     db::Migration{16, "former addresses", podcast::kFormerSchema},
                                     db::Migration{17, "words", podcast::kFindingSchema},
                                     db::Migration{18, "findings about recordings", podcast::kAudioFindingsSchema},
                                     db::Migration{19, "originals", podcast::kOriginalsSchema},
                                     db::Migration{20, "cue points", podcast::kCuePointsSchema},
                                     db::Migration{21, "advertisements", ads::kServingSchema}};
    database_ = needed(db::Database::open(folder_.path() / "carillon.db", kMigrations));
    const std::string prefix(50, 'p'), frames(500, 'f');
    audio = prefix + frames;
    cover = {.digest = stored(picture), .length = ByteCount{picture.size()}, .side = 1400, .media_type = "image/jpeg", .sized = true};
    raw = {.digest = stored("a raw picture"), .length = ByteCount{13}, .side = 1500, .media_type = "image/png"};

    show.id = new_id(clock, random_);
    show.network = "main";
    show.slug = "demo";
    show.title = "The Demo";
    show.description = "About *bells*";
    show.guid = "9b024349-ccf0-5f69-a609-6b82873eab3c";
    show.cover = cover;
    show.created = show.changed = clock.now();

    episode.id = new_id(clock, random_);
    episode.show_id = show.id;
    episode.guid = "guid";
    episode.slug = "talk";
    episode.file_name = "talk.mp3";
    episode.title = "A talk";
    episode.notes = "What we say";
    episode.state = podcast::EpisodeState::published;
    episode.published = episode.created = episode.changed = clock.now();
    episode.master = podcast::Master{
        .frames = stored(frames), .frames_length = ByteCount{frames.size()}, .duration = std::chrono::minutes{12}, .loudness = -16};
    episode.frozen = podcast::Frozen{.prefix = stored(prefix),
                                     .prefix_length = ByteCount{prefix.size()},
                                     .since = clock.now(),
                                     .whole = crypto::sha256(as_bytes(audio))};

    needed(database_->write_now([this](db::Session& session) -> Result<> {
      podcast::queries::insert(session, show);
      podcast::queries::insert(
          session, show.id, cover,
          std::array{podcast::PictureSize{
              .side = 600, .media_type = "image/webp", .file = stored(small_picture), .length = ByteCount{small_picture.size()}}});
      podcast::queries::insert(session, show.id, raw, {});
      podcast::queries::insert(session, episode);
      return {};
    }));
    catalogue = std::make_unique<podcast::Catalogue>(*database_, *store_, podcast::Addresses{std::string{kOrigin}});
    start_ads();
  }

  /// As after a restart of the server; what the one before decided is stored.
  void start_ads() {
    if (ads) needed(ads->flush());
    ads = needed(ads::AdServer::open({.database = *database_,
                                      .media = *store_,
                                      .clock = clock,
                                      .random = random_,
                                      .name_key = delivery::name_key_of("secret"),
                                      .booked = [this](Time) -> Result<ads::Booked> { return booked; },
                                      .delivered = [this](Time) -> Result<ads::Outcomes> { return outcomes; }}));
  }

  /// Gives the episode a master that can be cut, with a tag and cue points.
  void make_cuttable(const std::string& frames, std::vector<podcast::CuePoint> cue_points) {
    const auto stream = needed(audio::stream_of(Body::of(frames)));
    const auto prefix = audio::prefix_of({.title = episode.title}, stream);
    audio = prefix + frames;
    episode.master = podcast::Master{
        .frames = stored(frames), .frames_length = ByteCount{frames.size()}, .duration = stream.duration(), .loudness = -16};
    episode.frozen = podcast::Frozen{.prefix = stored(prefix),
                                     .prefix_length = ByteCount{prefix.size()},
                                     .since = clock.now(),
                                     .whole = crypto::sha256(as_bytes(audio))};
    episode.cue_points = std::move(cue_points);
    change_episode();
  }
  ads::CreativeFile creative_file(const std::string& frames) {
    return {.format = {}, .frames = stored(frames), .length = ByteCount{frames.size()}, .duration = std::chrono::milliseconds{26} * 40};
  }

  /// The folder of the request log's segments.
  [[nodiscard]] std::filesystem::path requests() const { return folder_.path() / "requests"; }

  /// The file of a blob.
  [[nodiscard]] std::filesystem::path stored_at(const Digest& digest) const {
    return folder_.path() / "media" / digest.hex().substr(0, 2) / digest.hex();
  }

  /// Takes the show down.
  void suspend(accounts::Suspensions& suspensions) {
    needed(database_->write_now([this](db::Session& session) -> Result<> {
      accounts::Suspensions::set_show(session, show.slug, "Court order 7");
      return {};
    }));
    needed(suspensions.load_now(*database_));
  }

  /// Gives the episode a cover of its own.
  podcast::Picture give_cover() {
    const std::string bytes = "\x89PNG of the episode";
    const podcast::Picture picture_of_its_own{
        .digest = stored(bytes), .length = ByteCount{bytes.size()}, .side = 1400, .media_type = "image/png"};
    episode.cover = picture_of_its_own;
    needed(database_->write_now([&](db::Session& session) -> Result<> {
      podcast::queries::insert(session, show.id, picture_of_its_own, {});
      podcast::queries::update(session, episode);
      return {};
    }));
    needed(catalogue->refresh_now(show.id));
    return picture_of_its_own;
  }

  /// Stores what the test changed of the episode.
  void change_episode() {
    needed(database_->write_now([this](db::Session& session) -> Result<> {
      podcast::queries::update(session, episode);
      podcast::queries::set_cue_points(session, episode.id, episode.cue_points);
      return {};
    }));
    needed(catalogue->refresh_now(show.id));
  }

  /// `with` takes the place of a picture.
  void replace(const Digest& digest, const std::optional<Digest>& with) {
    needed(database_->write_now([&](db::Session& session) -> Result<> {
      podcast::queries::replace_picture(session, show.id, digest, with);
      return {};
    }));
  }

  /// Gives show and episode another title, as an edit does.
  void retitle(const std::string& title) {
    show.title = episode.title = title;
    needed(database_->write_now([this](db::Session& session) -> Result<> {
      podcast::queries::update(session, show);
      podcast::queries::update(session, episode);
      return {};
    }));
    needed(catalogue->refresh_now(show.id));
  }

  [[nodiscard]] blob::Store& store() const noexcept { return *store_; }

 private:
  Digest stored(const std::string& bytes) {
    auto writer = needed(store_->begin(ByteCount{bytes.size()}));
    needed(writer->write(as_bytes(bytes)));
    return needed(writer->keep()).digest;
  }

  carillon::testing::TemporaryFolder folder_;
  carillon::testing::SeededRandom random_;
  std::unique_ptr<blob::Store> store_;
  std::unique_ptr<db::Database> database_;

 public:
  carillon::testing::ManualClock clock;
  std::unique_ptr<stats::RequestLog> log;
  std::unique_ptr<podcast::Catalogue> catalogue;
  ads::Booked booked;      ///< what the next plan is made of
  ads::Outcomes outcomes;  ///< likewise
  std::unique_ptr<ads::AdServer> ads;
  podcast::Show show;
  podcast::Episode episode;
  podcast::Picture cover;
  podcast::Picture raw;  ///< as pictures were before there were sizes; nothing shows it
  std::string picture = "\xFF\xD8\xFF and what follows", small_picture = "RIFF....WEBP";
  std::string audio;  ///< of the episode, as served
};

}  // namespace carillon::site::testing
