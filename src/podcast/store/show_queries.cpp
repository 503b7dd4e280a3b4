// See shows.hpp.

#include "podcast/store/shows.hpp"

#include "base/json.hpp"

#include <soci/soci.h>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace carillon::podcast::queries {
namespace {

constexpr const char* kColumns =
    "shows.id, network, slug, title, description, language, category, category_sub, author, owner_email, copyright, link, is_explicit, "
    "serial, locked, medium, bitrate, "
    "channels, sample_rate, cover, guid, metadata, created, changed, revision, deleted, COALESCE(pictures.length, 0), "
    "COALESCE(pictures.side, 0), "
    "COALESCE(pictures.media_type, ''), COALESCE(pictures.sized, 0), audio";
constexpr const char* kFrom = " FROM shows LEFT JOIN pictures ON pictures.digest = shows.cover AND pictures.show_id = shows.id ";

/// As it was stored; what can't be read back (nothing of ours) is as if nothing had been said.
ShowMetadata metadata_from(const std::string& text) {
  ShowMetadata metadata;
  boost::json::error_code bad;
  const auto document = boost::json::parse(text, bad);
  if (bad || !document.is_object()) return metadata;
  if (auto edit = show_metadata_from(document.as_object())) apply(std::move(*edit), metadata);
  return metadata;
}

AudioSettings audio_from(const std::string& text) {
  AudioSettings settings;
  boost::json::error_code bad;
  const auto document = boost::json::parse(text, bad);
  if (bad || !document.is_object()) return settings;
  if (const auto edit = audio_settings_edit_from(document.as_object())) apply(*edit, settings);
  return settings;
}

/// Where the columns of one show land.
struct Row {
  Show show;
  int is_explicit = 0, serial = 0, locked = 0, side = 0, sized = 0;
  long long created = 0, changed = 0, revision = 0, deleted = 0, cover_length = 0;
  std::string cover, media_type, metadata, audio;

  template <class Statement>
  void bind(Statement& statement) {
    using soci::into;
    statement, into(show.id), into(show.network), into(show.slug), into(show.title), into(show.description), into(show.language),
        into(show.category.name), into(show.category.sub), into(show.author), into(show.owner_email), into(show.copyright), into(show.link),
        into(is_explicit), into(serial), into(locked), into(show.medium), into(show.format.bitrate), into(show.format.channels),
        into(show.format.sample_rate), into(cover), into(show.guid), into(metadata), into(created), into(changed), into(revision),
        into(deleted), into(cover_length), into(side), into(media_type), into(sized), into(audio);
  }
  [[nodiscard]] Show value() const {
    Show result = show;
    result.is_explicit = is_explicit != 0;
    result.serial = serial != 0;
    result.locked = locked != 0;
    result.created = from_microseconds(created);
    result.changed = from_microseconds(changed);
    result.revision = revision;
    result.metadata = metadata_from(metadata);
    result.audio = audio_from(audio);
    result.deleted = deleted == 0 ? std::nullopt : std::optional{from_microseconds(deleted)};
    if (const auto digest = Digest::from_hex(cover); digest && !media_type.empty())
      result.cover = Picture{.digest = *digest,
                             .length = ByteCount{static_cast<std::uint64_t>(cover_length)},
                             .side = side,
                             .media_type = media_type,
                             .sized = sized != 0};
    else
      result.cover.reset();
    return result;
  }
};

/// The show that `condition` selects, `value` bound to its parameter.
std::optional<Show> one(db::Session& session, const char* condition, const std::string& value) {
  Row row;
  auto prepared = (session.prepare << "SELECT " << kColumns << kFrom << "WHERE " << condition, soci::use(value));
  row.bind(prepared);
  soci::statement statement{prepared};
  if (!statement.execute(true)) return {};
  return row.value();
}

}  // namespace

void insert(db::Session& session, const Show& show) {
  using soci::use;
  const int is_explicit = show.is_explicit, serial = show.serial, locked = show.locked;
  const auto created = to_microseconds(show.created), changed = to_microseconds(show.changed);
  const auto revision = static_cast<long long>(show.revision);
  const auto metadata = json_text(document_of(show.metadata));
  const auto audio = json_text(document_of(show.audio));
  const int unlisted = show.metadata.blocked;
  session << "INSERT INTO shows (id, network, slug, title, description, language, category, category_sub, author, owner_email, copyright, "
             "link, is_explicit, serial, locked, "
             "medium, bitrate, channels, sample_rate, guid, metadata, audio, created, changed, revision, unlisted) VALUES (:id, :network, "
             ":slug, "
             ":title, "
             ":description, :language, :category, :sub, "
             ":author, :owner_email, :copyright, :link, :is_explicit, :serial, :locked, :medium, :bitrate, :channels, :sample_rate, :guid, "
             ":metadata, :audio, "
             ":created, :changed, :revision, :unlisted)",
      use(show.id), use(show.network), use(show.slug), use(show.title), use(show.description), use(show.language), use(show.category.name),
      use(show.category.sub), use(show.author), use(show.owner_email), use(show.copyright), use(show.link), use(is_explicit), use(serial),
      use(locked), use(show.medium), use(show.format.bitrate), use(show.format.channels), use(show.format.sample_rate), use(show.guid),
      use(metadata), use(audio), use(created), use(changed), use(revision), use(unlisted);
  insert(session, public_feed_of(show));
}

void insert(db::Session& session, const Feed& feed) {
  const auto created = to_microseconds(feed.created), changed = to_microseconds(feed.changed);
  session << "INSERT INTO feeds (id, show_id, slug, created, changed) VALUES (:id, :show, :slug, :created, :changed)", soci::use(feed.id),
      soci::use(feed.show_id), soci::use(feed.slug), soci::use(created), soci::use(changed);
}

std::optional<Feed> public_feed(db::Session& session, const std::string& show_id) {
  Feed feed;
  long long created = 0, changed = 0;
  int moves = 0;
  session
      << "SELECT id, show_id, slug, created, changed, (SELECT COUNT(*) FROM former_slugs WHERE former_slugs.show_id = feeds.show_id) FROM "
         "feeds WHERE id = :show",
      soci::use(show_id), soci::into(feed.id), soci::into(feed.show_id), soci::into(feed.slug), soci::into(created), soci::into(changed),
      soci::into(moves);
  if (!session.got_data()) return {};
  feed.created = from_microseconds(created);
  feed.changed = from_microseconds(changed);
  feed.moved = moves > 0;
  return feed;
}

void update(db::Session& session, const Show& show) {
  using soci::use;
  const int is_explicit = show.is_explicit, serial = show.serial, locked = show.locked;
  const auto changed = to_microseconds(show.changed);
  const auto revision = static_cast<long long>(show.revision);
  const auto metadata = json_text(document_of(show.metadata));
  const auto cover = show.cover ? show.cover->digest.hex() : std::string{};
  const long long deleted = show.deleted ? to_microseconds(*show.deleted) : 0;
  const auto audio = json_text(document_of(show.audio));
  const int unlisted = show.metadata.blocked;
  session << "UPDATE shows SET slug = :slug, title = :title, description = :description, language = :language, category = :category, "
             "category_sub = "
             ":sub, author = :author, "
             "owner_email = :owner_email, copyright = :copyright, link = :link, is_explicit = :is_explicit, serial = :serial, locked = "
             ":locked, medium = :medium, "
             "bitrate = :bitrate, channels = :channels, sample_rate = :sample_rate, cover = :cover, metadata = :metadata, audio = :audio, "
             "changed = :changed, "
             "revision = :revision, deleted = :deleted, unlisted = :unlisted WHERE id = :id",
      use(show.slug), use(show.title), use(show.description), use(show.language), use(show.category.name), use(show.category.sub),
      use(show.author), use(show.owner_email), use(show.copyright), use(show.link), use(is_explicit), use(serial), use(locked),
      use(show.medium), use(show.format.bitrate), use(show.format.channels), use(show.format.sample_rate), use(cover), use(metadata),
      use(audio), use(changed), use(revision), use(deleted), use(unlisted), use(show.id);
}

std::optional<std::string> network_of_show_with_id(db::Session& session, const std::string& id) {
  std::string network;
  session << "SELECT network FROM shows WHERE id = :id", soci::use(id), soci::into(network);
  if (!session.got_data()) return {};
  return network;
}

void remove_show(db::Session& session, const std::string& id) { session << "DELETE FROM shows WHERE id = :id", soci::use(id); }

std::optional<Show> show_with_slug(db::Session& session, const std::string& slug) {
  return one(session, "slug = :slug AND deleted = 0", slug);
}
std::optional<Show> show_with_id(db::Session& session, const std::string& id) { return one(session, "shows.id = :id AND deleted = 0", id); }

std::optional<Show> show_with_slug_even_deleted(db::Session& session, const std::string& slug) {
  return one(session, "slug = :slug", slug);
}
std::optional<Show> show_with_id_even_deleted(db::Session& session, const std::string& id) { return one(session, "shows.id = :id", id); }

void touch_feed(db::Session& session, const std::string& show_id, Time now) {
  const auto moment = to_microseconds(now);
  const auto second = to_microseconds(std::chrono::floor<std::chrono::seconds>(now));
  constexpr const char* kSql =
      "UPDATE feeds SET changed = CASE WHEN changed < :second THEN :now ELSE (changed / 1000000 + 1) * 1000000 END WHERE show_id = :show";
  session << kSql, soci::use(second), soci::use(moment), soci::use(show_id);
}

void touch_show(db::Session& session, const std::string& id, Time now) {
  const auto moment = to_microseconds(now);
  session << "UPDATE shows SET changed = :now WHERE id = :id", soci::use(moment), soci::use(id);
}

void remove_shows_deleted_before(db::Session& session, Time time) {
  const auto moment = to_microseconds(time);
  session << "DELETE FROM shows WHERE deleted <> 0 AND deleted < :moment", soci::use(moment);
}

std::vector<Show> shows(db::Session& session, const std::optional<std::string>& network, const std::string& after, std::size_t limit,
                        Which which) {
  Row row;
  const auto most = static_cast<long long>(limit);
  const auto wanted = network.value_or("");
  const auto* there = which == Which::deleted ? "deleted <> 0" : "deleted = 0";
  // One statement each: the planner is to take the index of the network, or of the slug.
  auto prepared =
      network ? (session.prepare << "SELECT " << kColumns << kFrom << "WHERE " << there
                                 << " AND network = :network AND slug > :after ORDER BY slug LIMIT :most",
                 soci::use(wanted), soci::use(after), soci::use(most))
              : (session.prepare << "SELECT " << kColumns << kFrom << "WHERE " << there << " AND slug > :after ORDER BY slug LIMIT :most",
                 soci::use(after), soci::use(most));
  row.bind(prepared);
  soci::statement statement{prepared};
  std::vector<Show> shows;
  statement.execute();
  while (statement.fetch()) shows.push_back(row.value());
  return shows;
}

std::vector<std::string> slugs_by_title(db::Session& session, std::size_t most) {
  std::string slug;
  const auto limit = static_cast<long long>(most);
  soci::statement statement{
      (session.prepare << "SELECT slug FROM shows WHERE deleted = 0 AND unlisted = 0 ORDER BY title, slug LIMIT :most", soci::use(limit),
       soci::into(slug))};
  std::vector<std::string> slugs;
  statement.execute();
  while (statement.fetch()) slugs.push_back(slug);
  return slugs;
}

std::vector<ChangedShow> shows_with_changes(db::Session& session, std::size_t most) {
  ChangedShow show;
  long long own = 0, of_episodes = 0;
  const auto limit = static_cast<long long>(most);
  soci::statement statement{
      (session.prepare << "SELECT slug, network, changed, COALESCE((SELECT MAX(episodes.changed) FROM episodes WHERE episodes.show_id = "
                          "shows.id AND episodes.state = 'published' AND episodes.deleted = 0), 0) FROM shows WHERE deleted = 0 AND "
                          "unlisted = 0 ORDER BY "
                          "slug LIMIT :most",
       soci::use(limit), soci::into(show.slug), soci::into(show.network), soci::into(own), soci::into(of_episodes))};
  std::vector<ChangedShow> shows;
  statement.execute();
  while (statement.fetch()) {
    show.changed = from_microseconds(std::max(own, of_episodes));
    shows.push_back(show);
  }
  return shows;
}

namespace {
/// In `replacement`, for a picture that could not be decoded.
constexpr std::string_view kReplacedByNothing = "nothing";

std::optional<Picture> picture_that(db::Session& session, const std::string& hex, std::string& replacement) {
  const auto digest = Digest::from_hex(hex);
  if (!digest) return {};
  long long length = 0;
  int sized = 0;
  Picture found{.digest = *digest, .length = {}, .side = 0, .media_type = {}};
  session << "SELECT length, side, media_type, sized, replacement FROM pictures JOIN shows ON shows.id = pictures.show_id WHERE digest = "
             ":digest AND deleted = 0 ORDER BY replacement LIMIT 1",
      soci::use(hex), soci::into(length), soci::into(found.side), soci::into(found.media_type), soci::into(sized), soci::into(replacement);
  if (!session.got_data()) return {};
  found.length = ByteCount{static_cast<std::uint64_t>(length)};
  found.sized = sized != 0;
  return found;
}
}  // namespace

void insert(db::Session& session, const std::string& show_id, const Picture& picture, std::span<const PictureSize> sizes) {
  const auto digest = picture.digest.hex();
  const auto length = static_cast<long long>(picture.length.value);
  const int sized = picture.sized ? 1 : 0;
  session
      << "INSERT INTO pictures (digest, show_id, length, side, media_type, sized) VALUES (:digest, :show, :length, :side, :type, :sized) "
         "ON CONFLICT (digest, show_id) DO UPDATE SET sized = excluded.sized, replacement = ''",
      soci::use(digest), soci::use(show_id), soci::use(length), soci::use(picture.side), soci::use(picture.media_type), soci::use(sized);
  for (const auto& size : sizes) {
    const auto file = size.file.hex();
    const auto bytes = static_cast<long long>(size.length.value);
    session << "INSERT INTO picture_sizes (digest, show_id, side, media_type, file, length) VALUES (:digest, :show, :side, :type, :file, "
               ":length) ON CONFLICT (digest, show_id, side, media_type) DO UPDATE SET file = excluded.file, length = excluded.length",
        soci::use(digest), soci::use(show_id), soci::use(size.side), soci::use(size.media_type), soci::use(file), soci::use(bytes);
  }
}

std::optional<KnownPicture> picture(db::Session& session, const Digest& digest) {
  std::string replacement, ignored;
  auto found = picture_that(session, digest.hex(), replacement);
  if (!found) return {};
  KnownPicture known{.picture = std::move(*found), .replaced = !replacement.empty(), .replacement = {}};
  if (known.replaced && replacement != kReplacedByNothing) known.replacement = picture_that(session, replacement, ignored);
  return known;
}

std::optional<Picture> sized_picture_of(db::Session& session, const std::string& show_id, const Digest& digest) {
  const auto hex = digest.hex();
  long long length = 0;
  Picture found{.digest = digest, .length = {}, .side = 0, .media_type = {}, .sized = true};
  session << "SELECT length, side, media_type FROM pictures WHERE digest = :digest AND show_id = :show AND sized = 1", soci::use(hex),
      soci::use(show_id), soci::into(length), soci::into(found.side), soci::into(found.media_type);
  if (!session.got_data()) return {};
  found.length = ByteCount{static_cast<std::uint64_t>(length)};
  return found;
}

std::optional<PictureSize> picture_size(db::Session& session, const Digest& digest, int side, std::string_view media_type) {
  const auto hex = digest.hex();
  const std::string type{media_type};
  std::string file;
  long long length = 0;
  session << "SELECT file, picture_sizes.length FROM picture_sizes JOIN shows ON shows.id = picture_sizes.show_id WHERE digest = :digest "
             "AND side = :side AND media_type = :type AND deleted = 0 LIMIT 1",
      soci::use(hex), soci::use(side), soci::use(type), soci::into(file), soci::into(length);
  if (!session.got_data()) return {};
  const auto stored = Digest::from_hex(file);
  if (!stored) return {};
  return PictureSize{.side = side, .media_type = type, .file = *stored, .length = ByteCount{static_cast<std::uint64_t>(length)}};
}

std::vector<ShowAndNetwork> shows_with_raw_pictures(db::Session& session) {
  ShowAndNetwork row;
  soci::statement statement{(session.prepare << "SELECT id, network FROM shows WHERE id IN (SELECT show_id FROM pictures WHERE sized = 0 "
                                                "AND replacement = '') ORDER BY id",
                             soci::into(row.show_id), soci::into(row.network))};
  std::vector<ShowAndNetwork> all;
  statement.execute();
  while (statement.fetch()) all.push_back(row);
  return all;
}

std::vector<Picture> raw_pictures(db::Session& session, const std::string& show_id) {
  std::string hex, media_type;
  long long length = 0;
  int side = 0;
  soci::statement statement{(session.prepare << "SELECT digest, length, side, media_type FROM pictures WHERE show_id = :show AND sized = 0 "
                                                "AND replacement = '' ORDER BY digest",
                             soci::use(show_id), soci::into(hex), soci::into(length), soci::into(side), soci::into(media_type))};
  std::vector<Picture> all;
  statement.execute();
  while (statement.fetch()) {
    if (const auto digest = Digest::from_hex(hex))
      all.push_back({.digest = *digest, .length = ByteCount{static_cast<std::uint64_t>(length)}, .side = side, .media_type = media_type});
  }
  return all;
}

void replace_picture(db::Session& session, const std::string& show_id, const Digest& digest, const std::optional<Digest>& replacement) {
  const auto was = digest.hex();
  const auto becomes = replacement ? replacement->hex() : std::string{};
  const auto noted = replacement ? becomes : std::string{kReplacedByNothing};
  session << "UPDATE pictures SET replacement = :noted WHERE digest = :digest AND show_id = :show", soci::use(noted), soci::use(was),
      soci::use(show_id);
  session << "UPDATE shows SET cover = :becomes WHERE cover = :digest AND id = :show", soci::use(becomes), soci::use(was),
      soci::use(show_id);
  session << "UPDATE episodes SET cover = :becomes WHERE cover = :digest AND show_id = :show", soci::use(becomes), soci::use(was),
      soci::use(show_id);
}

std::vector<ShowPlace> shows_with_public_picture(db::Session& session, const Digest& digest) {
  const auto hex = digest.hex();
  ShowPlace place;
  // “cover <> ''” stands there for the index.
  soci::statement statement{
      (session.prepare << "SELECT shows.network, shows.slug FROM pictures JOIN shows ON shows.id = pictures.show_id "
                          "WHERE pictures.digest = :digest AND shows.deleted = 0 AND (shows.cover = pictures.digest "
                          "OR EXISTS (SELECT 1 FROM episodes WHERE cover = :published AND cover <> '' AND show_id = shows.id AND "
                          "state = 'published' AND episodes.deleted = 0) "
                          "OR NOT EXISTS (SELECT 1 FROM episodes WHERE cover = :used AND cover <> '' AND show_id = shows.id))",
       soci::use(hex), soci::use(hex), soci::use(hex), soci::into(place.network), soci::into(place.slug))};
  std::vector<ShowPlace> places;
  statement.execute();
  while (statement.fetch()) places.push_back(place);
  return places;
}

}  // namespace carillon::podcast::queries
