// See clock_watch_queries.hpp.

#include "app/clock_watch_queries.hpp"

#include <soci/soci.h>

namespace carillon::app::queries {
namespace {

constexpr const char* kRead = "SELECT at FROM clock_marks WHERE name = :name";
constexpr const char* kPut = "INSERT INTO clock_marks (name, at) VALUES (:name, :at) ON CONFLICT (name) DO UPDATE SET at = excluded.at";
constexpr const char* kDropUnnamed = "DELETE FROM clock_marks WHERE name = :name";
/// The row of the one mark of before.
const std::string kUnnamed = "latest";

std::string row_of(const std::string& node) { return "node " + node; }

std::optional<Time> mark(db::Session& session, const std::string& name) {
  long long at = 0;
  session << kRead, soci::use(name), soci::into(at);
  return session.got_data() ? std::optional{from_microseconds(at)} : std::nullopt;
}

}  // namespace

std::optional<Time> clock_mark(db::Session& session, const std::string& node) {
  const auto own = mark(session, row_of(node));
  return own ? own : mark(session, kUnnamed);
}

void put_clock_mark(db::Session& session, const std::string& node, Time at) {
  const long long number = to_microseconds(at);
  const auto row = row_of(node);
  session << kPut, soci::use(row), soci::use(number);
  session << kDropUnnamed, soci::use(kUnnamed);
}

}  // namespace carillon::app::queries
