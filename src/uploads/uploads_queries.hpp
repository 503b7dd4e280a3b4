#pragma once
// The SQL of uploads. Every function runs in its caller's transaction.

#include "db/database.hpp"
#include "uploads/uploads.hpp"

#include <vector>

namespace carillon::uploads::queries {

void insert(db::Session& session, const Upload& upload);
[[nodiscard]] std::optional<Upload> upload(db::Session& session, const std::string& id);
/// Slug of the network whose people may use it.
[[nodiscard]] std::optional<std::string> network_of_upload(db::Session& session, const std::string& id);
/// Writes down how far it is; false when there is no such upload any more.
[[nodiscard]] bool note_arrived(db::Session& session, const std::string& id, ByteCount arrived, const std::string& hash_state, Time now);
/// It is media now; false when there is no such upload any more.
[[nodiscard]] bool finish_upload(db::Session& session, const std::string& id, const Digest& digest, Time now);
/// The media of those that are finished.
[[nodiscard]] Result<std::vector<Digest>> finished_media(db::Session& session);
/// False when there was none.
bool remove_upload(db::Session& session, const std::string& id);
/// Those to which nothing came since then, finished ones too.
void remove_uploads_before(db::Session& session, Time touched);

[[nodiscard]] std::size_t count_unfinished_uploads(db::Session& session, const std::string& network);
[[nodiscard]] std::vector<std::string> unfinished_uploads(db::Session& session);  ///< ids, of every network
/// The newest first, at most `limit`, those younger than `before` left out ("" for none).
[[nodiscard]] std::vector<Upload> uploads_of(db::Session& session, const std::string& network, const std::string& before,
                                             std::size_t limit);

}  // namespace carillon::uploads::queries
