#pragma once
// Steward and deputy from a request, and the default ones.

#include "api/core/object_reader.hpp"
#include "api/keeper/keeper_parts.hpp"

#include <boost/asio/awaitable.hpp>

namespace carillon::api {

/// Reads steward and deputy from the request: email addresses, or "" for no one in particular.
[[nodiscard]] Result<> name_in_charge(ObjectReader& reader, incidents::Stewardship& in_charge);
/// The default steward and deputy. Any event loop; `parts` must outlive the call.
[[nodiscard]] asio::awaitable<incidents::Stewardship> machine_in_charge(const KeeperParts& parts);

}  // namespace carillon::api
