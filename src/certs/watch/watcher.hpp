#pragma once
// Looks after endpoints that are not ours: when each is due, what was seen there, and who has to hear of it.

#include "base/mutex.hpp"
#include "base/set_back.hpp"
#include "certs/watch/watch.hpp"
#include "db/database.hpp"

#include <atomic>
#include <chrono>
#include <memory>
#include <optional>
#include <vector>

namespace carillon::certs {

/// An address has this long to show its certificate.
inline constexpr std::chrono::seconds kLookDeadline{10};
/// So many watches are looked at side by side, so that a few silent ones delay the rest by seconds at most.
inline constexpr std::size_t kLooksAtOnce = 16;

/// Any thread. The constructor's arguments must outlive it.
class Watcher {
 public:
  struct Parts {
    db::Database& database;  ///< with kWatchSchema
    Prober& prober;
    incidents::Incidents& incidents;
    const Clock& clock;
    std::chrono::milliseconds deadline = kLookDeadline;
    Duration longest_notice = incidents::kLongestNotice;  ///< see incidents::notice_of
  };
  /// `trust`: what the watched certificates are checked against, usually the system's roots.
  Watcher(const Parts& parts, crypto::Trust trust) : parts_{parts}, trust_{std::make_shared<const crypto::Trust>(std::move(trust))} {}

  /// From the next look on the certificates are checked against this.
  void set_trust(crypto::Trust trust);

  /// Puts `target` under watch, due at once; where it is already, others are in charge and other findings accepted from now on. `invalid`
  /// for a target that cannot be, or a finding that can't be accepted. Blocks.
  Result<> add(Target target, const incidents::Stewardship& in_charge, std::vector<crypto::Finding> accepted = {});
  /// Forgets it and closes its incidents. `not_found`. Blocks.
  Result<> remove(Target target);
  /// In the order of their names. Blocks.
  Result<std::vector<Watch>> list();
  /// The same as it was some seconds ago, from memory. Doesn't block.
  [[nodiscard]] std::vector<Watch> latest() const;

  /// The clock was set back: everything is looked at again, and no reminder waits for that. Blocks.
  Result<> clock_set_back(const SetBack& jump);

  /// Looks at everything that is due, reports and solves, and answers when something is due next (none: nothing is watched). One caller at
  /// a time; blocks until all were looked at, at most deadline × due ÷ kLooksAtOnce.
  std::optional<Time> work();

 private:
  void look_at(const Target& target, const crypto::Trust& trust);
  void remember();

  Parts parts_;
  mutable Mutex mutex_;
  std::shared_ptr<const crypto::Trust> trust_ GUARDED_BY(mutex_);
  std::vector<Watch> latest_ GUARDED_BY(mutex_);
  std::optional<Time> remembered_;    ///< when latest_ was read; for work() alone
  std::atomic<bool> changed_ = true;  ///< something was added or removed since
};

}  // namespace carillon::certs
