#pragma once
// Reads rows of one table: a Reader binds the columns of its SELECT and returns the value.

#include "base/time.hpp"
#include "db/database.hpp"

#include <soci/soci.h>

#include <optional>
#include <string>
#include <vector>

namespace carillon::accounts::queries {

[[nodiscard]] inline long long number(Time time) { return static_cast<long long>(to_microseconds(time)); }

/// The row of `select` whose column `where` is `value`.
template <class Reader>
auto first(db::Session& session, const char* select, const char* where, const std::string& value)
    -> std::optional<decltype(Reader{}.value())> {
  Reader reader;
  auto prepared = (session.prepare << select << where << " = :value", soci::use(value));
  reader.bind(prepared);
  soci::statement statement{prepared};
  if (!statement.execute(true)) return {};
  return reader.value();
}

/// All rows of a statement that was prepared.
template <class Reader, class Prepared>
auto every(Reader& reader, Prepared& prepared) {
  reader.bind(prepared);
  soci::statement statement{prepared};
  std::vector<decltype(reader.value())> found;
  statement.execute();
  while (statement.fetch()) found.push_back(reader.value());
  return found;
}

}  // namespace carillon::accounts::queries
