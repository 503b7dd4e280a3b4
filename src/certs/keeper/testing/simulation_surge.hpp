#pragma once
// Who goes first when both nodes come back after they were off: of the names that were due by then, those that end soonest.

#include "base/time.hpp"

#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carillon::certs::testing {

/// What was due when the nodes came back, and in which order it was ordered. One thread.
class Surge {
 public:
  /// `due`: name → when its certificate ends; Time::max() for one that has nothing to lose and keeps failing: it comes last.
  explicit Surge(std::map<std::string, Time> due) : due_{std::move(due)}, waiting_{due_} {}

  /// An order was placed. Only the first one of each name, whichever node places it, belongs to the surge.
  void ordered(const std::string& account, int node, const std::string& name);
  /// A certificate was issued: the name has another end now, and its next order another reason.
  void issued(const std::string& name) { waiting_.erase(name); }

  struct OutOfOrder {
    std::string early;
    Time early_ends;
    std::string late;
    Time late_ends;
  };
  /// Per account and node the first name that was ordered long before one that ends sooner.
  [[nodiscard]] std::vector<OutOfOrder> out_of_order() const;

 private:
  std::map<std::string, Time> due_;
  std::map<std::string, Time> waiting_;                                     ///< of these, what was neither ordered nor issued yet
  std::map<std::pair<std::string, int>, std::vector<std::string>> orders_;  ///< per account and node, as they came
};

}  // namespace carillon::certs::testing
