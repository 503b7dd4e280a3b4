#pragma once
// A database with the table of uploads, a store and a clock, for the tests of uploads/.

#include "base/testing/testing.hpp"
#include "blob/store.hpp"
#include "db/database.hpp"
#include "uploads/schema.hpp"
#include "uploads/uploads_queries.hpp"

#include <array>
#include <stdexcept>

namespace carillon::uploads::testing {

/// The value, or an exception with the error's sentence.
template <class T>
T needed(Result<T> result) {
  if (!result) throw std::runtime_error{result.error().message};
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

/// As the first tables of podcast/ made it.
inline constexpr std::string_view kFirstColumns =
    "CREATE TABLE uploads (id TEXT PRIMARY KEY, digest TEXT NOT NULL, length BIGINT NOT NULL, created BIGINT NOT NULL);";

/// As if it had arrived.
inline void add(db::Session& session, const Upload& upload) { queries::insert(session, upload); }

struct World {
  World() {
    store = needed(blob::open_disk_store(folder.path() / "media", random));
    constexpr std::array kMigrations{db::Migration{1, "uploads", kFirstColumns}, db::Migration{2, "uploads in pieces", kUploadsSchema}};
    database = needed(db::Database::open(folder.path() / "carillon.db", kMigrations));
  }

  carillon::testing::TemporaryFolder folder;
  carillon::testing::SeededRandom random;
  carillon::testing::ManualClock clock;
  std::unique_ptr<blob::Store> store;
  std::unique_ptr<db::Database> database;
};

}  // namespace carillon::uploads::testing
