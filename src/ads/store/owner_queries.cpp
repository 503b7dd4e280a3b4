// See owners.hpp.

#include "ads/store/owners.hpp"

#include <soci/soci.h>

namespace carillon::ads {
namespace {

std::optional<std::string> asked(db::Session& session, const char* query, const std::string& id) {
  std::string network;
  session << query, soci::use(id), soci::into(network);
  if (!session.got_data()) return {};
  return network;
}

}  // namespace

Result<std::optional<std::string>> network_of_advertiser(db::Session& session, const std::string& id) {
  return asked(session, "SELECT network FROM advertisers WHERE id = :id AND deleted = 0", id);
}
Result<std::optional<std::string>> network_of_campaign(db::Session& session, const std::string& id) {
  return asked(session, "SELECT network FROM campaigns WHERE id = :id AND deleted = 0", id);
}
Result<std::optional<std::string>> network_of_order(db::Session& session, const std::string& id) {
  return asked(session, "SELECT network FROM ad_orders WHERE id = :id AND deleted = 0", id);
}
Result<std::optional<std::string>> network_of_past_order(db::Session& session, const std::string& id) {
  return asked(session, "SELECT network FROM ad_orders WHERE id = :id", id);
}
Result<std::optional<std::string>> network_of_creative(db::Session& session, const std::string& id) {
  return asked(session, "SELECT network FROM creatives WHERE id = :id AND deleted = 0", id);
}

Result<std::vector<Digest>> referenced_media(db::Session& session) {
  std::string hex;
  soci::statement statement{(session.prepare << "SELECT original FROM creatives WHERE original <> '' UNION SELECT frames FROM "
                                                "creative_files",
                             soci::into(hex))};
  std::vector<Digest> digests;
  statement.execute();
  while (statement.fetch()) {
    const auto digest = Digest::from_hex(hex);
    if (!digest) return fail(ErrorKind::corrupt, "the database contains “" + hex + "”, which isn't a media digest");
    digests.push_back(*digest);
  }
  return digests;
}

}  // namespace carillon::ads
