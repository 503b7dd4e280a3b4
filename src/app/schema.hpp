#pragma once
// The database schema of all folders, as a list of migrations.

#include "db/database.hpp"

namespace carillon::app {

/// Every migration in order. A released one is never edited; changes need a new one.
[[nodiscard]] std::span<const db::Migration> schema() noexcept;
/// The same for a guard, whose database has no podcast tables.
[[nodiscard]] std::span<const db::Migration> guard_schema() noexcept;

}  // namespace carillon::app
