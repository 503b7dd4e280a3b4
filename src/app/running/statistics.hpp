#pragma once
// The database of counted days, and what counts them.

#include "app/data_folder.hpp"
#include "stats/rollups/figures.hpp"

#include <memory>

namespace carillon::app {

/// The arguments of open() must outlive it.
class Statistics {
 public:
  static Result<std::unique_ptr<Statistics>> open(const DataFolder& data, db::Database& podcasts, const Clock& clock);
  [[nodiscard]] stats::Figures& figures() noexcept { return *figures_; }

 private:
  std::unique_ptr<db::Database> database_;
  std::unique_ptr<stats::Warehouse> warehouse_;
  std::unique_ptr<stats::Figures> figures_;
};

}  // namespace carillon::app
