#pragma once
// The database's schema over all folders, step by step.

#include "db/database.hpp"

namespace carillon::app {

/// Every migration in order. A released one is never edited: what changes comes as a new one.
[[nodiscard]] std::span<const db::Migration> schema() noexcept;
/// The same for a guard, which has a database of its own without anything of podcasts.
[[nodiscard]] std::span<const db::Migration> guard_schema() noexcept;

}  // namespace carillon::app
