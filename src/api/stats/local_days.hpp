#pragma once
// Days of a time zone. Pure.

#include "base/result.hpp"
#include "base/time.hpp"

#include <memory>
#include <string>

namespace carillon::api {

/// Immutable; any thread.
class LocalDays {
 public:
  /// A name of the IANA time zone database; "" and "UTC" are UTC. `invalid` if there's no such zone.
  static Result<LocalDays> of(const std::string& zone);
  LocalDays(LocalDays&&) noexcept;
  LocalDays& operator=(LocalDays&&) noexcept;
  ~LocalDays();

  [[nodiscard]] bool is_utc() const noexcept { return zone_ == nullptr; }
  /// The day in which the moment is.
  [[nodiscard]] std::chrono::local_days day_of(Time moment) const;

 private:
  struct Zone;
  explicit LocalDays(std::unique_ptr<Zone> zone);
  std::unique_ptr<Zone> zone_;
};

}  // namespace carillon::api
