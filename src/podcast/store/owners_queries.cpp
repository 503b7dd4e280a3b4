// See owners.hpp.

#include "podcast/store/owners.hpp"

#include <soci/soci.h>

namespace carillon::podcast {
namespace {

constexpr const char* kOfShow = "SELECT network FROM shows WHERE slug = :value";
constexpr const char* kOfEpisode =
    "SELECT shows.network FROM episodes JOIN shows ON shows.id = episodes.show_id WHERE episodes.id = :value";

constexpr const char* kShows = "SELECT COUNT(*) FROM shows WHERE network = :network";
constexpr const char* kUploads =
    "SELECT COUNT(CASE WHEN digest = '' THEN 1 END), COALESCE(SUM(length), 0) FROM uploads WHERE network = :network";
constexpr const char* kMasters =
    "SELECT COALESCE(SUM(frames_length + prefix_length), 0), COALESCE(SUM(original_length), 0) FROM episodes JOIN shows ON shows.id = "
    "episodes.show_id WHERE network = :network";
constexpr const char* kAllShows = "SELECT network, COUNT(*) FROM shows GROUP BY network";
constexpr const char* kAllUploads =
    "SELECT network, COUNT(CASE WHEN digest = '' THEN 1 END), COALESCE(SUM(length), 0) FROM uploads GROUP BY network";
constexpr const char* kAllMasters =
    "SELECT network, COALESCE(SUM(frames_length + prefix_length), 0), COALESCE(SUM(original_length), 0) FROM episodes JOIN shows ON "
    "shows.id = episodes.show_id GROUP BY network";

ByteCount bytes_of(long long count) { return ByteCount{static_cast<std::uint64_t>(count)}; }

std::optional<std::string> asked(db::Session& session, const char* query, const std::string& value) {
  std::string network;
  session << query, soci::use(value), soci::into(network);
  if (!session.got_data()) return {};
  return network;
}

}  // namespace

Result<std::optional<std::string>> network_of_show(db::Session& session, const std::string& slug) { return asked(session, kOfShow, slug); }
Result<std::optional<std::string>> network_of_episode(db::Session& session, const std::string& id) {
  return asked(session, kOfEpisode, id);
}

Result<Usage> usage_of(db::Session& session, const std::string& network) {
  Usage usage;
  long long masters = 0, originals = 0, promised = 0;
  session << kShows, soci::use(network), soci::into(usage.shows);
  session << kUploads, soci::use(network), soci::into(usage.unfinished_uploads), soci::into(promised);
  session << kMasters, soci::use(network), soci::into(masters), soci::into(originals);
  usage.masters = bytes_of(masters);
  usage.originals = bytes_of(originals);
  usage.uploads = bytes_of(promised);
  return usage;
}

Result<std::map<std::string, Usage>> usage_of_all(db::Session& session) {
  std::map<std::string, Usage> all;
  std::string network;
  int count = 0;
  long long bytes = 0, originals = 0;
  soci::statement shows{(session.prepare << kAllShows, soci::into(network), soci::into(count))};
  shows.execute();
  while (shows.fetch()) all[network].shows = count;
  soci::statement uploads{(session.prepare << kAllUploads, soci::into(network), soci::into(count), soci::into(bytes))};
  uploads.execute();
  while (uploads.fetch()) {
    all[network].unfinished_uploads = count;
    all[network].uploads = bytes_of(bytes);
  }
  soci::statement masters{(session.prepare << kAllMasters, soci::into(network), soci::into(bytes), soci::into(originals))};
  masters.execute();
  while (masters.fetch()) {
    all[network].masters = bytes_of(bytes);
    all[network].originals = bytes_of(originals);
  }
  return all;
}

}  // namespace carillon::podcast
