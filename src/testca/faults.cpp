// See faults.hpp.

#include "testca/faults.hpp"

#include <algorithm>
#include <array>

namespace carillon::testca {
namespace {

// Both in the order of their enumerations.
constexpr std::array<std::string_view, kRequestKinds> kRequestNames{"any",        "directory",   "new_nonce", "new_account",   "account",
                                                                    "key_change", "new_order",   "order",     "authorization", "challenge",
                                                                    "finalize",   "certificate", "revoke",    "renewal_info"};
constexpr std::array<std::string_view, 19> kFaultNames{"rate_limited",
                                                       "server_error",
                                                       "no_answer",
                                                       "account_unknown",
                                                       "bad_nonce",
                                                       "truncated_body",
                                                       "half_body",
                                                       "slow_body",
                                                       "missing_nonce",
                                                       "date_off",
                                                       "garbage_directory",
                                                       "hung_order",
                                                       "invalid_order",
                                                       "wrong_key",
                                                       "wrong_name",
                                                       "expired_certificate",
                                                       "missing_intermediate",
                                                       "wrong_intermediate",
                                                       "replaces_refused"};
static_assert(static_cast<std::size_t>(RequestKind::renewal_info) + 1 == kRequestNames.size());
static_assert(static_cast<std::size_t>(FaultKind::replaces_refused) + 1 == kFaultNames.size());

template <class Kind, std::size_t size>
std::optional<Kind> kind_from(const std::array<std::string_view, size>& names, std::string_view name) noexcept {
  const auto found = std::ranges::find(names, name);
  if (found == names.end()) return {};
  return static_cast<Kind>(found - names.begin());
}

bool matches(const Fault& fault, RequestKind at, std::span<const std::string> names, Time now) {
  if (fault.at != RequestKind::any && at != RequestKind::any && fault.at != at) return false;
  if (fault.from && now < *fault.from) return false;
  if (fault.until && now >= *fault.until) return false;
  return fault.name.empty() || std::ranges::find(names, fault.name) != names.end();
}

}  // namespace

std::string_view name_of(RequestKind kind) noexcept { return kRequestNames[static_cast<std::size_t>(kind)]; }
std::optional<RequestKind> request_kind_from(std::string_view name) noexcept { return kind_from<RequestKind>(kRequestNames, name); }
std::string_view name_of(FaultKind kind) noexcept { return kFaultNames[static_cast<std::size_t>(kind)]; }
std::optional<FaultKind> fault_kind_from(std::string_view name) noexcept { return kind_from<FaultKind>(kFaultNames, name); }

std::uint64_t Faults::add(Fault fault) {
  active_.push_back({.number = next_, .fault = std::move(fault)});
  return next_++;
}

void Faults::remove(std::uint64_t number) {
  std::erase_if(active_, [number](const Active& active) { return active.number == number; });
}

bool Faults::ask_for_names() const noexcept {
  return std::ranges::any_of(active_, [](const Active& active) { return !active.fault.name.empty(); });
}

std::optional<Fault> Faults::strike(std::span<const FaultKind> kinds, RequestKind at, std::span<const std::string> names, Time now) {
  for (auto& active : active_) {
    const auto& fault = active.fault;
    if (std::ranges::find(kinds, fault.kind) == kinds.end() || !matches(fault, at, names, now)) continue;
    if (fault.count && active.struck >= *fault.count) continue;
    ++active.struck;
    return fault;
  }
  return {};
}

}  // namespace carillon::testca
