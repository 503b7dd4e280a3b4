#pragma once
// What an authority did and refused, in order: the judge's evidence.

#include "base/time.hpp"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::testca {

enum class Act {
  account,        ///< created, changed, deactivated: see detail
  order,          ///< a new order was taken
  authorization,  ///< a name was proven
  authorization_failure,
  issuance,
  revocation,
  refused,    ///< a new order or finalization was refused; the type is the problem's, "rateLimited" when it was above a limit
  forgotten,  ///< all memory was lost
};
[[nodiscard]] std::string_view name_of(Act act) noexcept;

struct LedgerEntry {
  Time time;
  Act act = Act::order;
  std::uint64_t account = 0;
  std::vector<std::string> names;
  std::string type;     ///< of the problem, without URN; "" where nothing went wrong
  std::string detail;   ///< a sentence, a profile, a certificate's identifier
  bool exempt = false;  ///< renews with a valid `replaces`: outside of all limits (RFC 9773 §5)
};

}  // namespace carillon::testca
