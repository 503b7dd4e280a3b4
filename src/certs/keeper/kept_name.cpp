// See kept_name.hpp.

#include "certs/keeper/kept_name.hpp"

#include "certs/keeper/name_state.hpp"
#include "crypto/certificate.hpp"

#include <algorithm>
#include <array>

namespace carillon::certs {
namespace {

constexpr std::array kSteps{Step::none, Step::due, Step::ordered, Step::validated, Step::issued, Step::stored, Step::loaded, Step::seen};

}  // namespace

std::string_view name_of(Step step) noexcept {
  switch (step) {
    case Step::none:
      return "none";
    case Step::due:
      return "due";
    case Step::ordered:
      return "ordered";
    case Step::validated:
      return "validated";
    case Step::issued:
      return "issued";
    case Step::stored:
      return "stored";
    case Step::loaded:
      return "loaded";
    case Step::seen:
      return "seen";
  }
  return "none";
}

std::optional<Step> step_from(std::string_view text) noexcept {
  for (const auto step : kSteps) {
    if (name_of(step) == text) return step;
  }
  return {};
}

InForce in_force_of(const StoredCertificate& certificate) {
  const auto chain = crypto::Certificate::chain_from_pem(certificate.chain);
  return {.id = certificate.id,
          .issuer = certificate.issuer,
          .rank = certificate.rank,
          .serial = certificate.serial,
          .validity = certificate.validity,
          .ari_id = certificate.ari_id,
          .revoked = false,
          .names = certificate.names,
          .has_rsa_key = chain && chain->front().has_rsa_key()};
}

std::string_view name_of(Source source) noexcept {
  switch (source) {
    case Source::configuration:
      return "configuration";
    case Source::person:
      return "person";
    case Source::domain:
      return "domain";
    case Source::drill:
      return "drill";
  }
  return "person";
}

Source source_from(std::string_view text) noexcept {
  for (const auto source : {Source::configuration, Source::person, Source::domain, Source::drill}) {
    if (name_of(source) == text) return source;
  }
  return Source::person;
}

std::string listed(const std::vector<std::string>& names) {
  std::string text;
  for (std::size_t i = 0; i < names.size(); ++i) text += (i == 0 ? "" : i + 1 == names.size() ? " and " : ", ") + names[i];
  return text;
}

std::vector<std::string> KeptName::hosts() const {
  if (!is_group()) return {std::string(host())};
  std::vector<std::string> all;
  for (const auto& one : members) all.push_back(one.name);
  return all;
}

const Member* KeptName::member(std::string_view host) const noexcept {
  const auto found = std::ranges::find(members, host, &Member::name);
  return found == members.end() ? nullptr : &*found;
}

Member* KeptName::member(std::string_view host) noexcept { return const_cast<Member*>(std::as_const(*this).member(host)); }

std::string KeptName::spoken() const {
  if (is_rsa_beside()) return std::string(host()) + " (RSA)";
  return is_group() ? "the group “" + name + "” (" + listed(hosts()) + ")" : name;
}

}  // namespace carillon::certs
