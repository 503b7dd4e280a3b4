#pragma once
// Notifies everything that outlives the request for which a right was checked (event streams, exports) immediately when a person loses that
// right.

#include "accounts/caller.hpp"
#include "base/mutex.hpp"
#include "base/result.hpp"
#include "db/database.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>

namespace carillon::accounts {

/// Revoked rights: all of a person's, except one session; or one session; or one token.
struct Revocation {
  std::string person;
  std::string session;         ///< only this one; "" otherwise
  std::string token;           ///< only this one; "" otherwise
  std::string kept_session;    ///< the only session that remains valid; "" for none
  bool sessions_only = false;  ///< tokens remain valid

  [[nodiscard]] bool concerns(const Caller& caller) const;
};

/// The kind of the changes (db/change.hpp) of revocations; the subject is the person, the detail the revocation's text.
inline constexpr std::string_view kRevocationChange = "revocation";
[[nodiscard]] std::string text_of(const Revocation& revocation);
/// `corrupt` for text that text_of() doesn't write.
[[nodiscard]] Result<Revocation> revocation_from(std::string_view text);

/// Any thread.
class Revocations {
 public:
  /// `lost` may be called while this exists. Destroying it waits for a running call.
  class Watch {
   public:
    ~Watch();
    Watch(const Watch&) = delete;
    Watch& operator=(const Watch&) = delete;

   private:
    friend class Revocations;
    Watch(Revocations& revocations, std::uint64_t number) : revocations_{revocations}, number_{number} {}
    Revocations& revocations_;
    std::uint64_t number_;
  };

  /// The number of the last revocation. Rights that are read after this call include every revocation up to it.
  [[nodiscard]] std::uint64_t last() const;
  /// Calls `lost` when `caller` loses a right, or has lost one since `caller.as_of`; on any thread, possibly before this returns. `lost`
  /// must not block or destroy the watch.
  [[nodiscard]] std::unique_ptr<Watch> watch(const Caller& caller, std::function<void()> lost);
  /// Call it after the revocation is committed.
  void tell(const Revocation& revocation);
  /// Notifies every watcher, for unknown revocations.
  void tell_everybody();
  /// The same from within the transaction of a revocation: watchers on every node are notified once it is committed.
  void tell_once_committed(db::Database& database, Revocation revocation);

 private:
  struct Watcher {
    Caller caller;
    std::function<void()> lost;
  };
  mutable Mutex mutex_;
  std::uint64_t last_ GUARDED_BY(mutex_) = 0;
  std::uint64_t next_watch_ GUARDED_BY(mutex_) = 1;
  std::deque<Revocation> recent_ GUARDED_BY(mutex_);  ///< the latest revocations, newest last
  std::map<std::uint64_t, Watcher> watchers_ GUARDED_BY(mutex_);
};

}  // namespace carillon::accounts
