#pragma once
// The SQL of former URLs of shows and episodes: those that redirect, and those of deleted public content. Every
// function runs in its caller's transaction.

#include "db/database.hpp"
#include "podcast/model/show.hpp"

namespace carillon::podcast::queries {

/// The ID of the show that had this slug before, also in the trash.
[[nodiscard]] std::optional<std::string> show_that_had(db::Session& session, const std::string& slug);
/// The current slug of the show that had this one; also none if it is in the trash.
[[nodiscard]] std::optional<std::string> slug_of_today(db::Session& session, const std::string& former);
void keep_former_slug(db::Session& session, const Show& show, const std::string& former);
/// Records that the show and its feed now have their slug, so that it is no longer a former one of another show.
void take_slug(db::Session& session, const Show& show);

/// Whether there was a show with this slug that was deleted: it is in the trash, or permanently deleted.
[[nodiscard]] bool show_is_gone(db::Session& session, const std::string& slug);
/// Whether an episode that was public was deleted, itself or with its show.
[[nodiscard]] bool episode_is_gone(db::Session& session, const std::string& id);
[[nodiscard]] bool episode_is_gone(db::Session& session, const std::string& show_id, const std::string& slug);
/// Call it before permanently removing episodes or shows: records those deleted before `time`.
void remember_gone(db::Session& session, Time time);

}  // namespace carillon::podcast::queries
