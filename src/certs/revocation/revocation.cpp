// See revocation.hpp.

#include "certs/revocation/revocation.hpp"

#include "base/spoken_time.hpp"

#include <array>
#include <utility>

namespace carillon::certs {
namespace {

constexpr std::array kStatuses{std::pair{RevocationStatus::unchecked, std::string_view{"unchecked"}},
                               std::pair{RevocationStatus::unknown, std::string_view{"unknown"}},
                               std::pair{RevocationStatus::good, std::string_view{"good"}},
                               std::pair{RevocationStatus::revoked, std::string_view{"revoked"}}};
constexpr std::array<std::string_view, 11> kReasons{
    "", "keyCompromise", "cACompromise",       "affiliationChanged", "superseded", "cessationOfOperation", "certificateHold",
    "", "removeFromCRL", "privilegeWithdrawn", "aACompromise"};

}  // namespace

std::string_view name_of(RevocationStatus status) noexcept {
  for (const auto& [known, word] : kStatuses) {
    if (known == status) return word;
  }
  return "unknown";
}

RevocationStatus revocation_status_from(std::string_view word) noexcept {
  for (const auto& [status, known] : kStatuses) {
    if (known == word) return status;
  }
  return RevocationStatus::unknown;
}

std::string_view revocation_reason(int number) noexcept {
  return number < 0 || static_cast<std::size_t>(number) >= kReasons.size() ? "" : kReasons[static_cast<std::size_t>(number)];
}

std::string Revocation::sentence() const {
  std::string text = "It was revoked";
  if (revoked_at) text += " on " + moment_text(*revoked_at);
  if (const auto why = revocation_reason(reason); !why.empty()) text += " (" + std::string(why) + ")";
  return text + ", according to " + source + ".";
}

std::string Revocation::silence(Time now) const {
  if (!silent || now - *silent < kSilenceWorthSaying) return {};
  std::string text = "Revocation checks have failed since " + moment_text(*silent);
  if (!problem.empty()) text += ": " + problem;
  if (!text.ends_with('.')) text += ".";
  return text;
}

}  // namespace carillon::certs
