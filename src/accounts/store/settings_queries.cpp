// See settings.hpp.

#include "accounts/store/settings.hpp"

#include <soci/soci.h>

namespace carillon::accounts::queries {
namespace {

using soci::into;
using soci::use;

constexpr const char* kRead = "SELECT value FROM settings WHERE name = :name";
constexpr const char* kWrite =
    "INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT (name) DO UPDATE SET value = excluded.value";
constexpr const char* kRemove = "DELETE FROM settings WHERE name = :name";
constexpr const char* kAnybody = "SELECT COUNT(*) FROM (SELECT 1 FROM people LIMIT 1) AS first";

}  // namespace

std::optional<std::string> setting(db::Session& session, std::string_view name) {
  const std::string named{name};
  std::string value;
  session << kRead, use(named), into(value);
  if (!session.got_data()) return {};
  return value;
}

void set_setting(db::Session& session, std::string_view name, const std::string& value) {
  const std::string named{name};
  session << kWrite, use(named), use(value);
}

void remove_setting(db::Session& session, std::string_view name) {
  const std::string named{name};
  session << kRemove, use(named);
}

bool anybody(db::Session& session) {
  int count = 0;
  session << kAnybody, into(count);
  return count > 0;
}

}  // namespace carillon::accounts::queries
