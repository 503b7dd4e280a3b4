#pragma once
// A watch of an endpoint that Carillon doesn't manage, and the assessment of its checks.

#include "certs/probe/judge.hpp"
#include "certs/revocation/revocation.hpp"
#include "incidents/incidents.hpp"
#include "incidents/reminders.hpp"

#include <set>

namespace carillon::certs {

/// The shortest and longest interval of checks; in between, a twentieth of the served certificate's lifetime.
inline constexpr std::chrono::seconds kShortestRest{15};
inline constexpr std::chrono::minutes kUsualRest{10};
/// A single failed check may be a network glitch; three in a row aren't.
inline constexpr int kMissesBeforeItCounts = 3;

/// The kinds of incident a watch opens; the subject is `Watch::subject`.
inline constexpr std::string_view kWatchedExpiring = "watched-expiring";
inline constexpr std::string_view kWatchedExpired = "watched-expired";
inline constexpr std::string_view kWatchedBroken = "watched-broken";
inline constexpr std::string_view kWatchedRevoked = "watched-revoked";
inline constexpr std::string_view kWatchedUnreachable = "watched-unreachable";

/// The last result of an address.
struct LastSeen {
  std::string address;
  Time at;
  std::string serial;
  std::string issuer;
  std::optional<Time> not_after;
  std::vector<crypto::Finding> findings;
  std::string failure;   ///< why there is no certificate, a sentence
  std::string remark{};  ///< see Judgement
};

/// What a watch is called in lists, messages and incidents: “mail.example.org:993”, then “ as NAME” for another server name and “ (imap)”
/// for STARTTLS, so that two watches of an endpoint never look alike.
[[nodiscard]] std::string watch_name(const Target& target);

/// A watch as people refer to it.
struct WatchReference {
  Target target;
  bool any_kind = false;  ///< no STARTTLS protocol was given; `target` has the usual one for the port
};
/// Reads what `watch_name` writes, or an endpoint as people write it. `invalid`; the error's field is “target”.
[[nodiscard]] Result<WatchReference> watch_reference(std::string_view text);

struct Watch {
  Target target;
  incidents::Stewardship in_charge;
  Time added;
  Time next_look;
  std::optional<Time> last_look;
  int misses = 0;                              ///< consecutive incomplete checks
  std::set<std::string, std::less<>> trouble;  ///< the kinds of incident that are open because of it
  std::optional<Time> reminded, reminded_of;
  std::vector<LastSeen> seen;
  std::vector<crypto::Finding> accepted{};  ///< findings to ignore
  std::string failure{};                    ///< why the last check got no address at all, a sentence

  /// When the first of the served certificates expires; none: none was served.
  [[nodiscard]] std::optional<Time> ends() const;
  /// "ok", "late", "expired", "none": as in `cert list`.
  [[nodiscard]] std::string_view state(Time now) const;
  /// Why it isn't ok, as sentences; "" if it is.
  [[nodiscard]] std::string problem(Time now) const;
  [[nodiscard]] std::string subject() const { return watch_name(target); }
};

/// What names this watch on the command line: “mail.example.org:25 --name NAME --starttls KIND”, the options only where they are needed.
[[nodiscard]] std::string watch_arguments(const Target& target);

/// The result of assessing a check.
struct Assessment {
  Watch watch;                             ///< the updated watch
  std::vector<incidents::Report> reports;  ///< incidents to report
  struct Solved {
    std::string kind;
    std::string how;
  };
  std::vector<Solved> solved;
};

/// Pure. `looked` is the check's failure if the name doesn't resolve.
/// `longest_notice`: see incidents::notice_of. `revocations`: what is known about each sighting's certificate, in the same order; may be
/// empty.
[[nodiscard]] Assessment assess(Watch watch, const Result<std::vector<Sighting>>& looked, const crypto::Trust& trust, Time now,
                                Duration longest_notice = incidents::kLongestNotice,
                                std::span<const std::optional<Revocation>> revocations = {});

}  // namespace carillon::certs
