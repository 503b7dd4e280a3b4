// See default_stewardship.hpp.

#include "app/keeping/default_stewardship.hpp"

#include "accounts/store/contacts.hpp"
#include "base/log.hpp"

namespace carillon::app {

void DefaultStewardship::configure(const Configuration& configuration) {
  const Lock lock{mutex_};
  configured_ = {.steward = configuration.steward, .deputy = configuration.deputy, .network = {}};
  operators_ = configuration.operators;
}

std::vector<std::string> DefaultStewardship::operators() const {
  const Lock lock{mutex_};
  return operators_;
}

incidents::Stewardship DefaultStewardship::now() const {
  auto in_charge = [this] {
    const Lock lock{mutex_};
    return configured_;
  }();
  if (!in_charge.steward.empty() || accounts_ == nullptr) return in_charge;
  auto steward = accounts::steward_now(*accounts_);
  if (!steward) log::error("the default steward could not be read", {{"reason", steward.error().message}});
  in_charge.steward = std::move(steward).value_or("");
  return in_charge;
}

}  // namespace carillon::app
