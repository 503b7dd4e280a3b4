#pragma once
// What was refused, for those who have to see an attack: failed sign-ins, throttled callers, missing permissions, forged requests. In the
// log and in the audit trail, counted together so that an attacker fills neither.

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
  sign_in_throttled,  ///< not even looked at
  second_factor,      ///< the right password, without the code that it takes
  confirm,            ///< a wrong current password or code of somebody who is signed in
  token,              ///< an unknown bearer token
  calendar,           ///< a calendar's address with a wrong secret
  too_many,           ///< requests
  not_allowed,        ///< 403
  forged,             ///< a write with a session's cookie and without its CSRF token
};

struct Refusal {
  Refused what = Refused::sign_in;
  std::string subject;         ///< who was meant or asked: an email address as it was typed, or ""
  std::string address_prefix;  ///< "192.0.2.0/24"
  std::string detail{};        ///< of the first one; no secrets
};

/// The first of the same kind, subject and address prefix is written at the next flush, and those that follow within kRefusalsTogether as
/// one line with their count.
inline constexpr std::chrono::minutes kRefusalsTogether{1};
/// Lines of one kind in that time; what exceeds them is told together, as of “others”. They bound the disk that an attacker takes.
inline constexpr std::size_t kMaxRefusalLines = 30;
/// Refusals that wait for the next flush; they bound memory.
inline constexpr std::size_t kMaxRefusalsWaiting = 1'000;
/// Lines of refusals in the audit trail; the oldest are dropped beyond.
inline constexpr std::size_t kMaxRefusalsKept = 50'000;

/// Any thread.
class Refusals {
 public:
  Refusals(db::Database& database, const Clock& clock, Random& random) : database_{database}, clock_{clock}, random_{random} {}

  /// Cheap; does not block.
  void note(Refusal refusal);
  /// Writes what is due. What people typed in the place of an address (a password, by mistake) is not written: addresses without an account
  /// are told together. Blocks, also while another flush is under way.
  Result<> flush_now();
  /// Drops what exceeds kMaxRefusalsKept. Blocks.
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
