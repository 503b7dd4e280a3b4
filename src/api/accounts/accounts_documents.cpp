// See accounts_documents.hpp.

#include "api/accounts/accounts_documents.hpp"

#include <boost/json/array.hpp>

namespace carillon::api {
namespace json = boost::json;
namespace {

json::value time_or_null(const std::optional<Time>& time) { return time ? json::value(to_rfc3339(*time)) : json::value(nullptr); }

}  // namespace

json::object document_of(const accounts::Network& network) {
  return {{"slug", network.slug},
          {"name", network.name},
          {"created", to_rfc3339(network.created)},
          {"storage_quota", network.storage_quota.value},
          {"show_quota", network.show_quota},
          {"upload_quota", network.upload_quota},
          {"suspended", network.suspended.empty() ? json::value(nullptr) : json::value(network.suspended)},
          {"revision", network.revision}};
}

json::object document_of(const accounts::Person& person) {
  json::object roles;
  for (const auto& [network, role] : person.roles) roles[network] = accounts::name_of(role);
  return {{"id", person.id},
          {"email", person.email},
          {"name", person.name},
          {"operator", person.is_operator},
          {"roles", std::move(roles)},
          {"password_set", person.has_password},
          {"second_factor", person.has_second_factor},
          {"created", to_rfc3339(person.created)},
          {"disabled", time_or_null(person.disabled)}};
}

json::object document_of(const accounts::Person& person, const std::string& network) {
  const auto role = person.roles.find(network);
  json::object roles;
  if (role != person.roles.end()) roles[network] = accounts::name_of(role->second);
  auto document = document_of(person);
  document["roles"] = std::move(roles);
  return document;
}

json::object document_of(const accounts::Session& session, bool current) {
  return {{"id", session.id},
          {"agent", session.agent},
          {"address_prefix", session.address_prefix},
          {"created", to_rfc3339(session.created)},
          {"last_used", to_rfc3339(session.last_used)},
          {"ends", to_rfc3339(session.ends)},
          {"current", current}};
}

json::object document_of(const accounts::Token& token) {
  return {{"id", token.id},
          {"name", token.name},
          {"scopes", json::array(token.scopes.begin(), token.scopes.end())},
          {"created", to_rfc3339(token.created)},
          {"last_used", time_or_null(token.last_used)},
          {"ends", time_or_null(token.ends)}};
}

json::object document_of(const accounts::Invitation& invitation) {
  return {{"id", invitation.id},
          {"email", invitation.email},
          {"network", invitation.network},
          {"role", accounts::name_of(invitation.role)},
          {"created", to_rfc3339(invitation.created)},
          {"ends", to_rfc3339(invitation.ends)}};
}

json::object document_of(const accounts::AuditLine& line) {
  return {{"id", line.id},
          {"at", to_rfc3339(line.at)},
          {"network", line.act.network},
          {"actor", line.actor.name},
          {"address_prefix", line.actor.address_prefix},
          {"act", line.act.what},
          {"subject", line.act.subject},
          {"was", line.act.was},
          {"became", line.act.became}};
}

}  // namespace carillon::api
