#pragma once
// Networks, and their SQL. Every function runs in its caller's transaction.

#include "base/bytes.hpp"
#include "base/time.hpp"
#include "db/database.hpp"

#include <optional>
#include <string>
#include <vector>

namespace carillon::accounts {

struct Network {
  std::string slug;  ///< never changes
  std::string name;
  Time created;
  ByteCount storage_quota;  ///< of originals and masters; 0: no limit
  int show_quota = 0;       ///< 0: none
  int upload_quota = 0;     ///< unfinished uploads at the same time; 0: no limit
  std::string suspended;    ///< why its shows aren't served; "" if they are
  std::int64_t revision = 1;
};

namespace queries {

void insert(db::Session& session, const Network& network);
void update(db::Session& session, const Network& network);
[[nodiscard]] std::optional<Network> network(db::Session& session, const std::string& slug);
/// Sorted by slug, after `after`; if `person_id` is set, only networks in which this person has a role.
[[nodiscard]] std::vector<Network> networks(db::Session& session, const std::optional<std::string>& person_id, const std::string& after,
                                            std::size_t limit);

}  // namespace queries

}  // namespace carillon::accounts
