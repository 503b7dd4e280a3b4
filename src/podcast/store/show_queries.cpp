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
    "COALESCE(pictures.media_type, '')";
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

/// Where the columns of one show land.
struct Row {
  Show show;
  int is_explicit = 0, serial = 0, locked = 0, side = 0;
  long long created = 0, changed = 0, revision = 0, deleted = 0, cover_length = 0;
  std::string cover, media_type, metadata;

  template <class Statement>
  void bind(Statement& statement) {
    using soci::into;
    statement, into(show.id), into(show.network), into(show.slug), into(show.title), into(show.description), into(show.language),
        into(show.category.name), into(show.category.sub), into(show.author), into(show.owner_email), into(show.copyright), into(show.link),
        into(is_explicit), into(serial), into(locked), into(show.medium), into(show.format.bitrate), into(show.format.channels),
        into(show.format.sample_rate), into(cover), into(show.guid), into(metadata), into(created), into(changed), into(revision),
        into(deleted), into(cover_length), into(side), into(media_type);
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
    result.deleted = deleted == 0 ? std::nullopt : std::optional{from_microseconds(deleted)};
    if (const auto digest = Digest::from_hex(cover); digest && !media_type.empty())
      result.cover =
          Picture{.digest = *digest, .length = ByteCount{static_cast<std::uint64_t>(cover_length)}, .side = side, .media_type = media_type};
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
  session << "INSERT INTO shows (id, network, slug, title, description, language, category, category_sub, author, owner_email, copyright, "
             "link, is_explicit, serial, locked, "
             "medium, bitrate, channels, sample_rate, guid, metadata, created, changed, revision) VALUES (:id, :network, :slug, :title, "
             ":description, :language, :category, :sub, "
             ":author, :owner_email, :copyright, :link, :is_explicit, :serial, :locked, :medium, :bitrate, :channels, :sample_rate, :guid, "
             ":metadata, "
             ":created, :changed, :revision)",
      use(show.id), use(show.network), use(show.slug), use(show.title), use(show.description), use(show.language), use(show.category.name),
      use(show.category.sub), use(show.author), use(show.owner_email), use(show.copyright), use(show.link), use(is_explicit), use(serial),
      use(locked), use(show.medium), use(show.format.bitrate), use(show.format.channels), use(show.format.sample_rate), use(show.guid),
      use(metadata), use(created), use(changed), use(revision);
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
  session << "SELECT id, show_id, slug, created, changed FROM feeds WHERE id = :show", soci::use(show_id), soci::into(feed.id),
      soci::into(feed.show_id), soci::into(feed.slug), soci::into(created), soci::into(changed);
  if (!session.got_data()) return {};
  feed.created = from_microseconds(created);
  feed.changed = from_microseconds(changed);
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
  session << "UPDATE shows SET title = :title, description = :description, language = :language, category = :category, category_sub = "
             ":sub, author = :author, "
             "owner_email = :owner_email, copyright = :copyright, link = :link, is_explicit = :is_explicit, serial = :serial, locked = "
             ":locked, medium = :medium, bitrate = :bitrate, channels = :channels, sample_rate = :rate, "
             "cover = :cover, metadata = :metadata, changed = :changed, revision = :revision, deleted = :deleted WHERE id = :id",
      use(show.title), use(show.description), use(show.language), use(show.category.name), use(show.category.sub), use(show.author),
      use(show.owner_email), use(show.copyright), use(show.link), use(is_explicit), use(serial), use(locked), use(show.medium),
      use(show.format.bitrate), use(show.format.channels), use(show.format.sample_rate), use(cover), use(metadata), use(changed),
      use(revision), use(deleted), use(show.id);
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
      (session.prepare << "SELECT slug FROM shows WHERE deleted = 0 ORDER BY title, slug LIMIT :most", soci::use(limit), soci::into(slug))};
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
                          "shows.id AND episodes.state = 'published' AND episodes.deleted = 0), 0) FROM shows WHERE deleted = 0 ORDER BY "
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

void insert(db::Session& session, const std::string& show_id, const Picture& picture) {
  const auto digest = picture.digest.hex();
  const auto length = static_cast<long long>(picture.length.value);
  session << "INSERT INTO pictures (digest, show_id, length, side, media_type) VALUES (:digest, :show, :length, :side, :type) ON CONFLICT "
             "(digest, show_id) DO NOTHING",
      soci::use(digest), soci::use(show_id), soci::use(length), soci::use(picture.side), soci::use(picture.media_type);
}

std::optional<Picture> picture(db::Session& session, const Digest& digest) {
  const auto hex = digest.hex();
  long long length = 0;
  Picture found{.digest = digest, .length = {}, .side = 0, .media_type = {}};
  session << "SELECT length, side, media_type FROM pictures JOIN shows ON shows.id = pictures.show_id WHERE digest = :digest AND deleted = "
             "0 LIMIT 1",
      soci::use(hex), soci::into(length), soci::into(found.side), soci::into(found.media_type);
  if (!session.got_data()) return {};
  found.length = ByteCount{static_cast<std::uint64_t>(length)};
  return found;
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
