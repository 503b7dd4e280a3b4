// See subscriptions.hpp.

#include "stats/weekly/subscriptions.hpp"

#include <soci/soci.h>

namespace carillon::stats::queries {
namespace {

using soci::into;
using soci::use;

constexpr const char* kInsert =
    "INSERT INTO weekly_mails (id, person, network, week) VALUES (:id, :person, :network, :week) ON CONFLICT (person, network) DO NOTHING";
constexpr const char* kOfId = "SELECT id, person, network, week FROM weekly_mails WHERE id = :id";
constexpr const char* kOfPerson = "SELECT id, person, network, week FROM weekly_mails WHERE person = :person AND network = :network";
constexpr const char* kDue = "SELECT id, person, network, week FROM weekly_mails WHERE week < :week ORDER BY id LIMIT :most";
constexpr const char* kMove = "UPDATE weekly_mails SET week = :after WHERE id = :id AND week = :before";
constexpr const char* kRemove = "DELETE FROM weekly_mails WHERE id = :id";

long long number_of(std::chrono::sys_days day) { return day.time_since_epoch().count(); }

struct Row {
  Subscription found;
  long long week = 0;
  Subscription taken() {
    found.week = std::chrono::sys_days{std::chrono::days{week}};
    return found;
  }
};

}  // namespace

void insert(db::Session& session, const Subscription& subscription) {
  const auto week = number_of(subscription.week);
  session << kInsert, use(subscription.id), use(subscription.person), use(subscription.network), use(week);
}

std::optional<Subscription> subscription(db::Session& session, const std::string& id) {
  Row row;
  session << kOfId, use(id), into(row.found.id), into(row.found.person), into(row.found.network), into(row.week);
  return session.got_data() ? std::optional{row.taken()} : std::nullopt;
}

std::optional<Subscription> subscription_of(db::Session& session, const std::string& person, const std::string& network) {
  Row row;
  session << kOfPerson, use(person), use(network), into(row.found.id), into(row.found.person), into(row.found.network), into(row.week);
  return session.got_data() ? std::optional{row.taken()} : std::nullopt;
}

void remove_subscription(db::Session& session, const std::string& id) { session << kRemove, use(id); }

std::vector<Subscription> subscriptions_due(db::Session& session, std::chrono::sys_days monday, std::size_t limit) {
  const auto week = number_of(monday), most = static_cast<long long>(limit);
  Row row;
  soci::statement rows =
      (session.prepare << kDue, use(week), use(most), into(row.found.id), into(row.found.person), into(row.found.network), into(row.week));
  rows.execute();
  std::vector<Subscription> all;
  while (rows.fetch()) all.push_back(row.taken());
  return all;
}

bool move_week(db::Session& session, const std::string& id, std::chrono::sys_days before, std::chrono::sys_days after) {
  const auto from = number_of(before), to = number_of(after);
  soci::statement statement = (session.prepare << kMove, use(to, "after"), use(id, "id"), use(from, "before"));
  statement.execute(true);
  return statement.get_affected_rows() == 1;
}

}  // namespace carillon::stats::queries
