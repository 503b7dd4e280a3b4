#pragma once
// Watches endpoints that Carillon doesn't manage: schedules checks, stores results and reports incidents.

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

class Revocations;

/// The deadline for one address.
inline constexpr std::chrono::seconds kLookDeadline{10};
/// How many watches are checked in parallel, so that a few silent ones delay the rest by seconds at most.
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
    Revocations* revocations = nullptr;                   ///< none: certificates aren't checked for revocation
  };
  /// `trust` has the roots for the watched certificates, usually the system's.
  Watcher(const Parts& parts, crypto::Trust trust) : parts_{parts}, trust_{std::make_shared<const crypto::Trust>(std::move(trust))} {}

  /// Sets the roots from the next check on.
  void set_trust(crypto::Trust trust);

  /// Watches `target`, due immediately; for an existing watch, changes steward, deputy and accepted findings. `invalid` for an invalid
  /// target or a finding that can't be accepted. Blocks.
  Result<> add(Target target, const incidents::Stewardship& in_charge, std::vector<crypto::Finding> accepted = {});
  /// Deletes it and closes its incidents. `not_found`. Blocks.
  Result<> remove(Target target);
  /// Sorted by name. Blocks.
  Result<std::vector<Watch>> list();
  /// The same from memory, possibly some seconds old. Doesn't block.
  [[nodiscard]] std::vector<Watch> latest() const;

  /// Corrects times after the clock was set back: checks everything again; reminders aren't delayed. Blocks.
  Result<> clock_set_back(const SetBack& jump);

  /// Checks everything that is due, reports and resolves incidents, and returns when the next check is due (none: nothing is watched). One
  /// caller at a time; blocks until all checks are done, at most deadline × due ÷ kLooksAtOnce.
  std::optional<Time> work();

 private:
  void look_at(const Target& target, const crypto::Trust& trust);
  void remember();

  Parts parts_;
  mutable Mutex mutex_;
  std::shared_ptr<const crypto::Trust> trust_ GUARDED_BY(mutex_);
  std::vector<Watch> latest_ GUARDED_BY(mutex_);
  std::optional<Time> remembered_;    ///< when latest_ was read; only used by work()
  std::atomic<bool> changed_ = true;  ///< a watch was added or removed since
};

}  // namespace carillon::certs
