#pragma once
// The default steward and deputy, and the operators of the machine, in a single place.

#include "app/configuration.hpp"
#include "base/mutex.hpp"
#include "db/database.hpp"
#include "incidents/incidents.hpp"

#include <string>
#include <vector>

namespace carillon::app {

/// Query it each time instead of storing a copy, so that it is right after a reload and after setup. Any thread.
class DefaultStewardship {
 public:
  /// `accounts` may have the steward from setup; must outlive it. Null if there are no accounts.
  DefaultStewardship(const Configuration& configuration, db::Database* accounts) : accounts_{accounts} { configure(configuration); }

  /// Applies a configuration, at startup or after a reload.
  void configure(const Configuration& configuration);
  /// The configured steward and deputy; without a configured steward, the one from setup. If the database can't be read, logs that and
  /// returns no steward. Blocks; not within a transaction.
  [[nodiscard]] incidents::Stewardship now() const;
  /// The configured operators; doesn't block.
  [[nodiscard]] std::vector<std::string> operators() const;

 private:
  db::Database* accounts_;
  mutable Mutex mutex_;
  incidents::Stewardship configured_ GUARDED_BY(mutex_);   ///< under mutex_
  std::vector<std::string> operators_ GUARDED_BY(mutex_);  ///< under mutex_
};

}  // namespace carillon::app
