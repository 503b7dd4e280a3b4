#pragma once
// The SQL of episodes and their texts. Every function runs in its caller's transaction. Episodes in the trash, or of a show in the trash,
// are only found by functions that say so.

#include "db/database.hpp"
#include "podcast/model/episode_list.hpp"

namespace carillon::podcast::queries {

void insert(db::Session& session, const Episode& episode);
/// Everything but id, show, guid and created, which never change.
void update(db::Session& session, const Episode& episode);
/// Permanently.
void remove_episode(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Episode> episode(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Episode> episode_even_deleted(db::Session& session, const std::string& id);
/// Of scheduled episodes that were never published, because the tag contains the show's old title.
void drop_tags_of_scheduled(db::Session& session, const std::string& show_id);
[[nodiscard]] std::vector<Episode> scheduled_episodes_of(db::Session& session, const std::string& show_id);
void remove_episodes_deleted_before(db::Session& session, Time time);
/// The show may be in the trash.
[[nodiscard]] EpisodeList list_of(db::Session& session, const std::string& show_id, const EpisodeListWish& name_options);
/// For rows from before there were keys and words, because SQL can only convert ASCII to lower case.
void make_title_keys(db::Session& session);
[[nodiscard]] std::vector<Episode> published_episodes_of(db::Session& session, const std::string& show_id);  ///< newest first
/// Scheduled episodes that are due by `now` and complete, longest due first, at most `limit`.
[[nodiscard]] std::vector<Episode> scheduled_until(db::Session& session, Time now, std::size_t limit);
/// IDs of those due by then whose tag was dropped by an edit and not recreated.
[[nodiscard]] std::vector<std::string> scheduled_without_tag_until(db::Session& session, Time now, std::size_t limit);
/// Includes the trash.
[[nodiscard]] bool slug_is_taken(db::Session& session, const std::string& show_id, const std::string& slug);
/// What lists of figures say about an episode.
struct EpisodeBrief {
  std::string id, title;
  std::optional<int> season, number;
  bool full = true;               ///< neither a trailer nor a bonus
  bool is_public = false;         ///< published and not in the trash
  std::optional<Time> published;  ///< pubDate
};
/// Of all of the show's episodes, also those in the trash; the newest publication first.
[[nodiscard]] std::vector<EpisodeBrief> briefs_of(db::Session& session, const std::string& show_id);
/// The slug of the show an episode belongs to.
[[nodiscard]] std::optional<std::string> show_slug_of(db::Session& session, const std::string& episode_id);

/// For the master with these frames; replaces an older one.
void set_waveform(db::Session& session, const std::string& episode_id, const Digest& frames, std::span<const std::uint8_t> peaks,
                  std::span<const Silence> silences);
/// None if the episode has no master, or one from before there were waveforms.
[[nodiscard]] std::optional<Waveform> waveform_of(db::Session& session, const std::string& episode_id);

/// None removes it. Episodes have them when they are next read.
void set_chapters(db::Session& session, const std::string& episode_id, const std::optional<StoredText>& text);
/// Replaces all of them.
void set_cue_points(db::Session& session, const std::string& episode_id, const std::vector<CuePoint>& points);
/// The transcript of its language, in exactly that spelling; removes it if not `there`.
void set_transcript(db::Session& session, const std::string& episode_id, const Transcript& transcript, bool there);

}  // namespace carillon::podcast::queries
