// See notices.hpp.

#include "podcast/domains/notices.hpp"

namespace carillon::podcast {
namespace {

std::string subject_of(const Domain& domain) { return domain.name + " of " + domain.show; }

incidents::Report told_of(const Domain& domain, std::string_view kind, std::string what, std::string consequence, std::string remedy) {
  return {.kind = std::string(kind),
          .subject = subject_of(domain),
          .in_charge = {.steward = {}, .deputy = {}, .network = domain.network},
          .what = std::move(what),
          .consequence = std::move(consequence),
          .remedy = std::move(remedy),
          .noticed_at = {},
          .reminder = true};
}

}  // namespace

Result<> Notices::dropped_unproven(db::Session& session, const Domain& domain) const {
  return telling_.report(
      session,
      told_of(domain, kDomainUnproven,
              "The show “" + domain.show + "” lost its claim to " + domain.name + " because the domain wasn't verified within a week.",
              "The domain doesn't belong to the show.",
              "Add it again and set the DNS record that is shown: `carillon show domain add " + domain.show + " " + domain.name + "`."));
}

Result<> Notices::left(db::Session& session, const Domain& domain) const {
  return telling_.report(
      session,
      told_of(domain, kDomainLeft, domain.name + " hasn't pointed here for three days, so its certificate is no longer renewed.",
              "The show “" + domain.show + "” is no longer at https://" + domain.name + "/, and another show can claim the domain.",
              "Set its records again, or remove it: `carillon show domain list " + domain.show + "` shows what is missing."));
}

Result<> Notices::lost(db::Session& session, const Domain& domain) const {
  return telling_.report(session, told_of(domain, kDomainLost, "Another show has verified " + domain.name + " as its domain.",
                                          "The show “" + domain.show + "” is no longer at https://" + domain.name + "/.",
                                          "If the domain is yours, set its TXT record again; `carillon show domain list " + domain.show +
                                              "` shows the record."));
}

Result<> Notices::came_back(db::Session& session, const Domain& domain) const {
  return telling_.solve(session, std::string(kDomainLeft), subject_of(domain), domain.name + " points here again.");
}

Result<> Notices::close(db::Session& session, const Domain& domain, const std::string& how) const {
  for (const auto kind : {kDomainUnproven, kDomainLeft, kDomainLost}) {
    if (auto solved = telling_.solve(session, std::string(kind), subject_of(domain), how); !solved) return solved;
  }
  return {};
}

}  // namespace carillon::podcast
