#pragma once
// JSON documents for networks, people, sessions, tokens, invitations and the audit trail.

#include "accounts/audit.hpp"
#include "accounts/people/invitations.hpp"
#include "accounts/store/networks.hpp"
#include "accounts/store/people.hpp"
#include "accounts/store/sessions.hpp"
#include "accounts/store/tokens.hpp"

namespace carillon::api {

[[nodiscard]] boost::json::object document_of(const accounts::Network& network);
[[nodiscard]] boost::json::object document_of(const accounts::Person& person);
/// A person as the members of one network see them: only with their role there.
[[nodiscard]] boost::json::object document_of(const accounts::Person& person, const std::string& network);
[[nodiscard]] boost::json::object document_of(const accounts::Session& session, bool current);
[[nodiscard]] boost::json::object document_of(const accounts::Token& token);
[[nodiscard]] boost::json::object document_of(const accounts::Invitation& invitation);
[[nodiscard]] boost::json::object document_of(const accounts::AuditLine& line);

}  // namespace carillon::api
