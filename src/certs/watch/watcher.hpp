#pragma once
// Looks after endpoints that are not ours: when each is due, what was seen there, and who has to hear of it.

#include "base/set_back.hpp"
#include "certs/watch/watch.hpp"
#include "db/database.hpp"

#include <chrono>
#include <optional>
#include <vector>

namespace carillon::certs {

/// An address has this long to show its certificate.
inline constexpr std::chrono::seconds kLookDeadline{10};
/// So many watches are looked at side by side, so that a few silent ones delay the rest by seconds at most.
inline constexpr std::size_t kLooksAtOnce = 16;

/// Any thread. What it is made of must outlive it.
class Watcher {
 public:
  struct Parts {
    db::Database& database;  ///< with kWatchSchema
    Prober& prober;
    incidents::Incidents& incidents;
    const Clock& clock;
    std::chrono::milliseconds deadline = kLookDeadline;
  };
  /// `trust`: what the watched certificates are checked against, usually the system's roots.
  Watcher(const Parts& parts, crypto::Trust trust) : parts_{parts}, trust_{std::move(trust)} {}

  /// Puts `target` under watch, due at once; where it is already, others are in charge from now on. `invalid` for a target that cannot be.
  /// Blocks.
  Result<> add(Target target, const incidents::Stewardship& in_charge);
  /// Forgets it and closes its incidents. `not_found`. Blocks.
  Result<> remove(Target target);
  /// In the order of their names. Blocks.
  Result<std::vector<Watch>> list();

  /// The clock was set back: everything is looked at again, and no reminder waits for that. Blocks.
  Result<> clock_set_back(const SetBack& jump);

  /// Looks at everything that is due, reports and solves, and answers when something is due next (none: nothing is watched). One caller at
  /// a time; blocks until all were looked at, at most deadline × due ÷ kLooksAtOnce.
  std::optional<Time> work();

 private:
  void look_at(const Target& target);

  Parts parts_;
  crypto::Trust trust_;
};

}  // namespace carillon::certs
