// See ledger.hpp.

#include "testca/ledger.hpp"

namespace carillon::testca {

std::string_view name_of(Act act) noexcept {
  switch (act) {
    case Act::account:
      return "account";
    case Act::order:
      return "order";
    case Act::authorization:
      return "authorization";
    case Act::authorization_failure:
      return "authorization_failure";
    case Act::issuance:
      return "issuance";
    case Act::revocation:
      return "revocation";
    case Act::refused:
      return "refused";
    case Act::forgotten:
      return "forgotten";
  }
  return "";
}

}  // namespace carillon::testca
