#pragma once
// Which of the claims of a name is verified, and whether that is still valid.

#include "podcast/domains/notices.hpp"

namespace carillon::podcast {

/// The result of checking a claimed name.
struct Evidence {
  const Look& look;
  const Result<std::vector<std::string>>& texts;  ///< the TXT records where the proof would be
  bool by_text = false;                           ///< one of them is the proof
  bool placed = false;                            ///< the name points to this server, which a request has confirmed
};

/// The decision.
struct Ruling {
  std::optional<Domain> domain;  ///< its new state; none: the claim was removed
  bool changed = false;          ///< the database was changed
  std::string doubt;             ///< why pointing here doesn't verify it; "" if nothing is to be reported
};

/// Within the caller's transaction.
class Ownership {
 public:
  explicit Ownership(const Notices& notices) : notices_{notices} {}

  /// Decides about the claim of the show `show_id` on `name`; stores and reports the result.
  Result<Ruling> decide(db::Session& session, const std::string& name, const std::string& show_id, const Evidence& evidence, Time at) const;

 private:
  /// The claim has its TXT record; `holder`, if not null, is the currently verified claim.
  Result<> decide_by_text(db::Session& session, Domain& mine, Domain* holder, const Evidence& evidence, Time at, std::string& doubt) const;
  /// Updates where a verified domain points, and whether it is still verified.
  Result<> follow(db::Session& session, Domain& domain, const Evidence& evidence, Time at) const;

  const Notices& notices_;
};

}  // namespace carillon::podcast
