// See in_charge.hpp.

#include "api/keeper/in_charge.hpp"

#include "api/core/blocking.hpp"
#include "base/mail_address.hpp"

namespace carillon::api {

Result<> name_in_charge(ObjectReader& reader, incidents::Stewardship& in_charge) {
  for (const auto& [field, person] : {std::pair{"steward", &in_charge.steward}, std::pair{"deputy", &in_charge.deputy}}) {
    const auto named = reader.text(field);
    if (!named) continue;
    if (!named->empty()) {
      if (auto good = checked_mail_address(*named, field); !good) return forward_error(good);
    }
    *person = *named;
  }
  return {};
}

asio::awaitable<incidents::Stewardship> machine_in_charge(const KeeperParts& parts) {
  co_return co_await blocking(parts.workers, [&parts] { return parts.in_charge(); });
}

}  // namespace carillon::api
