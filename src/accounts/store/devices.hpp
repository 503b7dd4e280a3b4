#pragma once
// The SQL of devices that have signed in before. Every function runs in its caller's transaction.

#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>

namespace carillon::accounts::queries {

/// A browser in which this person has signed in. It isn't a session; it only proves that the next attempt isn't a stranger's.
struct DeviceRow {
  std::string id, digest, person_id;
  Time created, ends;
};
void insert(db::Session& session, const DeviceRow& row);
[[nodiscard]] std::optional<DeviceRow> device_with(db::Session& session, const std::string& digest);
void use_device(db::Session& session, const std::string& id, Time ends);
/// Removes all but the one with this digest ("" for none).
void remove_devices_of(db::Session& session, const std::string& person_id, const std::string& but_digest);
/// Removes those that expire first until `most` are left.
void keep_devices_of(db::Session& session, const std::string& person_id, std::size_t most);

}  // namespace carillon::accounts::queries
