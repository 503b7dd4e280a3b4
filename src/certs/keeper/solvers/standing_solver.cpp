// See standing_solver.hpp.

#include "certs/keeper/solvers/standing_solver.hpp"

#include "certs/dns_proof/places.hpp"
#include "certs/serving/rsa_mark.hpp"

namespace carillon::certs {

Result<std::string> StandingSolver::plan(const std::string&, const std::string& permission) {
  return std::string(kDnsPersist01) + " " + permission;
}

bool StandingSolver::covers(std::string_view proof, std::string_view permission) const {
  return proof.starts_with(kDnsPersist01) && proof.substr(kDnsPersist01.size()).starts_with(' ') &&
         proof.substr(kDnsPersist01.size() + 1) == permission;
}

Result<bool> StandingSolver::ready(const std::string& name, const std::string& proof) {
  const auto wanted = StandingPermission::from_text(std::string_view{proof}.substr(std::min(proof.size(), kDnsPersist01.size() + 1)));
  if (!wanted) return fail(ErrorKind::internal, "“" + proof + "” isn't a permission in DNS.");
  const auto found = look_up(std::string(without_rsa_mark(name)), *wanted);
  if (!found) return std::unexpected(found.error());
  if (!found->permits) return fail(ErrorKind::not_found, found->problem);
  return true;
}

Result<StandingAnswer> StandingSolver::look_up(const std::string& name, const StandingPermission& wanted) {
  const auto place = behind_aliases(resolver_, standing_record_name(name));
  if (!place) return fail(place.error().kind, "this server's DNS lookup failed: " + place.error().message);
  const auto texts = resolver_.txt(*place);
  if (!texts && texts.error().kind != ErrorKind::not_found)
    return fail(texts.error().kind, "this server's DNS lookup failed: " + texts.error().message);
  return judge_standing_records(texts ? *texts : std::vector<std::string>{}, wanted, name, clock_.now());
}

}  // namespace carillon::certs
