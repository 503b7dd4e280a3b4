// See status_queries.hpp.

#include "uptime/status_queries.hpp"

#include <soci/soci.h>

namespace carillon::uptime::queries {
namespace {

constexpr const char* kTouch = "UPDATE schema_migrations SET applied = applied WHERE number = 1";
constexpr const char* kFirst = "SELECT applied FROM schema_migrations WHERE number = 1";
// Ids begin with the time they were made: the primary key has the latest at its end.
constexpr const char* kLatest =
    "SELECT prefix, prefix_length, frames, frames_length FROM episodes WHERE state = 'published' AND deleted = 0 ORDER BY id DESC LIMIT "
    ":most";

constexpr const char* kRecordingsAfter =
    "SELECT episodes.id, episodes.title, shows.slug, prefix, prefix_length, frames, frames_length FROM episodes JOIN shows ON shows.id = "
    "show_id WHERE state = 'published' AND episodes.deleted = 0 AND shows.deleted = 0 AND frames <> '' AND episodes.id > :after ORDER BY "
    "episodes.id LIMIT :most";
constexpr const char* kTextsBetween =
    "SELECT kind, episode_texts.language, digest, length, episodes.title, shows.slug FROM episode_texts JOIN episodes ON episodes.id = "
    "episode_id JOIN "
    "shows ON shows.id = show_id WHERE state = 'published' AND episodes.deleted = 0 AND shows.deleted = 0 AND episode_id > :after AND "
    "episode_id <= :last";
constexpr const char* kPicturesAfter =
    "SELECT digest, MIN(length), MIN(shows.slug) FROM pictures JOIN shows ON shows.id = show_id WHERE deleted = 0 AND digest > :after "
    "GROUP "
    "BY digest ORDER BY digest LIMIT :most";
/// Two files an episode, and some texts.
constexpr int kFilesAnEpisode = 2;

void add_file(std::vector<StoredFile>& files, const std::string& hex, long long length, std::string what) {
  if (const auto digest = Digest::from_hex(hex))
    files.push_back({.digest = *digest, .length = ByteCount{static_cast<std::uint64_t>(length)}, .what = std::move(what)});
}

std::string of_episode(const std::string& part, const std::string& title, const std::string& show) {
  return "the " + part + " of “" + title + "” (" + show + ")";
}

struct Page {
  std::string last;  ///< where the next one begins; "" when there was nothing
  int rows = 0;
};

Page recordings_after(db::Session& session, const std::string& after, int most, std::vector<StoredFile>& files) {
  std::string id, title, slug, prefix, frames;
  long long prefix_length = 0, frames_length = 0;
  soci::statement statement{(session.prepare << kRecordingsAfter, soci::use(after), soci::use(most), soci::into(id), soci::into(title),
                             soci::into(slug), soci::into(prefix), soci::into(prefix_length), soci::into(frames),
                             soci::into(frames_length))};
  Page page;
  statement.execute();
  while (statement.fetch()) {
    page.last = id;
    ++page.rows;
    add_file(files, prefix, prefix_length, of_episode("beginning of the recording", title, slug));
    add_file(files, frames, frames_length, of_episode("recording", title, slug));
  }
  return page;
}

void texts_between(db::Session& session, const std::string& after, const std::string& last, std::vector<StoredFile>& files) {
  std::string kind, language, digest, title, slug;
  long long length = 0;
  soci::statement statement{(session.prepare << kTextsBetween, soci::use(after), soci::use(last), soci::into(kind), soci::into(language),
                             soci::into(digest), soci::into(length), soci::into(title), soci::into(slug))};
  statement.execute();
  while (statement.fetch())
    add_file(files, digest, length, of_episode(language.empty() ? kind : kind + " “" + language + "”", title, slug));
}

Page pictures_after(db::Session& session, const std::string& after, int most, std::vector<StoredFile>& files) {
  std::string digest, slug;
  long long length = 0;
  soci::statement statement{
      (session.prepare << kPicturesAfter, soci::use(after), soci::use(most), soci::into(digest), soci::into(length), soci::into(slug))};
  Page page;
  statement.execute();
  while (statement.fetch()) {
    page.last = digest;
    ++page.rows;
    add_file(files, digest, length, "a cover of “" + slug + "”");
  }
  return page;
}

}  // namespace

std::vector<StoredFile> next_public_files(db::Session& session, Place& place, int most) {
  std::vector<StoredFile> files;
  if (place.of == Place::Of::episodes) {
    const int episodes = most / kFilesAnEpisode;
    auto page = recordings_after(session, place.after, episodes, files);
    if (page.rows > 0) texts_between(session, place.after, page.last, files);
    if (page.rows == episodes) {
      place.after = std::move(page.last);
      return files;
    }
    place = {.of = Place::Of::pictures, .after = {}};
  }
  auto page = pictures_after(session, place.after, most, files);
  if (page.rows == most)
    place.after = std::move(page.last);
  else
    place = {};
  return files;
}

void write_something(db::Session& session) { session << kTouch; }

std::optional<Time> first_start(db::Session& session) {
  long long applied = 0;
  session << kFirst, soci::into(applied);
  return session.got_data() ? std::optional{from_microseconds(applied)} : std::nullopt;
}

std::vector<MediaFile> media_of_latest(db::Session& session, int most) {
  std::string prefix, frames;
  long long prefix_length = 0, frames_length = 0;
  soci::statement statement{(session.prepare << kLatest, soci::use(most), soci::into(prefix), soci::into(prefix_length), soci::into(frames),
                             soci::into(frames_length))};
  std::vector<MediaFile> files;
  const auto add = [&files](const std::string& hex, long long length) {
    if (const auto digest = Digest::from_hex(hex)) files.push_back({*digest, ByteCount{static_cast<std::uint64_t>(length)}});
  };
  statement.execute();
  while (statement.fetch()) {
    add(prefix, prefix_length);
    add(frames, frames_length);
  }
  return files;
}

}  // namespace carillon::uptime::queries
