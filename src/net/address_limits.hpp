#pragma once
// Limits connections per address, so that one address can't use all of them.

#include "base/ip/address.hpp"
#include "base/mutex.hpp"

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace carillon::net {

/// Counts the slots of each subscriber (IPv4 /32, IPv6 /64). It has at most one entry per slot. Used when a connection starts and ends; and
/// when a request does, for clients behind a proxy that identifies them in each request. Any thread.
class AddressLimits {
 public:
  AddressLimits(std::size_t per_address, std::vector<IpNetwork> exempt) : per_address_{per_address}, exempt_{std::move(exempt)} {}

  /// One slot of a subscriber, released when destroyed. The AddressLimits must outlive it.
  class Slot {
   public:
    Slot() = default;
    Slot(Slot&& other) noexcept : limits_{std::exchange(other.limits_, nullptr)}, of_{other.of_} {}
    Slot& operator=(Slot&& other) noexcept {
      std::swap(limits_, other.limits_);
      std::swap(of_, other.of_);
      return *this;
    }
    ~Slot() {
      if (limits_ != nullptr) limits_->give_back(of_);
    }

   private:
    friend class AddressLimits;
    Slot(AddressLimits& limits, const IpAddress& of) : limits_{&limits}, of_{of} {}
    AddressLimits* limits_ = nullptr;
    IpAddress of_;
  };

  /// None if that subscriber has reached the limit. An exempt address gets an empty slot, which isn't counted.
  [[nodiscard]] std::optional<Slot> take(const IpAddress& address);
  /// The number of subscribers with slots.
  [[nodiscard]] std::size_t subscribers() const;

 private:
  void give_back(const IpAddress& subscriber);

  const std::size_t per_address_;
  const std::vector<IpNetwork> exempt_;
  mutable Mutex mutex_;
  std::unordered_map<IpAddress, std::size_t> held_ GUARDED_BY(mutex_);
};

}  // namespace carillon::net
