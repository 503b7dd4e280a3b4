// See status_queries.hpp.

#include "uptime/status_queries.hpp"

#include <soci/soci.h>

namespace carillon::uptime::queries {
namespace {

constexpr const char* kTouch = "UPDATE schema_migrations SET applied = applied WHERE number = 1";
constexpr const char* kFirst = "SELECT applied FROM schema_migrations WHERE number = 1";
// Ids begin with the time they were made: the primary key has the latest at its end.
constexpr const char* kLatest =
    "SELECT prefix, prefix_length, frames, frames_length FROM episodes WHERE state = 'published' AND deleted = 0 ORDER BY id DESC LIMIT "
    ":most";

}  // namespace

void write_something(db::Session& session) { session << kTouch; }

std::optional<Time> first_start(db::Session& session) {
  long long applied = 0;
  session << kFirst, soci::into(applied);
  return session.got_data() ? std::optional{from_microseconds(applied)} : std::nullopt;
}

std::vector<MediaFile> media_of_latest(db::Session& session, int most) {
  std::string prefix, frames;
  long long prefix_length = 0, frames_length = 0;
  soci::statement statement{(session.prepare << kLatest, soci::use(most), soci::into(prefix), soci::into(prefix_length), soci::into(frames),
                             soci::into(frames_length))};
  std::vector<MediaFile> files;
  const auto add = [&files](const std::string& hex, long long length) {
    if (const auto digest = Digest::from_hex(hex)) files.push_back({*digest, ByteCount{static_cast<std::uint64_t>(length)}});
  };
  statement.execute();
  while (statement.fetch()) {
    add(prefix, prefix_length);
    add(frames, frames_length);
  }
  return files;
}

}  // namespace carillon::uptime::queries
