#pragma once
// One line of the change feed.

#include <string>

namespace carillon::db {

/// A change. It only identifies what changed; followers read the current data from the tables.
struct Change {
  std::string kind;       ///< "show", "domains", "certificate", …: selects the follower
  std::string subject{};  ///< the row: an ID or a name; "" if there is only one
  std::string detail{};   ///< specific to the kind
  bool operator==(const Change&) const = default;
};

}  // namespace carillon::db
