#pragma once
// Certificates for domains: only what is proven and leads here gets one ordered. Every other order would fail, and CAs count those.

#include "podcast/domains/domains.hpp"

#include <mutex>

namespace carillon::podcast {

/// Any thread; all of it may block. One decision about the keeper at a time: whoever decides holds settling().
class HeldCertificates {
 public:
  /// `certificates` must live longer.
  HeldCertificates(const Domains::Certificates& certificates, std::uint16_t port) : certificates_{certificates}, port_{port} {}

  [[nodiscard]] std::timed_mutex& settling() noexcept { return settling_; }
  /// settling() is held, as for the others. What the keeper has for another reason stays as it is.
  Result<> keep(const Domain& domain);
  Result<> drop(const std::string& name);
  /// Exactly those of `domains` that are proven and lead here.
  Result<> keep_only(const std::vector<Domain>& domains);

  /// Whether the keeper has the name for another reason.
  [[nodiscard]] bool is_kept_otherwise(const std::string& name) const;
  [[nodiscard]] std::optional<certs::NameStatus> of(const Domain& domain) const;

 private:
  const Domains::Certificates& certificates_;
  std::uint16_t port_;
  std::timed_mutex settling_;
};

}  // namespace carillon::podcast
