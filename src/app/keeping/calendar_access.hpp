#pragma once
// What a calendar program shows in the place of signing in.

#include "db/database.hpp"

#include <string>

namespace carillon::app {

/// A secret for each operator, which ends with them, and the machine's own. Any thread.
class CalendarAccess {
 public:
  /// `accounts`: null where there are none; must live longer.
  CalendarAccess(std::string key, db::Database* accounts) : key_{std::move(key)}, accounts_{accounts} {}

  /// Of whoever sits at the machine where `person_id` is empty.
  [[nodiscard]] std::string token_of(const std::string& person_id) const;
  /// Blocks.
  [[nodiscard]] bool opens(const std::string& token) const;

 private:
  std::string key_;
  db::Database* accounts_;
};

}  // namespace carillon::app
