// See members.hpp.

#include "certs/keeper/schedule/members.hpp"

#include <algorithm>

namespace carillon::certs {

bool is_for(const InForce& certificate, const KeptName& row, std::string_view host) {
  return certificate.names.empty() ? row.host() == host : std::ranges::find(certificate.names, host) != certificate.names.end();
}

std::vector<std::string> lacking(const NameState& name) {
  std::vector<std::string> hosts;
  for (const auto& member : name.row.members) {
    if (name.current && !is_for(*name.current, name.row, member.name)) hosts.push_back(member.name);
  }
  return hosts;
}

std::optional<Time> lacking_due(const NameState& name) {
  std::optional<Time> due;
  for (const auto& host : lacking(name)) {
    const auto& member = *name.row.member(host);
    auto at = member.again_at;
    if (member.left_out) {
      const auto check = name.self_checks.find(host);
      at = std::min(at, check == name.self_checks.end() ? Time{} : check->second.next);
    }
    due = std::min(due.value_or(at), at);
  }
  return due;
}

std::vector<std::string> names_to_order(const KeptName& row, Time now) {
  std::vector<std::string> names;
  for (const auto& member : row.members) {
    if (!member.left_out || member.again_at <= now) names.push_back(member.name);
  }
  return names.empty() ? row.hosts() : names;
}

bool replaces_predecessor(const NameState& name, const std::vector<std::string>& names) {
  const auto& before = name.predecessor();
  return before && before->issuer == name.row.issuer && !before->ari_id.empty() && !name.row.without_replaces &&
         std::ranges::any_of(names, [&](const std::string& host) { return is_for(*before, name.row, host); });
}

}  // namespace carillon::certs
