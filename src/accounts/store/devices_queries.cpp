// See devices.hpp.

#include "accounts/store/devices.hpp"

#include <soci/soci.h>

namespace carillon::accounts::queries {
namespace {

using soci::into;
using soci::use;

constexpr const char* kInsert =
    "INSERT INTO devices (id, digest, person_id, created, ends) VALUES (:id, :digest, :person, :created, :ends)";
constexpr const char* kRead = "SELECT id, digest, person_id, created, ends FROM devices WHERE digest = :digest";
constexpr const char* kUse = "UPDATE devices SET ends = :ends WHERE id = :id";
constexpr const char* kRemoveOthers = "DELETE FROM devices WHERE person_id = :person AND digest <> :but";
constexpr const char* kRemoveOldest =
    "DELETE FROM devices WHERE person_id = :person AND id NOT IN (SELECT id FROM devices WHERE person_id = :same ORDER BY ends DESC, id "
    "DESC LIMIT :most)";

}  // namespace

void insert(db::Session& session, const DeviceRow& row) {
  const auto created = static_cast<long long>(to_microseconds(row.created)), ends = static_cast<long long>(to_microseconds(row.ends));
  session << kInsert, use(row.id), use(row.digest), use(row.person_id), use(created), use(ends);
}

std::optional<DeviceRow> device_with(db::Session& session, const std::string& digest) {
  DeviceRow row;
  long long created = 0, ends = 0;
  session << kRead, use(digest), into(row.id), into(row.digest), into(row.person_id), into(created), into(ends);
  if (!session.got_data()) return {};
  row.created = from_microseconds(created);
  row.ends = from_microseconds(ends);
  return row;
}

void use_device(db::Session& session, const std::string& id, Time ends) {
  const auto until = static_cast<long long>(to_microseconds(ends));
  session << kUse, use(until), use(id);
}

void remove_devices_of(db::Session& session, const std::string& person_id, const std::string& but_digest) {
  session << kRemoveOthers, use(person_id), use(but_digest);
}

void keep_devices_of(db::Session& session, const std::string& person_id, std::size_t most) {
  const auto limit = static_cast<long long>(most);
  session << kRemoveOldest, use(person_id), use(person_id), use(limit);
}

}  // namespace carillon::accounts::queries
