#pragma once
// The SQL of episodes. Every function runs within its caller's transaction.

#include "db/database.hpp"
#include "podcast/show.hpp"

namespace carillon::podcast::queries {

void insert(db::Session& session, const Episode& episode);
/// Everything but id, show, guid, slug, file name and created, which never change.
void update(db::Session& session, const Episode& episode);
void remove_episode(db::Session& session, const std::string& id);
[[nodiscard]] std::optional<Episode> episode(db::Session& session, const std::string& id);
[[nodiscard]] std::vector<Episode> episodes_of(db::Session& session, const std::string& show_id);            ///< newest first, all states
[[nodiscard]] std::vector<Episode> published_episodes_of(db::Session& session, const std::string& show_id);  ///< newest first
/// What should be out by `now` and has all it needs, the longest due first, at most `limit`.
[[nodiscard]] std::vector<Episode> scheduled_until(db::Session& session, Time now, std::size_t limit);
[[nodiscard]] bool slug_is_taken(db::Session& session, const std::string& show_id, const std::string& slug);
/// The slug of the show an episode belongs to.
[[nodiscard]] std::optional<std::string> show_slug_of(db::Session& session, const std::string& episode_id);

}  // namespace carillon::podcast::queries
