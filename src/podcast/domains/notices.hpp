#pragma once
// Notices to a show's network about its domains: one message each, which stays in lists for a while.

#include "podcast/domains/domains.hpp"

namespace carillon::podcast {

/// Within the caller's transaction.
class Notices {
 public:
  explicit Notices(const Domains::Telling& telling) : telling_{telling} {}

  Result<> dropped_unproven(db::Session& session, const Domain& domain) const;
  Result<> left(db::Session& session, const Domain& domain) const;
  Result<> lost(db::Session& session, const Domain& domain) const;
  /// It points here again.
  Result<> came_back(db::Session& session, const Domain& domain) const;
  /// Closes all notices about it, with `how`.
  Result<> close(db::Session& session, const Domain& domain, const std::string& how) const;

 private:
  const Domains::Telling& telling_;
};

}  // namespace carillon::podcast
