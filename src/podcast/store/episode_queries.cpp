// See episodes.hpp.

#include "podcast/store/episodes.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <soci/soci.h>
#include <boost/json/parse.hpp>

#include <limits>
#include <unordered_map>

namespace carillon::podcast::queries {
namespace {

constexpr const char* kColumns =
    "id, show_id, guid, slug, file_name, title, notes, season, number, type, is_explicit, state, publish_at, published, original, frames, "
    "frames_length, duration, loudness, "
    "prefix, prefix_length, whole, frozen_since, metadata, created, changed, revision, deleted, cover, "
    "COALESCE((SELECT length FROM pictures WHERE pictures.digest = episodes.cover AND pictures.show_id = episodes.show_id), 0), "
    "COALESCE((SELECT side FROM pictures WHERE pictures.digest = episodes.cover AND pictures.show_id = episodes.show_id), 0), "
    "COALESCE((SELECT media_type FROM pictures WHERE pictures.digest = episodes.cover AND pictures.show_id = episodes.show_id), ''), "
    "COALESCE((SELECT sized FROM pictures WHERE pictures.digest = episodes.cover AND pictures.show_id = episodes.show_id), 0), "
    "source_loudness, true_peak, findings, original_length, processed, original_dropped, details";

/// Of masters that were made before their recording's loudness was kept; no sound is as loud.
constexpr double kUnknownLoudness = 1000;

std::optional<int> number_or_none(int value) { return value == 0 ? std::nullopt : std::optional{value}; }
std::optional<Time> time_or_none(long long value) { return value == 0 ? std::nullopt : std::optional{from_microseconds(value)}; }

/// As it was stored; what can't be read back (nothing of ours) is as if nothing had been said.
EpisodeMetadata metadata_from(const std::string& text) {
  EpisodeMetadata metadata;
  boost::json::error_code bad;
  const auto document = boost::json::parse(text, bad);
  if (bad || !document.is_object()) return metadata;
  if (auto edit = episode_metadata_from(document.as_object())) apply(std::move(*edit), metadata);
  return metadata;
}

long long value_of(const std::optional<Time>& time) { return time ? to_microseconds(*time) : 0; }

/// Bytes of title, guests and notes that a search looks through: notes longer than that are transcripts.
constexpr std::size_t kMaxSearched = 16 * 1024;
/// Each is looked for in every episode of the show.
constexpr std::size_t kMaxSearchWords = 10;

/// One episode as its row has it: 0 and "" are none, a flag is -1 when it is the show's.
struct Row {
  Episode episode;
  int season = 0, number = 0, is_explicit = -1, cover_side = 0, cover_sized = 0;
  long long publish_at = 0, published = 0, frames_length = 0, duration = 0, prefix_length = 0, frozen_since = 0, created = 0, changed = 0,
            revision = 0, deleted = 0, cover_length = 0, original_length = 0, processed = 0, original_dropped = 0;
  double loudness = 0, source_loudness = kUnknownLoudness, true_peak = kUnknownLoudness;
  std::string findings, details = "{}";
  std::string type, state, original, frames, prefix, whole, metadata, cover, cover_type;
  std::string title_key;  // with the next one only written: what lists are sorted by
  long long listed = 0;

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
        deleted{value_of(from.deleted)},
        original_length{from.original ? static_cast<long long>(from.original->length.value) : 0},
        processed{from.original ? value_of(from.original->processed) : 0},
        original_dropped{value_of(from.original_dropped)},
        type{name_of(from.type)},
        state{name_of(from.state)},
        original{from.original ? from.original->digest.hex() : ""},
        metadata{json_text(document_of(from.metadata))},
        cover{from.cover ? from.cover->digest.hex() : ""},
        title_key{folded(from.title)},
        listed{to_microseconds(from.published.value_or(from.created))} {
    if (from.master) {
      frames = from.master->frames.hex();
      frames_length = static_cast<long long>(from.master->frames_length.value);
      duration = from.master->duration.count();
      loudness = from.master->loudness;
      source_loudness = from.master->source_loudness.value_or(kUnknownLoudness);
      true_peak = from.master->true_peak.value_or(kUnknownLoudness);
      findings = findings_text(from.master->findings);
      details = details_text(from.master->details);
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
        into(prefix_length), into(whole), into(frozen_since), into(metadata), into(created), into(changed), into(revision), into(deleted),
        into(cover), into(cover_length), into(cover_side), into(cover_type), into(cover_sized), into(source_loudness), into(true_peak),
        into(findings), into(original_length), into(processed), into(original_dropped), into(details);
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
    result.original.reset();
    if (const auto known = digest(original))
      result.original = Original{
          .digest = *known, .length = ByteCount{static_cast<std::uint64_t>(original_length)}, .processed = time_or_none(processed)};
    result.original_dropped = time_or_none(original_dropped);
    if (const auto known = digest(frames))
      result.master = Master{.frames = *known,
                             .frames_length = ByteCount{static_cast<std::uint64_t>(frames_length)},
                             .duration = std::chrono::microseconds{duration},
                             .loudness = loudness,
                             .source_loudness = source_loudness == kUnknownLoudness ? std::nullopt : std::optional{source_loudness},
                             .true_peak = true_peak == kUnknownLoudness ? std::nullopt : std::optional{true_peak},
                             .findings = findings_from(findings),
                             .details = details_from(details)};
    const auto known_prefix = digest(prefix);
    const auto known_whole = digest(whole);
    if (known_prefix && known_whole)
      result.frozen = Frozen{.prefix = *known_prefix,
                             .prefix_length = ByteCount{static_cast<std::uint64_t>(prefix_length)},
                             .since = from_microseconds(frozen_since),
                             .whole = *known_whole};
    const auto known_cover = digest(cover);
    result.cover.reset();
    if (known_cover && !cover_type.empty())
      result.cover = Picture{.digest = *known_cover,
                             .length = ByteCount{static_cast<std::uint64_t>(cover_length)},
                             .side = cover_side,
                             .media_type = cover_type,
                             .sized = cover_sized != 0};
    result.created = from_microseconds(created);
    result.changed = from_microseconds(changed);
    result.revision = revision;
    result.metadata = metadata_from(metadata);
    result.deleted = time_or_none(deleted);
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

const std::string kChapters = "chapters";
const std::string kTranscript = "transcript";

/// Gives each episode its texts: those that `which` selects, `values` bound to its parameters.
void add_texts(db::Session& session, std::vector<Episode>& episodes, const std::string& which, const std::vector<std::string>& values) {
  std::unordered_map<std::string_view, Episode*> by_id;
  for (auto& episode : episodes) by_id[episode.id] = &episode;
  std::string id, kind, language, hex;
  long long length = 0;
  int timed = 1;
  auto prepared = (session.prepare << "SELECT episode_id, kind, language, digest, length, timed FROM episode_texts WHERE " << which
                                   << " ORDER BY language",
                   soci::into(id), soci::into(kind), soci::into(language), soci::into(hex), soci::into(length), soci::into(timed));
  for (const auto& value : values) (prepared, soci::use(value));
  soci::statement statement{prepared};
  statement.execute();
  while (statement.fetch()) {
    const auto found = by_id.find(id);
    const auto digest = Digest::from_hex(hex);
    if (found == by_id.end() || !digest) continue;
    const StoredText text{*digest, ByteCount{static_cast<std::uint64_t>(length)}};
    if (kind == kChapters)
      found->second->chapters = text;
    else
      found->second->transcripts.push_back({.language = language, .text = text, .timed = timed != 0});
  }
}

/// Gives each episode its cue points, likewise.
void add_cue_points(db::Session& session, std::vector<Episode>& episodes, const std::string& which,
                    const std::vector<std::string>& values) {
  std::unordered_map<std::string_view, Episode*> by_id;
  for (auto& episode : episodes) by_id[episode.id] = &episode;
  std::string id, kind;
  long long at = 0, until = 0;
  int slots = 0;
  auto prepared =
      (session.prepare << "SELECT episode_id, at, kind, slots, until FROM cue_points WHERE " << which << " ORDER BY episode_id, place",
       soci::into(id), soci::into(at), soci::into(kind), soci::into(slots), soci::into(until));
  for (const auto& value : values) (prepared, soci::use(value));
  soci::statement statement{prepared};
  statement.execute();
  while (statement.fetch()) {
    const auto found = by_id.find(id);
    const auto known = cue_kind_from(kind);
    if (found == by_id.end() || !known) continue;
    CuePoint point{.at = std::chrono::milliseconds{at}, .kind = *known, .slots = slots, .until = {}};
    if (*known == CueKind::remove) point.until = std::chrono::milliseconds{until};
    found->second->cue_points.push_back(point);
  }
}

/// What lies in tables of its own.
void add_rest(db::Session& session, std::vector<Episode>& episodes, const std::string& which, const std::vector<std::string>& values) {
  add_texts(session, episodes, which, values);
  add_cue_points(session, episodes, which, values);
}

std::vector<Episode> with_rest(db::Session& session, const std::string& show_id, std::vector<Episode> episodes) {
  if (!episodes.empty()) add_rest(session, episodes, "episode_id IN (SELECT id FROM episodes WHERE show_id = :show)", {show_id});
  return episodes;
}

/// Episodes whose texts are asked for by their ids; for more, those of the whole show are read.
constexpr std::size_t kMaxNamed = 500;

std::vector<Episode> with_rest_of_page(db::Session& session, const std::string& show_id, std::vector<Episode> episodes) {
  if (episodes.empty() || episodes.size() > kMaxNamed) return with_rest(session, show_id, std::move(episodes));
  std::string which;
  std::vector<std::string> ids;
  for (const auto& episode : episodes) {
    which += (which.empty() ? "episode_id IN (:id" : ", :id") + std::to_string(ids.size());
    ids.push_back(episode.id);
  }
  add_rest(session, episodes, which + ")", ids);
  return episodes;
}

/// What one list holds, as SQL: parameters in the order of bind_into, behind the show's id.
struct Selection {
  std::string condition, behind, order;
  bool by_title = false;

  explicit Selection(const EpisodeListWish& name_options) : by_title{name_options.order == EpisodeOrder::title} {
    condition = name_options.deleted ? "show_id = :show AND deleted <> 0" : "show_id = :show AND deleted = 0";
    for (const auto state : name_options.states) {
      condition += states_.empty() ? " AND state IN (:state" : ", :state";
      condition += std::to_string(states_.size());
      states_.emplace_back(name_of(state));
    }
    if (!states_.empty()) condition += ")";
    // Each word anywhere in title, notes or guests, or as the number.
    const auto search = folded(name_options.search);
    for (const auto word : split(search, ' ')) {
      if (word.empty() || wanted_.size() == kMaxSearchWords) continue;
      const auto place = std::to_string(wanted_.size());
      condition += " AND (EXISTS (SELECT 1 FROM episode_words WHERE episode_words.episode_id = episodes.id AND words LIKE :word" + place +
                   " ESCAPE '!') OR number = :number" + place + ")";
      Wanted wanted{.pattern = "%"};
      for (const char c : word) {
        if (c == '%' || c == '_' || c == '!') wanted.pattern += '!';
        wanted.pattern += c;
      }
      wanted.pattern += '%';
      const auto number = parse_number(word.starts_with('#') ? word.substr(1) : word);
      if (number && *number > 0 && *number <= static_cast<std::uint64_t>(std::numeric_limits<int>::max()))
        wanted.number = static_cast<int>(*number);
      wanted_.push_back(std::move(wanted));
    }
    const std::string key = by_title ? "title_key" : name_options.deleted ? "deleted" : "listed";
    const bool ascending = name_options.order != EpisodeOrder::newest;
    behind = "(" + key + ", id) " + (ascending ? ">" : "<") + " (:key, :id)";
    order = ascending ? key + ", id" : key + " DESC, id DESC";
  }

  template <class Statement>
  void bind_into(Statement& statement) const {
    for (const auto& state : states_) (statement, soci::use(state));
    for (const auto& wanted : wanted_) (statement, soci::use(wanted.pattern), soci::use(wanted.number));
  }

 private:
  std::vector<std::string> states_;
  struct Wanted {
    std::string pattern;
    int number = -1;  // that of no episode; those without one have 0
  };
  std::vector<Wanted> wanted_;
};

/// What an episode is found by.
std::string words_of(const Episode& episode) {
  auto text = episode.title + "\n" + episode.metadata.number_display;
  for (const auto& person : episode.metadata.persons) text += "\n" + person.name;
  text += "\n" + episode.notes;
  return folded(cut_to(text, kMaxSearched));
}

void set_words(db::Session& session, const std::string& id, const std::string& words) {
  session
      << "INSERT INTO episode_words (episode_id, words) VALUES (:id, :words) ON CONFLICT (episode_id) DO UPDATE SET words = excluded.words",
      soci::use(id), soci::use(words);
}

/// The one episode, if it was found.
std::optional<Episode> with_rest(db::Session& session, std::vector<Episode> found) {
  if (found.empty()) return {};
  const auto id = found.front().id;
  add_rest(session, found, "episode_id = :id", {id});
  return std::move(found.front());
}

void set_text(db::Session& session, const std::string& episode_id, const std::string& kind, const std::string& language,
              const std::optional<StoredText>& text, bool is_timed = true) {
  using soci::use;
  const int timed = is_timed;
  if (!text) {
    session << "DELETE FROM episode_texts WHERE episode_id = :id AND kind = :kind AND language = :language", use(episode_id), use(kind),
        use(language);
    return;
  }
  const auto hex = text->digest.hex();
  const auto length = static_cast<long long>(text->length.value);
  session
      << "INSERT INTO episode_texts (episode_id, kind, language, digest, length, timed) VALUES (:id, :kind, :language, :digest, :length, "
         ":timed) ON CONFLICT (episode_id, kind, language) DO UPDATE SET digest = excluded.digest, length = excluded.length, timed = "
         "excluded.timed",
      use(episode_id), use(kind), use(language), use(hex), use(length), use(timed);
}

}  // namespace

void insert(db::Session& session, const Episode& episode) {
  using soci::use;
  const Row row{episode};
  session
      << "INSERT INTO episodes (id, show_id, guid, slug, file_name, title, notes, season, number, type, is_explicit, state, "
         "publish_at, published, original, frames, "
         "frames_length, duration, loudness, prefix, prefix_length, whole, frozen_since, metadata, created, changed, revision, "
         "deleted, listed, title_key, cover, source_loudness, true_peak, findings, original_length, processed, original_dropped, details) "
         "VALUES (:id, "
         ":show, :guid, "
         ":slug, :file, :title, :notes, :season, "
         ":number, :type, :is_explicit, :state, :publish_at, :published, :original, :frames, :frames_length, :duration, :loudness, "
         ":prefix, :prefix_length, :whole, :frozen_since, :metadata, "
         ":created, :changed, :revision, :deleted, :listed, :title_key, :cover, :source_loudness, :true_peak, :findings, "
         ":original_length, :processed, :original_dropped, :details)",
      use(row.episode.id), use(row.episode.show_id), use(row.episode.guid), use(row.episode.slug), use(row.episode.file_name),
      use(row.episode.title), use(row.episode.notes), use(row.season), use(row.number), use(row.type), use(row.is_explicit), use(row.state),
      use(row.publish_at), use(row.published), use(row.original), use(row.frames), use(row.frames_length), use(row.duration),
      use(row.loudness), use(row.prefix), use(row.prefix_length), use(row.whole), use(row.frozen_since), use(row.metadata),
      use(row.created), use(row.changed), use(row.revision), use(row.deleted), use(row.listed), use(row.title_key), use(row.cover),
      use(row.source_loudness), use(row.true_peak), use(row.findings), use(row.original_length), use(row.processed),
      use(row.original_dropped), use(row.details);
  set_words(session, episode.id, words_of(episode));
}

void update(db::Session& session, const Episode& episode) {
  using soci::use;
  const Row row{episode};
  session
      << "UPDATE episodes SET slug = :slug, file_name = :file_name, title = :title, notes = :notes, season = :season, number = "
         ":number, type = :type, is_explicit = "
         ":is_explicit, state = :state, "
         "publish_at = :publish_at, published = :published, original = :original, frames = :frames, frames_length = :frames_length, "
         "duration = :duration, "
         "loudness = :loudness, prefix = :prefix, prefix_length = :prefix_length, whole = :whole, frozen_since = :frozen_since, "
         "metadata = :metadata, changed = :changed, revision = :revision, deleted = :deleted, listed = :listed, title_key = :title_key, "
         "cover = :cover, source_loudness = :source_loudness, true_peak = :true_peak, findings = :findings, original_length = "
         ":original_length, processed = :processed, original_dropped = :original_dropped, details = :details WHERE id = :id",
      use(row.episode.slug), use(row.episode.file_name), use(row.episode.title), use(row.episode.notes), use(row.season), use(row.number),
      use(row.type), use(row.is_explicit), use(row.state), use(row.publish_at), use(row.published), use(row.original), use(row.frames),
      use(row.frames_length), use(row.duration), use(row.loudness), use(row.prefix), use(row.prefix_length), use(row.whole),
      use(row.frozen_since), use(row.metadata), use(row.changed), use(row.revision), use(row.deleted), use(row.listed), use(row.title_key),
      use(row.cover), use(row.source_loudness), use(row.true_peak), use(row.findings), use(row.original_length), use(row.processed),
      use(row.original_dropped), use(row.details), use(row.episode.id);
  set_words(session, episode.id, words_of(episode));
}

void remove_episode(db::Session& session, const std::string& id) { session << "DELETE FROM episodes WHERE id = :id", soci::use(id); }

std::optional<Episode> episode(db::Session& session, const std::string& id) {
  return with_rest(session,
                   many(session,
                        "id = :id AND deleted = 0 AND NOT EXISTS (SELECT 1 FROM shows WHERE shows.id = episodes.show_id AND shows.deleted "
                        "<> 0)",
                        id));
}

std::optional<Episode> episode_even_deleted(db::Session& session, const std::string& id) {
  return with_rest(session, many(session, "id = :id", id));
}

EpisodeList list_of(db::Session& session, const std::string& show_id, const EpisodeListWish& name_options) {
  const Selection selection{name_options};
  EpisodeList list;
  long long total = 0;
  {
    auto prepared = (session.prepare << "SELECT COUNT(*) FROM episodes WHERE " << selection.condition);
    (prepared, soci::use(show_id), soci::into(total));
    selection.bind_into(prepared);
    soci::statement statement{prepared};
    statement.execute(true);
  }
  list.total = static_cast<std::uint64_t>(total);

  const auto most = static_cast<long long>(name_options.limit) + 1;
  const auto key =
      name_options.after && !selection.by_title ? static_cast<long long>(parse_number(name_options.after->key).value_or(0)) : 0LL;
  // The page is found in the index alone, and only its rows are read.
  const auto sql = "id IN (SELECT id FROM episodes WHERE " + selection.condition + (name_options.after ? " AND " + selection.behind : "") +
                   " ORDER BY " + selection.order + " LIMIT :most) ORDER BY " + selection.order;
  Row row;
  auto prepared = (session.prepare << "SELECT " << kColumns << " FROM episodes WHERE " << sql);
  (prepared, soci::use(show_id));
  selection.bind_into(prepared);
  if (name_options.after && selection.by_title) (prepared, soci::use(name_options.after->key), soci::use(name_options.after->id));
  if (name_options.after && !selection.by_title) (prepared, soci::use(key), soci::use(name_options.after->id));
  (prepared, soci::use(most));
  row.bind_into(prepared);
  soci::statement statement{prepared};
  statement.execute();
  while (statement.fetch()) list.episodes.push_back(row.value());
  if (list.episodes.size() > name_options.limit) {
    list.episodes.pop_back();
    const auto& last = list.episodes.back();
    const Time time = name_options.deleted ? last.deleted.value_or(last.created) : last.published.value_or(last.created);
    list.next = EpisodePlace{
        .order = name_options.order, .key = selection.by_title ? folded(last.title) : std::to_string(to_microseconds(time)), .id = last.id};
  }
  list.episodes = with_rest_of_page(session, show_id, std::move(list.episodes));
  return list;
}

void make_title_keys(db::Session& session) {
  std::vector<std::pair<std::string, std::string>> missing;
  std::string id, title;
  {
    soci::statement statement{
        (session.prepare << "SELECT id, title FROM episodes WHERE title_key = ''", soci::into(id), soci::into(title))};
    statement.execute();
    while (statement.fetch()) missing.emplace_back(id, folded(title));
  }
  std::string key;
  soci::statement update{(session.prepare << "UPDATE episodes SET title_key = :key WHERE id = :id", soci::use(key), soci::use(id))};
  for (auto& [episode, made] : missing) {
    id = episode, key = made;
    update.execute(true);
  }
  constexpr long long kAtOnce = 500;
  while (true) {
    const auto without = many(
        session, "NOT EXISTS (SELECT 1 FROM episode_words WHERE episode_words.episode_id = episodes.id) ORDER BY id LIMIT :most", kAtOnce);
    for (const auto& episode : without) set_words(session, episode.id, words_of(episode));
    if (without.empty()) break;
  }
}

std::vector<Episode> published_episodes_of(db::Session& session, const std::string& show_id) {
  return with_rest(session, show_id,
                   many(session, "show_id = :show AND state = 'published' AND deleted = 0 ORDER BY published DESC, id DESC", show_id));
}

std::vector<Episode> scheduled_episodes_of(db::Session& session, const std::string& show_id) {
  return many(session, "show_id = :show AND state = 'scheduled' AND deleted = 0", show_id);
}

void drop_tags_of_scheduled(db::Session& session, const std::string& show_id) {
  session << "UPDATE episodes SET prefix = '', prefix_length = 0, whole = '', frozen_since = 0 WHERE show_id = :show AND state = "
             "'scheduled' AND published = 0 AND frames <> '' AND whole <> ''",
      soci::use(show_id);
}

void remove_episodes_deleted_before(db::Session& session, Time time) {
  const auto moment = to_microseconds(time);
  session << "DELETE FROM episodes WHERE deleted <> 0 AND deleted < :moment", soci::use(moment);
}

std::vector<Episode> scheduled_until(db::Session& session, Time now, std::size_t limit) {
  return many(
      session,
      "state = 'scheduled' AND publish_at <= :now AND frames <> '' AND whole <> '' AND deleted = 0 AND NOT EXISTS (SELECT 1 FROM shows "
      "WHERE shows.id = episodes.show_id AND shows.deleted <> 0) ORDER BY publish_at, id LIMIT :most",
      to_microseconds(now), static_cast<long long>(limit));
}

std::vector<std::string> scheduled_without_tag_until(db::Session& session, Time now, std::size_t limit) {
  const auto moment = to_microseconds(now);
  const auto most = static_cast<long long>(limit);
  std::string id;
  soci::statement statement{
      (session.prepare << "SELECT id FROM episodes WHERE state = 'scheduled' AND publish_at <= :now AND frames <> '' AND whole = '' "
                          "AND deleted = 0 AND NOT EXISTS (SELECT 1 FROM shows WHERE shows.id = episodes.show_id AND shows.deleted "
                          "<> 0) ORDER BY publish_at, id LIMIT :most",
       soci::use(moment), soci::use(most), soci::into(id))};
  statement.execute();
  std::vector<std::string> ids;
  while (statement.fetch()) ids.push_back(id);
  return ids;
}

std::vector<EpisodeBrief> briefs_of(db::Session& session, const std::string& show_id) {
  std::string id, title, type, state;
  int season = 0, number = 0;
  long long published = 0, deleted = 0;
  soci::statement rows =
      (session.prepare << "SELECT id, title, season, number, type, state, published, deleted FROM episodes WHERE show_id = :show "
                          "ORDER BY published DESC, id DESC",
       soci::use(show_id), soci::into(id), soci::into(title), soci::into(season), soci::into(number), soci::into(type), soci::into(state),
       soci::into(published), soci::into(deleted));
  rows.execute();
  std::vector<EpisodeBrief> all;
  while (rows.fetch())
    all.push_back({.id = id,
                   .title = title,
                   .season = number_or_none(season),
                   .number = number_or_none(number),
                   .full = type == "full",
                   .is_public = state == "published" && deleted == 0,
                   .published = time_or_none(published)});
  return all;
}

bool slug_is_taken(db::Session& session, const std::string& show_id, const std::string& slug) {
  int count = 0;
  session << "SELECT COUNT(*) FROM episodes WHERE show_id = :show AND slug = :slug", soci::use(show_id), soci::use(slug), soci::into(count);
  return count > 0;
}

std::optional<std::string> show_slug_of(db::Session& session, const std::string& episode_id) {
  std::string slug;
  session << "SELECT shows.slug FROM episodes JOIN shows ON shows.id = episodes.show_id WHERE episodes.id = :id AND "
             "episodes.deleted = 0 AND shows.deleted = 0",
      soci::use(episode_id), soci::into(slug);
  if (!session.got_data()) return {};
  return slug;
}

void set_chapters(db::Session& session, const std::string& episode_id, const std::optional<StoredText>& text) {
  set_text(session, episode_id, kChapters, "", text);
}

void set_transcript(db::Session& session, const std::string& episode_id, const Transcript& transcript, bool there) {
  set_text(session, episode_id, kTranscript, transcript.language, there ? std::optional{transcript.text} : std::nullopt, transcript.timed);
}

void set_waveform(db::Session& session, const std::string& episode_id, const Digest& frames, std::span<const std::uint8_t> peaks,
                  std::span<const Silence> silences) {
  using soci::use;
  const auto hex = frames.hex();
  const auto text = to_base64(std::as_bytes(peaks)), pauses = media::protocol::silences_text(silences);
  session << "INSERT INTO waveforms (episode_id, frames, peaks, silences) VALUES (:id, :frames, :peaks, :silences) ON CONFLICT "
             "(episode_id) DO UPDATE SET frames = excluded.frames, peaks = excluded.peaks, silences = excluded.silences",
      use(episode_id), use(hex), use(text), use(pauses);
}

std::optional<Waveform> waveform_of(db::Session& session, const std::string& episode_id) {
  std::string text, silences;
  long long duration = 0;
  session << "SELECT waveforms.peaks, waveforms.silences, episodes.duration FROM waveforms JOIN episodes ON episodes.id = "
             "waveforms.episode_id AND "
             "episodes.frames = waveforms.frames WHERE episode_id = :id",
      soci::use(episode_id), soci::into(text), soci::into(silences), soci::into(duration);
  if (!session.got_data()) return {};
  const auto bytes = from_base64(text);
  if (!bytes) return {};
  Waveform waveform{.duration = std::chrono::microseconds{duration}, .peaks = {}, .silences = {}};
  if (auto known = media::protocol::silences_from(silences)) waveform.silences = std::move(*known);
  for (const auto byte : *bytes) waveform.peaks.push_back(std::to_integer<std::uint8_t>(byte));
  return waveform;
}

void set_cue_points(db::Session& session, const std::string& episode_id, const std::vector<CuePoint>& points) {
  using soci::use;
  session << "DELETE FROM cue_points WHERE episode_id = :id", use(episode_id);
  int place = 0;
  for (const auto& point : points) {
    const auto at = static_cast<long long>(point.at.count());
    const auto until = static_cast<long long>(point.until.value_or(std::chrono::milliseconds{}).count());
    const std::string kind(name_of(point.kind));
    session << "INSERT INTO cue_points (episode_id, place, at, kind, slots, until) VALUES (:id, :place, :at, :kind, :slots, :until)",
        use(episode_id), use(place), use(at), use(kind), use(point.slots), use(until);
    ++place;
  }
}

}  // namespace carillon::podcast::queries
