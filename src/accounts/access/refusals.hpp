#pragma once
// Records refusals so that operators notice attacks: failed sign-ins, throttled callers, missing permissions, forged requests. They are
// written to the log and the audit trail, with repeated ones combined so that an attacker can't fill either.

#include "base/mutex.hpp"
#include "base/random.hpp"
#include "base/time.hpp"
#include "db/database.hpp"

#include <compare>
#include <map>
#include <string>

namespace carillon::accounts {

enum class Refused {
  sign_in,            ///< wrong password, code or address
  sign_in_throttled,  ///< rejected without checking the password
  second_factor,      ///< the right password without the required code
  confirm,            ///< a wrong current password or code of a person who is signed in
  token,              ///< an unknown bearer token
  calendar,           ///< a calendar's address with a wrong secret
  too_many,           ///< requests
  not_allowed,        ///< 403
  forged,             ///< a write with a session cookie but without its CSRF token
};

struct Refusal {
  Refused what = Refused::sign_in;
  std::string subject;         ///< the account or caller: an email address as typed, or ""
  std::string address_prefix;  ///< "192.0.2.0/24"
  std::string detail{};        ///< of the first refusal; no secrets
};

/// The first refusal with the same kind, subject and address prefix is written at the next flush. Those that follow within
/// kRefusalsTogether become one line with their count.
inline constexpr std::chrono::minutes kRefusalsTogether{1};
/// Lines of one kind in that time; further refusals are combined as “others”. This limits how much disk an attacker can use.
inline constexpr std::size_t kMaxRefusalLines = 30;
/// Refusals that can wait for the next flush; limits memory.
inline constexpr std::size_t kMaxRefusalsWaiting = 1'000;
/// Lines of refusals in the audit trail; beyond that, the oldest are dropped.
inline constexpr std::size_t kMaxRefusalsKept = 50'000;

/// Any thread.
class Refusals {
 public:
  Refusals(db::Database& database, const Clock& clock, Random& random) : database_{database}, clock_{clock}, random_{random} {}

  /// Cheap; does not block.
  void note(Refusal refusal);
  /// Writes what is due. Text that people typed instead of an address (e.g. a password, by mistake) isn't written: addresses without an
  /// account are combined. Blocks, also while another flush is running.
  Result<> flush_now();
  /// Deletes lines beyond kMaxRefusalsKept. Blocks.
  Result<> sweep_now();

 private:
  struct Key {
    Refused what;
    std::string subject;
    std::string address_prefix;
    auto operator<=>(const Key&) const = default;
  };
  struct Count {
    std::size_t count = 0;
    std::string detail;
  };
  struct Window {
    Time began;
    std::size_t more = 0;  ///< since its first line
    std::string detail;
  };
  struct Line {
    Key key;
    Count count;
  };

  std::vector<Line> due_lines(std::map<Key, Count> waiting) REQUIRES(flushing_);
  Key shared_if_crowded(Key key) const REQUIRES(flushing_);

  db::Database& database_;
  const Clock& clock_;
  Random& random_;
  Mutex mutex_;
  std::map<Key, Count> waiting_ GUARDED_BY(mutex_);
  Mutex flushing_;
  std::map<Key, Window> windows_ GUARDED_BY(flushing_);
};

}  // namespace carillon::accounts
