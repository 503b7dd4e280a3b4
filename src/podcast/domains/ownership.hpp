#pragma once
// Which of the claims of a name is proven, and whether its proof still stands.

#include "podcast/domains/notices.hpp"

namespace carillon::podcast {

/// What a look at a claimed name has shown.
struct Evidence {
  const Look& look;
  const Result<std::vector<std::string>>& texts;  ///< the TXT records where the proof would be
  bool by_text = false;                           ///< one of them is the proof
  bool placed = false;                            ///< the name leads to this very server, which was asked
};

/// What followed from it.
struct Ruling {
  std::optional<Domain> domain;  ///< as it is now; none: the claim is gone
  bool changed = false;          ///< the database is another one than before
  std::string doubt;             ///< why a name that leads here is no proof; "" when nothing is to be said
};

/// Within the caller's transaction.
class Ownership {
 public:
  explicit Ownership(const Notices& notices) : notices_{notices} {}

  /// Decides about the claim that the show `show_id` has on `name`, and writes and tells what follows.
  Result<Ruling> decide(db::Session& session, const std::string& name, const std::string& show_id, const Evidence& evidence, Time at) const;

 private:
  /// The claim shows its text; `holder`, if not null, is whose claim is proven.
  Result<> decide_by_text(db::Session& session, Domain& mine, Domain* holder, const Evidence& evidence, Time at, std::string& doubt) const;
  /// Where a proven domain leads, and whether its proof still stands.
  Result<> follow(db::Session& session, Domain& domain, const Evidence& evidence, Time at) const;

  const Notices& notices_;
};

}  // namespace carillon::podcast
