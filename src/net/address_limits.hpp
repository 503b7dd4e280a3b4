#pragma once
// How many connections one address may hold, so that no one of them takes the places of all others.

#include "base/ip/address.hpp"
#include "base/mutex.hpp"

#include <memory>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace carillon::net {

/// Counts what each subscriber (IPv4 /32, IPv6 /64) holds. It has at most one entry for each slot that is held. Touched when a connection
/// begins and ends; and, for clients behind a proxy that names them in each request, when a request does. Any thread.
class AddressLimits {
 public:
  AddressLimits(std::size_t per_address, std::vector<IpNetwork> exempt) : per_address_{per_address}, exempt_{std::move(exempt)} {}

  /// One place of a subscriber, given back when this goes. The AddressLimits must live longer.
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

  /// None when that subscriber holds as many as one may. An exempt address gets an empty slot, which counts nothing.
  [[nodiscard]] std::optional<Slot> take(const IpAddress& address);
  /// Subscribers that hold any.
  [[nodiscard]] std::size_t subscribers() const;

 private:
  void give_back(const IpAddress& subscriber);

  const std::size_t per_address_;
  const std::vector<IpNetwork> exempt_;
  mutable Mutex mutex_;
  std::unordered_map<IpAddress, std::size_t> held_ GUARDED_BY(mutex_);
};

}  // namespace carillon::net
