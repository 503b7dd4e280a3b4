// See schema.hpp.

#include "app/schema.hpp"

#include "jobs/schema.hpp"
#include "podcast/schema.hpp"

#include <array>

namespace carillon::app {

std::span<const db::Migration> schema() noexcept {
  static constexpr std::array kMigrations{
      db::Migration{1, "jobs", jobs::kJobsSchema},
      db::Migration{2, "shows, episodes, uploads, pictures", podcast::kSchema},
  };
  return kMigrations;
}

}  // namespace carillon::app
