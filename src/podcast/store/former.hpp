#pragma once
// The SQL of addresses that shows and episodes had: what leads elsewhere today, and what was deleted after it had been public. Every
// function runs in its caller's transaction.

#include "db/database.hpp"
#include "podcast/model/show.hpp"

namespace carillon::podcast::queries {

/// The id of the show that had this slug before, also of one in the trash.
[[nodiscard]] std::optional<std::string> show_that_had(db::Session& session, const std::string& slug);
/// The slug of today of the show that had this one; none when it is in the trash, too.
[[nodiscard]] std::optional<std::string> slug_of_today(db::Session& session, const std::string& former);
void keep_former_slug(db::Session& session, const Show& show, const std::string& former);
/// The show has its slug from now on, and so has its feed: it is nobody's former one any more.
void take_slug(db::Session& session, const Show& show);

/// Whether there was a show at this address which was deleted: it is in the trash, or gone for good.
[[nodiscard]] bool show_is_gone(db::Session& session, const std::string& slug);
/// Whether an episode that was public was deleted, itself or with its show.
[[nodiscard]] bool episode_is_gone(db::Session& session, const std::string& id);
[[nodiscard]] bool episode_is_gone(db::Session& session, const std::string& show_id, const std::string& slug);
/// Before episodes or shows are removed for good: those that `deleted` before `time`.
void remember_gone(db::Session& session, Time time);

}  // namespace carillon::podcast::queries
