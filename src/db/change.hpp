#pragma once
// One line of the change feed.

#include <string>

namespace carillon::db {

/// What was changed. It says where to look, not what is there now: whoever follows reads that from the tables.
struct Change {
  std::string kind;       ///< "show", "domains", "certificate", …: what a follower asks for
  std::string subject{};  ///< whose row: an id or a name; "" where there is but one
  std::string detail{};   ///< of the kind's own
  bool operator==(const Change&) const = default;
};

}  // namespace carillon::db
