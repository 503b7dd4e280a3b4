#pragma once
// The people to notify of incidents: those in the configuration, and those with an account.

#include "app/keeping/default_stewardship.hpp"

namespace carillon::app {

/// Any thread; blocks on the database.
class PeopleToTell final : public incidents::People {
 public:
  /// `accounts`: null if there are none. Both must outlive it.
  PeopleToTell(const DefaultStewardship& configured, db::Database* accounts) : configured_{configured}, accounts_{accounts} {}

  std::vector<std::string> operators() override;
  std::vector<std::string> owners(const std::string& network) override;
  std::vector<std::string> departed() override;

 private:
  const DefaultStewardship& configured_;
  db::Database* accounts_;
};

}  // namespace carillon::app
