#pragma once
// Certificates for custom domains: only ordered for verified domains that point here. Other orders would fail, and CAs limit failures.

#include "podcast/domains/domains.hpp"

#include <mutex>

namespace carillon::podcast {

/// Any thread; all of it may block. One decision about the keeper at a time: the caller must hold settling().
class HeldCertificates {
 public:
  /// `certificates` must outlive it.
  HeldCertificates(const Domains::Certificates& certificates, std::uint16_t port) : certificates_{certificates}, port_{port} {}

  [[nodiscard]] std::timed_mutex& settling() noexcept { return settling_; }
  /// settling() must be held, as for the others. Names that the keeper manages for another reason aren't changed.
  Result<> keep(const Domain& domain);
  Result<> drop(const std::string& name);
  /// Manages exactly those of `domains` that are verified and point here.
  Result<> keep_only(const std::vector<Domain>& domains);

  /// Whether the keeper manages the name for another reason.
  [[nodiscard]] bool is_kept_otherwise(const std::string& name) const;
  [[nodiscard]] std::optional<certs::NameStatus> of(const Domain& domain) const;

 private:
  const Domains::Certificates& certificates_;
  std::uint16_t port_;
  std::timed_mutex settling_;
};

}  // namespace carillon::podcast
