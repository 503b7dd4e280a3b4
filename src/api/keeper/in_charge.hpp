#pragma once
// Who is in charge: as a request says it, and where it does not.

#include "api/core/object_reader.hpp"
#include "api/keeper/keeper_parts.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::api {

/// Takes over whom the request puts in charge: people whom mail reaches, or "" for nobody in particular.
[[nodiscard]] Result<> name_in_charge(ObjectReader& reader, incidents::Stewardship& in_charge);
/// Who is in charge of what nobody in particular has. Any event loop; `parts` must live longer.
[[nodiscard]] asio::awaitable<incidents::Stewardship> machine_in_charge(const KeeperParts& parts);

}  // namespace carillon::api
