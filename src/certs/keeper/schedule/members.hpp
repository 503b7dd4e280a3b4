#pragma once
// Which names of a group are in a certificate and in the next order. Pure.

#include "certs/keeper/name_state.hpp"

namespace carillon::certs {

/// Whether the certificate is for `host`, one of the row's names.
[[nodiscard]] bool is_for(const InForce& certificate, const KeptName& row, std::string_view host);
/// The names of the group that the active certificate lacks; none for a single name.
[[nodiscard]] std::vector<std::string> lacking(const NameState& name);
/// When an order for these names may start before the certificate is renewed anyway; none: there are no such names.
[[nodiscard]] std::optional<Time> lacking_due(const NameState& name);
/// The names of an order that is placed now: all but those that are left out. Never empty.
[[nodiscard]] std::vector<std::string> names_to_order(const KeptName& row, Time now);
/// Whether an order for `names` says which certificate it replaces (RFC 9773 §5): one of the same issuer with at least one of the names.
[[nodiscard]] bool replaces_predecessor(const NameState& name, const std::vector<std::string>& names);

}  // namespace carillon::certs
