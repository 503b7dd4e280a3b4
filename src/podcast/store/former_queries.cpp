// See former.hpp.

#include "podcast/store/former.hpp"

#include <soci/soci.h>

namespace carillon::podcast::queries {
namespace {

constexpr const char* kShowThatHad = "SELECT show_id FROM former_slugs WHERE slug = :slug";
constexpr const char* kSlugOfToday =
    "SELECT shows.slug FROM former_slugs JOIN shows ON shows.id = former_slugs.show_id WHERE former_slugs.slug = :slug AND shows.deleted = "
    "0";
constexpr const char* kForgetFormer = "DELETE FROM former_slugs WHERE slug = :slug";
constexpr const char* kKeepFormer = "INSERT INTO former_slugs (slug, show_id) VALUES (:slug, :show)";
constexpr const char* kTakeFeed = "UPDATE feeds SET slug = :slug WHERE id = :show";
constexpr const char* kForgetGone = "DELETE FROM gone_shows WHERE slug = :slug";

constexpr const char* kShowIsGone =
    "SELECT (SELECT COUNT(*) FROM gone_shows WHERE slug = :gone) + (SELECT COUNT(*) FROM shows WHERE slug = :slug AND deleted <> 0) + "
    "(SELECT COUNT(*) FROM former_slugs JOIN shows ON shows.id = former_slugs.show_id WHERE former_slugs.slug = :former AND shows.deleted "
    "<> 0)";
constexpr const char* kEpisodeIsGone =
    "SELECT (SELECT COUNT(*) FROM gone_episodes WHERE id = :gone) + (SELECT COUNT(*) FROM episodes JOIN shows ON shows.id = "
    "episodes.show_id "
    "WHERE episodes.id = :id AND episodes.published <> 0 AND (episodes.deleted <> 0 OR shows.deleted <> 0))";
constexpr const char* kEpisodeIsGoneAt =
    "SELECT (SELECT COUNT(*) FROM gone_episodes WHERE show_id = :gone_show AND slug = :gone_slug) + (SELECT COUNT(*) FROM episodes WHERE "
    "show_id = :show AND slug = :slug AND published <> 0 AND deleted <> 0)";

constexpr const char* kRememberEpisodes =
    "INSERT INTO gone_episodes (id, show_id, slug) SELECT episodes.id, episodes.show_id, episodes.slug FROM episodes JOIN shows ON "
    "shows.id = "
    "episodes.show_id WHERE episodes.published <> 0 AND ((episodes.deleted <> 0 AND episodes.deleted < :one) OR (shows.deleted <> 0 AND "
    "shows.deleted < :other)) ON CONFLICT (id) DO NOTHING";
constexpr const char* kRememberShows =
    "INSERT INTO gone_shows (slug) SELECT slug FROM shows WHERE deleted <> 0 AND deleted < :time ON CONFLICT (slug) DO NOTHING";
constexpr const char* kRememberFormer =
    "INSERT INTO gone_shows (slug) SELECT former_slugs.slug FROM former_slugs JOIN shows ON shows.id = former_slugs.show_id WHERE "
    "shows.deleted "
    "<> 0 AND shows.deleted < :time ON CONFLICT (slug) DO NOTHING";

std::optional<std::string> text_at(db::Session& session, const char* query, const std::string& slug) {
  std::string found;
  session << query, soci::use(slug), soci::into(found);
  if (!session.got_data()) return {};
  return found;
}

}  // namespace

std::optional<std::string> show_that_had(db::Session& session, const std::string& slug) { return text_at(session, kShowThatHad, slug); }
std::optional<std::string> slug_of_today(db::Session& session, const std::string& former) { return text_at(session, kSlugOfToday, former); }

void keep_former_slug(db::Session& session, const Show& show, const std::string& former) {
  session << kKeepFormer, soci::use(former), soci::use(show.id);
}

void take_slug(db::Session& session, const Show& show) {
  session << kForgetFormer, soci::use(show.slug);
  session << kForgetGone, soci::use(show.slug);
  session << kTakeFeed, soci::use(show.slug), soci::use(show.id);
}

bool show_is_gone(db::Session& session, const std::string& slug) {
  int count = 0;
  session << kShowIsGone, soci::use(slug), soci::use(slug), soci::use(slug), soci::into(count);
  return count > 0;
}

bool episode_is_gone(db::Session& session, const std::string& id) {
  int count = 0;
  session << kEpisodeIsGone, soci::use(id), soci::use(id), soci::into(count);
  return count > 0;
}

bool episode_is_gone(db::Session& session, const std::string& show_id, const std::string& slug) {
  int count = 0;
  session << kEpisodeIsGoneAt, soci::use(show_id), soci::use(slug), soci::use(show_id), soci::use(slug), soci::into(count);
  return count > 0;
}

void remember_gone(db::Session& session, Time time) {
  const auto moment = to_microseconds(time);
  session << kRememberEpisodes, soci::use(moment), soci::use(moment);
  session << kRememberShows, soci::use(moment);
  session << kRememberFormer, soci::use(moment);
}

}  // namespace carillon::podcast::queries
