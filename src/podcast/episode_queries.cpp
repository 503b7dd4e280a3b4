// See episode_queries.hpp.

#include "podcast/episode_queries.hpp"

#include <soci/soci.h>

namespace carillon::podcast::queries {
namespace {

constexpr const char* kColumns =
    "id, show_id, guid, slug, file_name, title, notes, season, number, type, is_explicit, state, publish_at, published, original, frames, "
    "frames_length, duration, loudness, "
    "prefix, prefix_length, whole, frozen_since, created, changed, revision";

std::optional<int> number_or_none(int value) { return value == 0 ? std::nullopt : std::optional{value}; }
std::optional<Time> time_or_none(long long value) { return value == 0 ? std::nullopt : std::optional{from_microseconds(value)}; }
long long value_of(const std::optional<Time>& time) { return time ? to_microseconds(*time) : 0; }

/// One episode as its row has it: 0 and "" are none, a flag is -1 when it is the show's.
struct Row {
  Episode episode;
  int season = 0, number = 0, is_explicit = -1;
  long long publish_at = 0, published = 0, frames_length = 0, duration = 0, prefix_length = 0, frozen_since = 0, created = 0, changed = 0,
            revision = 0;
  double loudness = 0;
  std::string type, state, original, frames, prefix, whole;

  Row() = default;
  explicit Row(const Episode& from)
      : episode{from},
        season{from.season.value_or(0)},
        number{from.number.value_or(0)},
        is_explicit{from.is_explicit ? int{*from.is_explicit} : -1},
        publish_at{value_of(from.publish_at)},
        published{value_of(from.published)},
        created{to_microseconds(from.created)},
        changed{to_microseconds(from.changed)},
        revision{from.revision},
        type{name_of(from.type)},
        state{name_of(from.state)},
        original{from.original ? from.original->hex() : ""} {
    if (from.master) {
      frames = from.master->frames.hex();
      frames_length = static_cast<long long>(from.master->frames_length.value);
      duration = from.master->duration.count();
      loudness = from.master->loudness;
    }
    if (from.frozen) {
      prefix = from.frozen->prefix.hex();
      prefix_length = static_cast<long long>(from.frozen->prefix_length.value);
      whole = from.frozen->whole.hex();
      frozen_since = to_microseconds(from.frozen->since);
    }
  }

  template <class Statement>
  void bind_into(Statement& statement) {
    using soci::into;
    statement, into(episode.id), into(episode.show_id), into(episode.guid), into(episode.slug), into(episode.file_name),
        into(episode.title), into(episode.notes), into(season), into(number), into(type), into(is_explicit), into(state), into(publish_at),
        into(published), into(original), into(frames), into(frames_length), into(duration), into(loudness), into(prefix),
        into(prefix_length), into(whole), into(frozen_since), into(created), into(changed), into(revision);
  }

  [[nodiscard]] Episode value() const {
    Episode result = episode;
    result.season = number_or_none(season);
    result.number = number_or_none(number);
    result.type = episode_type_from(type).value_or(EpisodeType::full);
    result.is_explicit = is_explicit < 0 ? std::nullopt : std::optional{is_explicit != 0};
    result.state = episode_state_from(state).value_or(EpisodeState::draft);
    result.publish_at = time_or_none(publish_at);
    result.published = time_or_none(published);
    const auto digest = [](const std::string& hex) {
      const auto parsed = Digest::from_hex(hex);
      return parsed ? std::optional{*parsed} : std::nullopt;
    };
    result.original = digest(original);
    if (const auto known = digest(frames))
      result.master = Master{.frames = *known,
                             .frames_length = ByteCount{static_cast<std::uint64_t>(frames_length)},
                             .duration = std::chrono::microseconds{duration},
                             .loudness = loudness};
    const auto known_prefix = digest(prefix);
    const auto known_whole = digest(whole);
    if (known_prefix && known_whole)
      result.frozen = Frozen{.prefix = *known_prefix,
                             .prefix_length = ByteCount{static_cast<std::uint64_t>(prefix_length)},
                             .since = from_microseconds(frozen_since),
                             .whole = *known_whole};
    result.created = from_microseconds(created);
    result.changed = from_microseconds(changed);
    result.revision = revision;
    return result;
  }
};

/// The episodes that `rest` selects, `values` bound to its parameters in their order.
template <class... Value>
std::vector<Episode> many(db::Session& session, const char* rest, const Value&... values) {
  Row row;
  auto prepared = (session.prepare << "SELECT " << kColumns << " FROM episodes WHERE " << rest);
  (prepared, ..., soci::use(values));
  row.bind_into(prepared);
  soci::statement statement{prepared};
  std::vector<Episode> episodes;
  statement.execute();
  while (statement.fetch()) episodes.push_back(row.value());
  return episodes;
}

}  // namespace

void insert(db::Session& session, const Episode& episode) {
  using soci::use;
  const Row row{episode};
  session << "INSERT INTO episodes (id, show_id, guid, slug, file_name, title, notes, season, number, type, is_explicit, state, "
             "publish_at, published, original, frames, "
             "frames_length, duration, loudness, prefix, prefix_length, whole, frozen_since, created, changed, revision) VALUES (:id, "
             ":show, :guid, "
             ":slug, :file, :title, :notes, :season, "
             ":number, :type, :is_explicit, :state, :publish_at, :published, :original, :frames, :frames_length, :duration, :loudness, "
             ":prefix, :prefix_length, :whole, :frozen_since, "
             ":created, :changed, :revision)",
      use(row.episode.id), use(row.episode.show_id), use(row.episode.guid), use(row.episode.slug), use(row.episode.file_name),
      use(row.episode.title), use(row.episode.notes), use(row.season), use(row.number), use(row.type), use(row.is_explicit), use(row.state),
      use(row.publish_at), use(row.published), use(row.original), use(row.frames), use(row.frames_length), use(row.duration),
      use(row.loudness), use(row.prefix), use(row.prefix_length), use(row.whole), use(row.frozen_since), use(row.created), use(row.changed),
      use(row.revision);
}

void update(db::Session& session, const Episode& episode) {
  using soci::use;
  const Row row{episode};
  session << "UPDATE episodes SET title = :title, notes = :notes, season = :season, number = :number, type = :type, is_explicit = "
             ":is_explicit, state = :state, "
             "publish_at = :publish_at, published = :published, original = :original, frames = :frames, frames_length = :frames_length, "
             "duration = :duration, "
             "loudness = :loudness, prefix = :prefix, prefix_length = :prefix_length, whole = :whole, frozen_since = :frozen_since, "
             "changed = :changed, revision = "
             ":revision WHERE id = :id",
      use(row.episode.title), use(row.episode.notes), use(row.season), use(row.number), use(row.type), use(row.is_explicit), use(row.state),
      use(row.publish_at), use(row.published), use(row.original), use(row.frames), use(row.frames_length), use(row.duration),
      use(row.loudness), use(row.prefix), use(row.prefix_length), use(row.whole), use(row.frozen_since), use(row.changed),
      use(row.revision), use(row.episode.id);
}

void remove_episode(db::Session& session, const std::string& id) { session << "DELETE FROM episodes WHERE id = :id", soci::use(id); }

std::optional<Episode> episode(db::Session& session, const std::string& id) {
  auto found = many(session, "id = :id", id);
  if (found.empty()) return {};
  return std::move(found.front());
}

std::vector<Episode> episodes_of(db::Session& session, const std::string& show_id) {
  return many(session, "show_id = :show ORDER BY CASE WHEN published = 0 THEN created ELSE published END DESC, id DESC", show_id);
}

std::vector<Episode> published_episodes_of(db::Session& session, const std::string& show_id) {
  return many(session, "show_id = :show AND state = 'published' ORDER BY published DESC, id DESC", show_id);
}

std::vector<Episode> scheduled_until(db::Session& session, Time now, std::size_t limit) {
  return many(session, "state = 'scheduled' AND publish_at <= :now AND frames <> '' AND whole <> '' ORDER BY publish_at, id LIMIT :most",
              to_microseconds(now), static_cast<long long>(limit));
}

bool slug_is_taken(db::Session& session, const std::string& show_id, const std::string& slug) {
  int count = 0;
  session << "SELECT COUNT(*) FROM episodes WHERE show_id = :show AND slug = :slug", soci::use(show_id), soci::use(slug), soci::into(count);
  return count > 0;
}

std::optional<std::string> show_slug_of(db::Session& session, const std::string& episode_id) {
  std::string slug;
  session << "SELECT shows.slug FROM episodes JOIN shows ON shows.id = episodes.show_id WHERE episodes.id = :id", soci::use(episode_id),
      soci::into(slug);
  if (!session.got_data()) return {};
  return slug;
}

}  // namespace carillon::podcast::queries
