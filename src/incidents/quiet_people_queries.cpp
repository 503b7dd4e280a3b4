// See quiet_people_queries.hpp.

#include "incidents/quiet_people_queries.hpp"

#include <soci/soci.h>

namespace carillon::incidents {
namespace {

constexpr const char* kOf = "SELECT zone, hours, absences FROM quiet_times WHERE person = :person";
constexpr const char* kRemove = "DELETE FROM quiet_times WHERE person = :person";
constexpr const char* kAdd = "INSERT INTO quiet_times (person, zone, hours, absences) VALUES (:person, :zone, :hours, :absences)";
constexpr const char* kRelease =
    "UPDATE incident_messages SET next_attempt_at = :now, planned_at = CASE WHEN planned_at > :planned THEN :planned_now ELSE planned_at "
    "END "
    "WHERE state = 'waiting' AND next_attempt_at > :later AND LOWER(recipient) = :person";

}  // namespace

std::optional<StoredQuietTimes> quiet_times_of(db::Session& session, const std::string& person) {
  StoredQuietTimes times;
  session << kOf, soci::use(person), soci::into(times.zone), soci::into(times.hours), soci::into(times.absences);
  if (!session.got_data()) return {};
  return times;
}

void set_quiet_times(db::Session& session, const std::string& person, const std::optional<StoredQuietTimes>& times) {
  session << kRemove, soci::use(person);
  if (!times) return;
  session << kAdd, soci::use(person), soci::use(times->zone), soci::use(times->hours), soci::use(times->absences);
}

void release_messages_to(db::Session& session, const std::string& person, Time now) {
  const long long count = to_microseconds(now);
  session << kRelease, soci::use(count, "now"), soci::use(count, "planned"), soci::use(count, "planned_now"), soci::use(count, "later"),
      soci::use(person, "person");
}

}  // namespace carillon::incidents
