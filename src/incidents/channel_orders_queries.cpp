// See channel_orders_queries.hpp.

#include "incidents/channel_orders_queries.hpp"

#include <soci/soci.h>

namespace carillon::incidents {
namespace {

constexpr const char* kOrderOf = "SELECT channel FROM channel_orders WHERE person = :person ORDER BY position";
constexpr const char* kForget = "DELETE FROM channel_orders WHERE person = :person";
constexpr const char* kAdd = "INSERT INTO channel_orders (person, position, channel) VALUES (:person, :position, :channel)";

}  // namespace

std::vector<std::string> channel_order_of(db::Session& session, const std::string& person) {
  std::string channel;
  soci::statement statement = (session.prepare << kOrderOf, soci::use(person), soci::into(channel));
  std::vector<std::string> names;
  statement.execute();
  while (statement.fetch()) names.push_back(channel);
  return names;
}

void set_channel_order(db::Session& session, const std::string& person, const std::vector<std::string>& names) {
  session << kForget, soci::use(person);
  int position = 0;
  for (const auto& name : names) {
    session << kAdd, soci::use(person), soci::use(position), soci::use(name);
    ++position;
  }
}

}  // namespace carillon::incidents
