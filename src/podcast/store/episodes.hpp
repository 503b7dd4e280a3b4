#pragma once
// The SQL of episodes and their texts. Every function runs in its caller's transaction. What is in the trash, or belongs to a show that
// is, is found only by those that say so.

#include "db/database.hpp"
#include "podcast/model/episode_list.hpp"

namespace carillon::podcast::queries {

void insert(db::Session& session, const Episode& episode);
/// Everything but id, show, guid and created, which never change.
void update(db::Session& session, const Episode& episode);
/// For good.
void remove_episode(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Episode> episode(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Episode> episode_even_deleted(db::Session& session, const std::string& id);
/// Of those that wait for their date and were never out: the tag says what the show was called before.
void drop_tags_of_scheduled(db::Session& session, const std::string& show_id);
[[nodiscard]] std::vector<Episode> scheduled_episodes_of(db::Session& session, const std::string& show_id);
void remove_episodes_deleted_before(db::Session& session, Time time);
/// The show itself may be in the trash.
[[nodiscard]] EpisodeList list_of(db::Session& session, const std::string& show_id, const EpisodeListWish& name_options);
/// For what was written before there were keys and words: SQL alone knows the small letters of ASCII only.
void make_title_keys(db::Session& session);
[[nodiscard]] std::vector<Episode> published_episodes_of(db::Session& session, const std::string& show_id);  ///< newest first
/// What should be out by `now` and has all it needs, the longest due first, at most `limit`.
[[nodiscard]] std::vector<Episode> scheduled_until(db::Session& session, Time now, std::size_t limit);
/// Ids of those that should be out by then, but whose tag was dropped by an edit and not made again.
[[nodiscard]] std::vector<std::string> scheduled_without_tag_until(db::Session& session, Time now, std::size_t limit);
/// Those in the trash keep theirs.
[[nodiscard]] bool slug_is_taken(db::Session& session, const std::string& show_id, const std::string& slug);
/// The slug of the show an episode belongs to.
[[nodiscard]] std::optional<std::string> show_slug_of(db::Session& session, const std::string& episode_id);

/// Of the master with these frames; takes the place of an older one.
void set_waveform(db::Session& session, const std::string& episode_id, const Digest& frames, std::span<const std::uint8_t> peaks);
/// None when the episode has no master, or one that was made before there were waveforms.
[[nodiscard]] std::optional<Waveform> waveform_of(db::Session& session, const std::string& episode_id);

/// None takes it away. Episodes have them when they are read next.
void set_chapters(db::Session& session, const std::string& episode_id, const std::optional<StoredText>& text);
/// That of its language, in exactly that spelling; not `there` takes it away.
void set_transcript(db::Session& session, const std::string& episode_id, const Transcript& transcript, bool there);

}  // namespace carillon::podcast::queries
