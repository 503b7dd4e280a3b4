#pragma once
// The SQL of uploads. Every function runs in its caller's transaction.

#include "db/database.hpp"
#include "uploads/uploads.hpp"

#include <vector>

namespace carillon::uploads::queries {

void insert(db::Session& session, const Upload& upload);
[[nodiscard]] std::optional<Upload> upload(db::Session& session, const std::string& id);
/// Slug of the network that may use it.
[[nodiscard]] std::optional<std::string> network_of_upload(db::Session& session, const std::string& id);
/// Records its progress; false if the upload no longer exists.
[[nodiscard]] bool note_arrived(db::Session& session, const std::string& id, ByteCount arrived, const std::string& hash_state, Time now);
/// Records that it is media now; false if the upload no longer exists.
[[nodiscard]] bool finish_upload(db::Session& session, const std::string& id, const Digest& digest, Time now);
/// The media of finished uploads.
[[nodiscard]] Result<std::vector<Digest>> finished_media(db::Session& session);
/// False if there was none.
bool remove_upload(db::Session& session, const std::string& id);
/// Deletes uploads without new data since then, including finished ones.
void remove_uploads_before(db::Session& session, Time touched);

[[nodiscard]] std::size_t count_unfinished_uploads(db::Session& session, const std::string& network);
[[nodiscard]] std::vector<std::string> unfinished_uploads(db::Session& session);  ///< ids, of every network
/// Newest first, at most `limit`; only those older than `before` ("" for all).
[[nodiscard]] std::vector<Upload> uploads_of(db::Session& session, const std::string& network, const std::string& before,
                                             std::size_t limit);

}  // namespace carillon::uploads::queries
