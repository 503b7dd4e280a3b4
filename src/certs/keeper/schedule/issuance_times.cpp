// See issuance_times.hpp.

#include "certs/keeper/schedule/issuance_times.hpp"

#include <algorithm>

namespace carillon::certs {

void IssuanceTimes::took(const std::string& issuer, Duration time) {
  const Lock lock{mutex_};
  auto& times = times_[issuer];
  times.push_back(std::max(time, Duration{}));
  if (times.size() > kRemembered) times.pop_front();
}

Duration IssuanceTimes::longest_of(const std::string& issuer) const {
  const Lock lock{mutex_};
  const auto found = times_.find(issuer);
  return found == times_.end() ? Duration{} : *std::ranges::max_element(found->second);
}

}  // namespace carillon::certs
