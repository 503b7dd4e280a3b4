// See show_queries.hpp.

#include "podcast/show_queries.hpp"

#include <soci/soci.h>

namespace carillon::podcast::queries {
namespace {

constexpr const char* kColumns =
    "shows.id, network, slug, title, description, language, category, category_sub, author, owner_email, copyright, link, is_explicit, "
    "serial, locked, medium, bitrate, "
    "channels, sample_rate, cover, guid, created, changed, revision, COALESCE(pictures.length, 0), COALESCE(pictures.side, 0), "
    "COALESCE(pictures.media_type, '')";
constexpr const char* kFrom = " FROM shows LEFT JOIN pictures ON pictures.digest = shows.cover AND pictures.show_id = shows.id ";

/// Where the columns of one show land.
struct Row {
  Show show;
  int is_explicit = 0, serial = 0, locked = 0, side = 0;
  long long created = 0, changed = 0, revision = 0, cover_length = 0;
  std::string cover, media_type;

  template <class Statement>
  void bind(Statement& statement) {
    using soci::into;
    statement, into(show.id), into(show.network), into(show.slug), into(show.title), into(show.description), into(show.language),
        into(show.category.name), into(show.category.sub), into(show.author), into(show.owner_email), into(show.copyright), into(show.link),
        into(is_explicit), into(serial), into(locked), into(show.medium), into(show.format.bitrate), into(show.format.channels),
        into(show.format.sample_rate), into(cover), into(show.guid), into(created), into(changed), into(revision), into(cover_length),
        into(side), into(media_type);
  }
  [[nodiscard]] Show value() const {
    Show result = show;
    result.is_explicit = is_explicit != 0;
    result.serial = serial != 0;
    result.locked = locked != 0;
    result.created = from_microseconds(created);
    result.changed = from_microseconds(changed);
    result.revision = revision;
    if (const auto digest = Digest::from_hex(cover); digest && !media_type.empty())
      result.cover =
          Picture{.digest = *digest, .length = ByteCount{static_cast<std::uint64_t>(cover_length)}, .side = side, .media_type = media_type};
    else
      result.cover.reset();
    return result;
  }
};

std::optional<Show> one(db::Session& session, const char* where, const std::string& value) {
  Row row;
  auto prepared = (session.prepare << "SELECT " << kColumns << kFrom << "WHERE " << where << " = :value", soci::use(value));
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
  session << "INSERT INTO shows (id, network, slug, title, description, language, category, category_sub, author, owner_email, copyright, "
             "link, is_explicit, serial, locked, "
             "medium, bitrate, channels, sample_rate, guid, created, changed, revision) VALUES (:id, :network, :slug, :title, "
             ":description, :language, :category, :sub, "
             ":author, :owner_email, :copyright, :link, :is_explicit, :serial, :locked, :medium, :bitrate, :channels, :sample_rate, :guid, "
             ":created, :changed, :revision)",
      use(show.id), use(show.network), use(show.slug), use(show.title), use(show.description), use(show.language), use(show.category.name),
      use(show.category.sub), use(show.author), use(show.owner_email), use(show.copyright), use(show.link), use(is_explicit), use(serial),
      use(locked), use(show.medium), use(show.format.bitrate), use(show.format.channels), use(show.format.sample_rate), use(show.guid),
      use(created), use(changed), use(revision);
}

void update(db::Session& session, const Show& show) {
  using soci::use;
  const int is_explicit = show.is_explicit, serial = show.serial, locked = show.locked;
  const auto changed = to_microseconds(show.changed);
  const auto revision = static_cast<long long>(show.revision);
  const auto cover = show.cover ? show.cover->digest.hex() : std::string{};
  session << "UPDATE shows SET title = :title, description = :description, language = :language, category = :category, category_sub = "
             ":sub, author = :author, "
             "owner_email = :owner_email, copyright = :copyright, link = :link, is_explicit = :is_explicit, serial = :serial, locked = "
             ":locked, medium = :medium, "
             "cover = :cover, changed = :changed, revision = :revision WHERE id = :id",
      use(show.title), use(show.description), use(show.language), use(show.category.name), use(show.category.sub), use(show.author),
      use(show.owner_email), use(show.copyright), use(show.link), use(is_explicit), use(serial), use(locked), use(show.medium), use(cover),
      use(changed), use(revision), use(show.id);
}

void remove_show(db::Session& session, const std::string& id) { session << "DELETE FROM shows WHERE id = :id", soci::use(id); }

std::optional<Show> show_with_slug(db::Session& session, const std::string& slug) { return one(session, "slug", slug); }
std::optional<Show> show_with_id(db::Session& session, const std::string& id) { return one(session, "shows.id", id); }

std::vector<Show> shows(db::Session& session, const std::optional<std::string>& network, const std::string& after, std::size_t limit) {
  Row row;
  const auto most = static_cast<long long>(limit);
  const auto wanted = network.value_or("");
  // One statement each: the planner is to take the index of the network, or of the slug.
  auto prepared = network ? (session.prepare << "SELECT " << kColumns << kFrom
                                             << "WHERE network = :network AND slug > :after ORDER BY slug LIMIT :most",
                             soci::use(wanted), soci::use(after), soci::use(most))
                          : (session.prepare << "SELECT " << kColumns << kFrom << "WHERE slug > :after ORDER BY slug LIMIT :most",
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
      (session.prepare << "SELECT slug FROM shows ORDER BY title, slug LIMIT :most", soci::use(limit), soci::into(slug))};
  std::vector<std::string> slugs;
  statement.execute();
  while (statement.fetch()) slugs.push_back(slug);
  return slugs;
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
  session << "SELECT length, side, media_type FROM pictures WHERE digest = :digest LIMIT 1", soci::use(hex), soci::into(length),
      soci::into(found.side), soci::into(found.media_type);
  if (!session.got_data()) return {};
  found.length = ByteCount{static_cast<std::uint64_t>(length)};
  return found;
}

}  // namespace carillon::podcast::queries
