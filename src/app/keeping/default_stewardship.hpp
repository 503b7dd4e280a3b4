#pragma once
// Who is in charge of what nobody in particular has, and who operates the machine: the one place that knows.

#include "app/configuration.hpp"
#include "base/mutex.hpp"
#include "db/database.hpp"
#include "incidents/incidents.hpp"

#include <string>
#include <vector>

namespace carillon::app {

/// Whoever needs the answer asks for it each time and keeps no copy, so that it is right after a reload and after the first person has
/// named a steward. Any thread.
class DefaultStewardship {
 public:
  /// `accounts`: where the first person may have named a steward; must live longer. Null where there are no accounts.
  DefaultStewardship(const Configuration& configuration, db::Database* accounts) : accounts_{accounts} { configure(configuration); }

  /// A configuration takes effect, at the start or when it was re-read.
  void configure(const Configuration& configuration);
  /// The steward and deputy of the configuration; where it names no steward, the one that the first person named. A database that cannot be
  /// read is logged, and nobody is steward then. Blocks; not within a transaction.
  [[nodiscard]] incidents::Stewardship now() const;
  /// The operators of the configuration; does not block.
  [[nodiscard]] std::vector<std::string> operators() const;

 private:
  db::Database* accounts_;
  mutable Mutex mutex_;
  incidents::Stewardship configured_ GUARDED_BY(mutex_);   ///< under mutex_
  std::vector<std::string> operators_ GUARDED_BY(mutex_);  ///< under mutex_
};

}  // namespace carillon::app
