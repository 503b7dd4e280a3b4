// See address_limits.hpp.

#include "net/address_limits.hpp"

namespace carillon::net {

std::optional<AddressLimits::Slot> AddressLimits::take(const IpAddress& address) {
  if (is_in(exempt_, address)) return Slot{};
  const auto subscriber = subscriber_of(address);
  const Lock lock{mutex_};
  auto& held = held_[subscriber];
  if (held >= per_address_) return std::nullopt;
  ++held;
  return Slot{*this, subscriber};
}

void AddressLimits::give_back(const IpAddress& subscriber) {
  const Lock lock{mutex_};
  const auto found = held_.find(subscriber);
  if (found != held_.end() && --found->second == 0) held_.erase(found);
}

std::size_t AddressLimits::subscribers() const {
  const Lock lock{mutex_};
  return held_.size();
}

}  // namespace carillon::net
