// See held_certificates.hpp.

#include "podcast/domains/held_certificates.hpp"

#include <set>

namespace carillon::podcast {
namespace {

bool same(const incidents::Stewardship& one, const incidents::Stewardship& other) {
  return one.steward == other.steward && one.deputy == other.deputy && one.network == other.network;
}

}  // namespace

Result<> HeldCertificates::keep(const Domain& domain) {
  // The network's own matter: its owners are told, and nobody else is paged for what a tenant's DNS does.
  incidents::Stewardship in_charge{.steward = {}, .deputy = {}, .network = domain.network};
  if (const auto kept = certificates_.find(domain.name)) {
    if (kept->kept.source != certs::Source::domain) return {};
    if (same(kept->kept.in_charge, in_charge) && kept->kept.port == port_) return {};
  }
  return certificates_.keep(
      {.name = domain.name, .source = certs::Source::domain, .issuer = {}, .in_charge = std::move(in_charge), .port = port_});
}

Result<> HeldCertificates::drop(const std::string& name) {
  const auto kept = certificates_.find(name);
  if (!kept || kept->kept.source != certs::Source::domain) return {};
  return certificates_.forget(name);
}

Result<> HeldCertificates::keep_only(const std::vector<Domain>& domains) {
  std::set<std::string> pointed;
  for (const auto& domain : domains) {
    if (domain.proven && domain.pointed) pointed.insert(domain.name);
  }
  for (const auto& status : certificates_.list()) {
    if (status.kept.source != certs::Source::domain || pointed.contains(status.kept.name)) continue;
    if (auto gone = certificates_.forget(status.kept.name); !gone && gone.error().kind != ErrorKind::not_found) return gone;
  }
  for (const auto& domain : domains) {
    if (!domain.proven || !domain.pointed) continue;
    if (auto kept = keep(domain); !kept) return kept;
  }
  return {};
}

bool HeldCertificates::is_kept_otherwise(const std::string& name) const {
  const auto kept = certificates_.find(name);
  return kept && kept->kept.source != certs::Source::domain;
}

std::optional<certs::NameStatus> HeldCertificates::of(const Domain& domain) const {
  if (!domain.proven || !domain.pointed) return {};
  return certificates_.find(domain.name);
}

}  // namespace carillon::podcast
