#pragma once
// Secrets with which calendar apps authenticate.

#include "db/database.hpp"

#include <string>

namespace carillon::app {

/// A secret for each operator, valid as long as they are one, and one for the machine. Any thread.
class CalendarAccess {
 public:
  /// `accounts`: null if there are none; must outlive it.
  CalendarAccess(std::string key, db::Database* accounts) : key_{std::move(key)}, accounts_{accounts} {}

  /// For an operator on the machine if `person_id` is empty.
  [[nodiscard]] std::string token_of(const std::string& person_id) const;
  /// Blocks.
  [[nodiscard]] bool opens(const std::string& token) const;

 private:
  std::string key_;
  db::Database* accounts_;
};

}  // namespace carillon::app
