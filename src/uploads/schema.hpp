#pragma once
// The table of uploads/. Its first columns are from the first tables of podcast/ (released migrations are never edited).

#include <string_view>

namespace carillon::uploads {

/// Resumable uploads. Older ones are finished: they have a digest.
inline constexpr std::string_view kUploadsSchema = R"sql(
ALTER TABLE uploads ADD COLUMN network TEXT NOT NULL DEFAULT '';
ALTER TABLE uploads ADD COLUMN person_id TEXT NOT NULL DEFAULT '';
ALTER TABLE uploads ADD COLUMN arrived BIGINT NOT NULL DEFAULT 0;
ALTER TABLE uploads ADD COLUMN hash_state TEXT NOT NULL DEFAULT '';
ALTER TABLE uploads ADD COLUMN metadata TEXT NOT NULL DEFAULT '';
ALTER TABLE uploads ADD COLUMN touched BIGINT NOT NULL DEFAULT 0;
UPDATE uploads SET arrived = length, touched = created;
CREATE INDEX uploads_untouched ON uploads (touched);
CREATE INDEX uploads_unfinished ON uploads (network) WHERE digest = '';
CREATE INDEX uploads_of_network ON uploads (network, id);
)sql";

}  // namespace carillon::uploads
