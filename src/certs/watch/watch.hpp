#pragma once
// One endpoint that is not ours and is looked after nevertheless, and what a look at it means.

#include "certs/probe/judge.hpp"
#include "incidents/incidents.hpp"
#include "incidents/reminders.hpp"

#include <set>

namespace carillon::certs {

/// How often is looked at most and at least; in between, a twentieth of the lifetime of what is served.
inline constexpr std::chrono::seconds kShortestRest{15};
inline constexpr std::chrono::minutes kUsualRest{10};
/// One look that fails is the network's weather; three in a row are not.
inline constexpr int kMissesBeforeItCounts = 3;

/// The kinds of incident a watch opens; the subject is `Watch::subject`.
inline constexpr std::string_view kWatchedExpiring = "watched-expiring";
inline constexpr std::string_view kWatchedExpired = "watched-expired";
inline constexpr std::string_view kWatchedBroken = "watched-broken";
inline constexpr std::string_view kWatchedUnreachable = "watched-unreachable";

/// What an address showed when it was last looked at.
struct LastSeen {
  std::string address;
  Time at;
  std::string serial;
  std::string issuer;
  std::optional<Time> not_after;
  std::vector<crypto::Finding> findings;
  std::string failure;   ///< why nothing was seen, a sentence
  std::string remark{};  ///< as in Judgement
};

struct Watch {
  Target target;
  incidents::Stewardship in_charge;
  Time added;
  Time next_look;
  std::optional<Time> last_look;
  int misses = 0;                              ///< looks in a row that did not see everything
  std::set<std::string, std::less<>> trouble;  ///< the kinds of incident that are open because of it
  std::optional<Time> reminded, reminded_of;
  std::vector<LastSeen> seen;
  std::vector<crypto::Finding> accepted{};  ///< findings that are known there and change nothing
  std::string failure{};                    ///< why the last look saw no address at all, a sentence

  /// When the first of what was seen ends; none: nothing was seen.
  [[nodiscard]] std::optional<Time> ends() const;
  /// "ok", "late", "expired", "none": as in `cert list`.
  [[nodiscard]] std::string_view state(Time now) const;
  /// Why it is not ok, sentences; "" when it is.
  [[nodiscard]] std::string problem(Time now) const;
  [[nodiscard]] std::string subject() const { return target.text(); }
};

/// What is to be done after a look.
struct Assessment {
  Watch watch;                             ///< as it is now
  std::vector<incidents::Report> reports;  ///< to be reported: what is wrong now
  struct Solved {
    std::string kind;
    std::string how;
  };
  std::vector<Solved> solved;
};

/// Pure. `looked` is the look's failure when the name led nowhere.
/// `longest_notice`: see incidents::notice_of.
[[nodiscard]] Assessment assess(Watch watch, const Result<std::vector<Sighting>>& looked, const crypto::Trust& trust, Time now,
                                Duration longest_notice = incidents::kLongestNotice);

}  // namespace carillon::certs
