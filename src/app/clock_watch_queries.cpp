// See clock_watch_queries.hpp.

#include "app/clock_watch_queries.hpp"

#include <soci/soci.h>

namespace carillon::app::queries {
namespace {

constexpr const char* kRead = "SELECT at FROM clock_marks WHERE name = 'latest'";
constexpr const char* kPut = "INSERT INTO clock_marks (name, at) VALUES ('latest', :at) ON CONFLICT (name) DO UPDATE SET at = excluded.at";

}  // namespace

std::optional<Time> clock_mark(db::Session& session) {
  long long at = 0;
  session << kRead, soci::into(at);
  return session.got_data() ? std::optional{from_microseconds(at)} : std::nullopt;
}

void put_clock_mark(db::Session& session, Time at) {
  const long long number = to_microseconds(at);
  session << kPut, soci::use(number);
}

}  // namespace carillon::app::queries
