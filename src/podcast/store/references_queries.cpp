// See references.hpp.

#include "podcast/store/references.hpp"

#include <soci/soci.h>

namespace carillon::podcast {

Result<std::vector<Digest>> referenced_media(db::Session& session) {
  constexpr const char* kSql =
      "SELECT original FROM episodes WHERE original <> '' UNION SELECT frames FROM episodes WHERE frames <> '' UNION SELECT prefix FROM "
      "episodes WHERE prefix <> '' "
      "UNION SELECT frames FROM former_audio UNION SELECT prefix FROM former_audio UNION SELECT digest FROM kept_media "
      "UNION SELECT digest FROM pictures WHERE replacement = '' UNION SELECT file FROM picture_sizes UNION SELECT digest FROM "
      "episode_texts";
  std::string hex;
  soci::statement statement{(session.prepare << kSql, soci::into(hex))};
  std::vector<Digest> digests;
  statement.execute();
  while (statement.fetch()) {
    const auto digest = Digest::from_hex(hex);
    if (!digest) return fail(ErrorKind::corrupt, "the database contains “" + hex + "”, which isn't a media digest");
    digests.push_back(*digest);
  }
  return digests;
}

}  // namespace carillon::podcast
