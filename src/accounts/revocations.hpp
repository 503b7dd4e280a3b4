#pragma once
// Who lost a right, told at once to whatever outlives the request that the right was checked for: event streams, exports.

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

/// What was taken away: everything of a person, but for one session; or one session; or one token.
struct Revocation {
  std::string person;
  std::string session;         ///< only this one; "" otherwise
  std::string token;           ///< only this one; "" otherwise
  std::string kept_session;    ///< of all of the person's, this one stays; "" for none
  bool sessions_only = false;  ///< tokens go on

  [[nodiscard]] bool concerns(const Caller& caller) const;
};

/// The kind of the changes (db/change.hpp) of revocations; the subject is the person, the detail the revocation's text.
inline constexpr std::string_view kRevocationChange = "revocation";
[[nodiscard]] std::string text_of(const Revocation& revocation);
/// `corrupt` for what text_of() does not write.
[[nodiscard]] Result<Revocation> revocation_from(std::string_view text);

/// Any thread.
class Revocations {
 public:
  /// As long as it lives, `lost` may be called. Dropping it waits for a call under way.
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

  /// The number of the last one. A caller whose rights are read after this was asked knows every revocation up to it.
  [[nodiscard]] std::uint64_t last() const;
  /// `lost` is called, on any thread and possibly before this returns, when `caller` loses a right, or lost one since `caller.as_of`. It
  /// must not block, nor drop the watch.
  [[nodiscard]] std::unique_ptr<Watch> watch(const Caller& caller, std::function<void()> lost);
  /// Call it once what it tells is committed.
  void tell(const Revocation& revocation);
  /// Something was taken away, and it is not known what: every watcher is told.
  void tell_everybody();
  /// The same for what a transaction takes away: within it, told once it is committed, on every node.
  void tell_once_committed(db::Database& database, Revocation revocation);

 private:
  struct Watcher {
    Caller caller;
    std::function<void()> lost;
  };
  mutable Mutex mutex_;
  std::uint64_t last_ GUARDED_BY(mutex_) = 0;
  std::uint64_t next_watch_ GUARDED_BY(mutex_) = 1;
  std::deque<Revocation> recent_ GUARDED_BY(mutex_);  ///< the last of them, the newest at the end
  std::map<std::uint64_t, Watcher> watchers_ GUARDED_BY(mutex_);
};

}  // namespace carillon::accounts
