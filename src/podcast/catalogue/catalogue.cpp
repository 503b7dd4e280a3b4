// See catalogue.hpp.

#include "podcast/catalogue/catalogue.hpp"

#include "base/compress.hpp"
#include "base/text.hpp"
#include "blob/store.hpp"
#include "crypto/sha256.hpp"
#include "db/database.hpp"
#include "jobs/fair_workers.hpp"
#include "podcast/catalogue/open_audio.hpp"
#include "podcast/catalogue/shelf.hpp"
#include "podcast/catalogue/turns.hpp"
#include "podcast/feed/feed.hpp"
#include "podcast/feed/notes.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/former.hpp"
#include "podcast/store/kept_audio.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>
#include <map>
#include <stdexcept>

namespace carillon::podcast {
namespace {

/// Snapshots in memory, by what they weigh; the least used go first. One that is heavier than all of it stays alone.
constexpr ByteCount kMaxInMemory{160ULL << 20};
/// Hexadecimal digits of a feed's digest that make its ETag.
constexpr std::size_t kTagLength = 32;
/// Markdown of one show that is formatted; the notes of older episodes beyond are shown as plain text. Formatting it takes some seconds.
constexpr ByteCount kMaxFormatted{16ULL << 20};
/// A show whose texts take long holds one thread; the others serve the shows of other networks.
constexpr jobs::FairShare kShare{.threads = 4, .running_per_key = 1, .waiting_per_key = 10'000};

using Snapshot = std::shared_ptr<const ShowSnapshot>;

struct ShowRows {
  Show show;
  Feed feed;
  std::vector<Episode> episodes;
  std::map<std::string, std::vector<FormerFile>> former;  ///< audio of these, by their ids
};

bool has_same_audio(const Episode& one, const Episode& other) {
  return one.frozen && other.frozen && one.master && other.master && one.frozen->prefix == other.frozen->prefix &&
         one.frozen->prefix_length == other.frozen->prefix_length && one.master->frames == other.master->frames &&
         one.master->frames_length == other.master->frames_length && one.cue_points == other.cue_points;
}

std::vector<FeedItem> items_of(const ShowSnapshot& snapshot) {
  std::vector<FeedItem> items;
  for (const auto& entry : snapshot.episodes) items.push_back({&entry->episode, entry->notes_html});
  return items;
}

/// `before` is the show's snapshot so far, or null: what was made of notes that have not changed is taken from there.
Snapshot snapshot_of(ShowRows rows, const Addresses& addresses, const Snapshot& before) {
  auto snapshot = std::make_shared<ShowSnapshot>();
  snapshot->show = std::move(rows.show);
  ByteCount formatted;
  const auto html_of = [&](std::string_view markdown) {
    formatted += ByteCount{markdown.size()};
    if (formatted > kMaxFormatted) return unformatted_html(markdown);
    // What was stored before the limits of today must not keep the whole feed from its readers.
    auto html = safe_html(markdown);
    return html ? std::move(*html) : unformatted_html(markdown);
  };
  snapshot->description_html = html_of(snapshot->show.description);
  for (auto& episode : rows.episodes) {
    const auto known = before ? before->by_id(episode.id) : nullptr;
    auto notes = known && known->episode.notes == episode.notes ? known->notes_html : html_of(episode.notes);
    auto audio = known && has_same_audio(known->episode, episode) ? known->audio : std::make_shared<AudioPlace>(rows.former[episode.id]);
    snapshot->episodes.push_back(std::make_shared<const PublishedEpisode>(
        PublishedEpisode{.episode = std::move(episode), .notes_html = std::move(notes), .audio = std::move(audio)}));
    snapshot->places[snapshot->episodes.back()->episode.id] = snapshot->episodes.size() - 1;
  }
  auto& feed = snapshot->feed;
  feed.feed = std::move(rows.feed);
  auto xml = feed_at(addresses, *snapshot);
  feed.etag = "\"" + crypto::sha256(as_bytes(xml)).hex().substr(0, kTagLength) + "\"";
  feed.last_modified = feed_changed(snapshot->show, feed.feed, items_of(*snapshot));
  feed.gzip = Body::of(gzip(xml));
  feed.body = Body::of(std::move(xml));
  return snapshot;
}

/// "en" of "en-GB".
std::string_view main_part(std::string_view language) { return language.substr(0, language.find('-')); }

std::optional<ShowRows> rows_of(db::Session& session, const std::optional<Show>& show) {
  if (!show) return {};
  auto feed = queries::public_feed(session, show->id);
  if (!feed) throw std::runtime_error{"the show " + show->slug + " has no feed"};
  return ShowRows{*show, std::move(*feed), queries::published_episodes_of(session, show->id), queries::former_audio_of(session, show->id)};
}

/// The value, or an exception: what can't be read now is not what does not exist, and must not be answered as such.
template <class T>
T or_thrown(Result<T> result, std::string_view attempted) {
  if (!result) throw std::runtime_error{std::string(attempted) + ": " + result.error().message};
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

}  // namespace

std::string feed_at(const Addresses& addresses, const ShowSnapshot& snapshot) {
  const auto& feed = snapshot.feed.feed;
  return render_feed({snapshot.show, snapshot.description_html}, feed, items_of(snapshot), FeedLinks{addresses, feed});
}

std::shared_ptr<const PublishedEpisode> ShowSnapshot::by_id(std::string_view id) const {
  const auto found = places.find(id);
  return found == places.end() ? nullptr : episodes[found->second];
}

std::shared_ptr<const PublishedEpisode> ShowSnapshot::by_slug(std::string_view slug) const {
  const auto found = std::ranges::find_if(episodes, [&](const auto& entry) { return entry->episode.slug == slug; });
  return found == episodes.end() ? nullptr : *found;
}

struct Catalogue::Impl {
  Impl(db::Database& database_, blob::Store& media_, Addresses addresses_)
      : database{database_}, media{media_}, addresses{std::move(addresses_)} {}

  db::Database& database;
  blob::Store& media;
  Addresses addresses;

  Shelf shelf{kMaxInMemory};
  AudioPool audio{media};
  /// From the reading of a show's rows to the placing of its snapshot: a later state never gives way to an earlier one, and one show does
  /// not wait for another.
  Turns refreshing;

  /// The snapshot as the database has it now, put in place; null when there is no such show.
  Result<Snapshot> load_now(const std::string& show_id) {
    const Turns::Turn alone{refreshing, show_id};
    auto rows = database.read_now(
        [&](db::Session& session) -> Result<std::optional<ShowRows>> { return rows_of(session, queries::show_with_id(session, show_id)); });
    if (!rows) return forward_error(rows);
    if (!*rows) return nullptr;
    const auto before = shelf.peek((*rows)->show.slug);
    auto snapshot = snapshot_of(std::move(**rows), addresses, before);
    shelf.put(snapshot);
    return snapshot;
  }

  /// The published episode with this id, without its audio; null members when there is none.
  asio::awaitable<EpisodeInShow> find(Catalogue& catalogue, std::string id);

  std::string text_of(const StoredText& text) {
    const auto body = or_thrown(media.open(text.digest), "open the text " + text.digest.hex());
    return or_thrown(whole(body), "read the text " + text.digest.hex());
  }

  /// On a worker.
  EpisodeReading read(const Episode& episode, const std::string& language) {
    EpisodeReading reading;
    if (episode.chapters)
      reading.chapters = or_thrown(parse_chapters(text_of(*episode.chapters)), "read the chapters of " + episode.id).items;
    if (!episode.transcripts.empty()) {
      auto chosen =
          std::ranges::find_if(episode.transcripts, [&](const auto& each) { return equal_ignoring_case(each.language, language); });
      // “en-GB” is for readers of “en”, too.
      if (chosen == episode.transcripts.end())
        chosen = std::ranges::find(episode.transcripts, main_part(language), [](const auto& each) { return main_part(each.language); });
      if (chosen == episode.transcripts.end()) chosen = episode.transcripts.begin();
      const auto text = text_of(chosen->text);
      if (chosen->timed)
        reading.transcript = or_thrown(parse_transcript(TranscriptFormat::vtt, text), "read the transcript of " + episode.id);
      else
        reading.paragraphs = paragraphs_of(text);
      reading.language = chosen->language;
    }
    return reading;
  }

  /// On a worker.
  Result<Snapshot> load(const Show& show) {
    if (auto snapshot = shelf.with_slug(show.slug)) return snapshot;  // somebody loaded it meanwhile
    return load_now(show.id);
  }

  /// Rendering is work, and reading rows blocks: neither belongs on an event loop. By network.
  jobs::FairWorkers workers{kShare};
};

Catalogue::Catalogue(db::Database& database, blob::Store& media, Addresses addresses)
    : impl_{std::make_unique<Impl>(database, media, std::move(addresses))} {}

Catalogue::~Catalogue() = default;

asio::awaitable<Snapshot> Catalogue::show(std::string slug) {
  if (auto snapshot = impl_->shelf.with_slug(slug)) co_return snapshot;
  const auto found = or_thrown(co_await impl_->database.read([&](db::Session& session) -> Result<std::optional<Show>> {
    return queries::show_with_slug(session, slug);
  }),
                               "look up a show");
  if (!found) co_return nullptr;
  co_return or_thrown(co_await impl_->workers.run(found->network, [&] { return impl_->load(*found); }), "load a show");
}

asio::awaitable<EpisodeInShow> Catalogue::Impl::find(Catalogue& catalogue, std::string id) {
  if (auto known = shelf.with_episode(id); known.episode) co_return known;
  const auto slug = or_thrown(co_await database.read([&](db::Session& session) -> Result<std::optional<std::string>> {
    return queries::show_slug_of(session, id);
  }),
                              "look up an episode");
  if (!slug) co_return EpisodeInShow{};
  auto snapshot = co_await catalogue.show(*slug);
  if (!snapshot) co_return EpisodeInShow{};
  auto episode = snapshot->by_id(id);
  if (!episode) co_return EpisodeInShow{};
  co_return EpisodeInShow{std::move(snapshot), std::move(episode), {}, {}};
}

asio::awaitable<EpisodeInShow> Catalogue::episode_in_show(std::string id) { co_return co_await impl_->find(*this, std::move(id)); }

asio::awaitable<EpisodeInShow> Catalogue::published_episode(std::string id) {
  auto found = co_await impl_->find(*this, id);
  if (!found.episode) co_return found;
  auto audio = impl_->audio.at_hand(*found.episode->audio);
  if (!audio) {
    std::shared_ptr<const Episode> episode{found.episode, &found.episode->episode};
    audio = or_thrown(co_await impl_->audio.open(std::move(episode), found.episode->audio), "open the audio of episode " + id);
  }
  found.enclosure = audio->whole;
  found.cuttable = audio->cuttable;
  co_return found;
}

asio::awaitable<std::optional<FormerEnclosure>> Catalogue::former_enclosure(std::string id, std::variant<Digest, Time> validator,
                                                                            Time now) {
  // Anyone can ask for the rest of a file that there never was: that doesn't cost a look into the database.
  const auto found = co_await impl_->find(*this, id);
  if (!found.episode || !found.episode->audio->has_former(validator)) co_return std::nullopt;
  const auto known = or_thrown(co_await impl_->database.read([&](db::Session& session) -> Result<std::optional<queries::FormerAudio>> {
    return queries::former_audio(session, id, validator, now);
  }),
                               "look for former audio of an episode");
  if (!known) co_return std::nullopt;
  FormerEnclosure former{.body = {}, .whole = known->whole, .since = known->since};
  for (const auto& [digest, length] : {std::pair{known->prefix, known->prefix_length}, std::pair{known->frames, known->frames_length}}) {
    const auto part = co_await impl_->audio.open_file(digest);
    // A listener who can't have the rest of the old file gets all of the new one.
    if (!part || part->length() != length) co_return std::nullopt;
    former.body.append(*part);
  }
  co_return former;
}

asio::awaitable<std::optional<EpisodeText>> Catalogue::episode_text(std::string id, std::string file_name) {
  const auto found = co_await impl_->find(*this, id);
  if (!found.episode) co_return std::nullopt;
  const auto& episode = found.episode->episode;
  std::optional<EpisodeText> text;
  if (file_name == "chapters.json" && episode.chapters) text = EpisodeText{found.show, *episode.chapters, {}, "application/json+chapters"};
  for (const auto& transcript : episode.transcripts) {
    // Addresses are old: languages had every spelling once.
    if (equal_ignoring_case(file_name, file_name_of(transcript)))
      text = EpisodeText{found.show, transcript.text, {}, transcript.timed ? "text/vtt; charset=utf-8" : "text/plain; charset=utf-8"};
  }
  if (text) text->body = or_thrown(co_await impl_->audio.open_file(text->text.digest), "open a text of episode " + id);
  co_return text;
}

asio::awaitable<FormerShow> Catalogue::former_show(std::string slug) {
  co_return or_thrown(co_await impl_->database.read([&](db::Session& session) -> Result<FormerShow> {
    return FormerShow{.slug = queries::slug_of_today(session, slug).value_or(""), .gone = queries::show_is_gone(session, slug)};
  }),
                      "look for a former show");
}

asio::awaitable<bool> Catalogue::is_gone(std::string episode_id) {
  co_return or_thrown(
      co_await impl_->database.read([&](db::Session& session) -> Result<bool> { return queries::episode_is_gone(session, episode_id); }),
      "look for a former episode");
}

asio::awaitable<bool> Catalogue::is_gone(std::string show_id, std::string episode_slug) {
  co_return or_thrown(co_await impl_->database.read(
                          [&](db::Session& session) -> Result<bool> { return queries::episode_is_gone(session, show_id, episode_slug); }),
                      "look for a former episode");
}

EpisodeReading Catalogue::reading_now(const PublishedEpisode& episode, const std::string& language) const {
  return impl_->read(episode.episode, language);
}

asio::awaitable<void> Catalogue::work_for(std::string network, std::function<void()> work) {
  or_thrown(co_await impl_->workers.run(std::move(network),
                                        [&work]() -> Result<> {
                                          work();
                                          return {};
                                        }),
            "run a network's task");
}

asio::awaitable<std::vector<Snapshot>> Catalogue::shows() {
  const auto all = or_thrown(co_await impl_->database.read([](db::Session& session) -> Result<std::vector<std::string>> {
    return queries::slugs_by_title(session, kMaxListed);
  }),
                             "list the shows");
  std::vector<Snapshot> snapshots;
  for (const auto& slug : all) {
    if (auto snapshot = co_await show(slug)) snapshots.push_back(std::move(snapshot));
  }
  co_return snapshots;
}

asio::awaitable<std::vector<ListedShow>> Catalogue::listed(std::size_t most) {
  co_return or_thrown(co_await impl_->database.read([most](db::Session& session) -> Result<std::vector<ListedShow>> {
    std::vector<ListedShow> listed;
    for (auto& row : queries::shows_with_changes(session, most))
      listed.push_back({.slug = std::move(row.slug), .network = std::move(row.network), .changed = row.changed});
    return listed;
  }),
                      "list every show");
}

asio::awaitable<std::optional<PublicPicture>> Catalogue::picture(Digest digest) {
  auto known = or_thrown(co_await impl_->database.read([&](db::Session& session) -> Result<std::optional<queries::KnownPicture>> {
    return queries::picture(session, digest);
  }),
                         "look up a picture");
  if (!known || (known->replaced && !known->replacement)) co_return std::nullopt;
  if (known->replaced) co_return PublicPicture{std::move(known->picture), {}, std::move(known->replacement)};
  auto body = or_thrown(co_await impl_->audio.open_file(digest), "open the picture " + digest.hex());
  co_return PublicPicture{std::move(known->picture), std::move(body), {}};
}

asio::awaitable<std::optional<PublicPictureSize>> Catalogue::picture_size(Digest digest, int side, PictureType type) {
  auto known = or_thrown(co_await impl_->database.read([&](db::Session& session) -> Result<std::optional<PictureSize>> {
    return queries::picture_size(session, digest, side, media_type_of(type));
  }),
                         "look for a size of a picture");
  if (!known) co_return std::nullopt;
  auto body = or_thrown(co_await impl_->audio.open_file(known->file), "open a size of the picture " + digest.hex());
  co_return PublicPictureSize{std::move(*known), std::move(body)};
}

asio::awaitable<std::vector<ShowPlace>> Catalogue::shows_with_picture(Digest digest) {
  co_return or_thrown(co_await impl_->database.read([&](db::Session& session) -> Result<std::vector<ShowPlace>> {
    std::vector<ShowPlace> places;
    for (auto& place : queries::shows_with_public_picture(session, digest))
      places.push_back({.network = std::move(place.network), .slug = std::move(place.slug)});
    return places;
  }),
                      "look up a picture's shows");
}

bool Catalogue::has(std::string_view episode_id) const { return impl_->shelf.has_episode(episode_id); }

std::vector<std::string> Catalogue::in_memory() const { return impl_->shelf.show_ids(); }

Result<> Catalogue::refresh_now(std::string_view show_id) {
  const std::string id(show_id);
  const auto loaded = impl_->load_now(id);
  if (!loaded) return std::unexpected(loaded.error());
  if (*loaded) return {};
  // The show is gone: so is its snapshot.
  impl_->shelf.remove(id);
  return {};
}

asio::awaitable<Result<>> Catalogue::refresh(std::string show_id) {
  const auto found = co_await impl_->database.read(
      [&](db::Session& session) -> Result<std::optional<Show>> { return queries::show_with_id(session, show_id); });
  if (!found) co_return std::unexpected(found.error());
  co_return co_await impl_->workers.run(*found ? (*found)->network : "", [&] { return refresh_now(show_id); });
}

}  // namespace carillon::podcast
