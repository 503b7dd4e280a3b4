#pragma once
// Checks shared by several actions.

#include "accounts/caller.hpp"
#include "base/result.hpp"

namespace carillon::accounts {

[[nodiscard]] Result<> check_name(std::string_view name);
[[nodiscard]] std::unexpected<Error> no_such_network(const std::string& slug);
[[nodiscard]] std::unexpected<Error> no_such_person();
/// Whether `by` may assign or remove the role `given`; operators may assign every role.
[[nodiscard]] Result<> check_giving(const Caller& by, const std::string& network, Role given);
/// The reason of a takedown, "" included.
[[nodiscard]] Result<> check_reason(std::string_view reason);

}  // namespace carillon::accounts
