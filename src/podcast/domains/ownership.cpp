// See ownership.hpp.

#include "podcast/domains/ownership.hpp"

#include "podcast/domains/domain_queries.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

constexpr std::string_view kProvenByAnother = "another show has verified the domain as its own";

/// A proof is gone: the claim has as long to prove itself again as a new one.
void unprove(Domain& domain, Time at) {
  domain.proven.reset();
  domain.proof = Proof::none;
  domain.pointed.reset();
  domain.strayed.reset();
  domain.created = at;
}

bool same(const Domain& one, const Domain& other) {
  return one.proven == other.proven && one.proof == other.proof && one.pointed == other.pointed && one.strayed == other.strayed;
}

}  // namespace

Result<Ruling> Ownership::decide(db::Session& session, const std::string& name, const std::string& show_id, const Evidence& evidence,
                                 Time at) const {
  Ruling ruling;
  auto claims = queries::claims_of(session, name);
  const auto mine = std::ranges::find(claims, show_id, &Domain::show_id);
  if (mine == claims.end()) return ruling;  // taken away meanwhile
  const auto was = *mine;
  const auto holder = std::ranges::find_if(claims, [](const Domain& claim) { return claim.proven.has_value(); });
  if (mine->proven) {
    if (evidence.by_text) mine->proof = Proof::txt;
    if (auto kept = follow(session, *mine, evidence, at); !kept) return forward_error(kept);
  } else if (evidence.by_text) {
    auto* held = holder == claims.end() ? nullptr : &*holder;
    if (auto decided = decide_by_text(session, *mine, held, evidence, at, ruling.doubt); !decided) return forward_error(decided);
  } else if (evidence.look.pointing == Pointing::here) {
    // Anybody can claim what somebody else has pointed here: where several networks do, only a text decides.
    const bool contested = std::ranges::any_of(claims, [&](const Domain& claim) { return claim.network != mine->network; });
    if (contested || holder != claims.end() || claims.front().show_id != mine->show_id) {
      ruling.doubt = holder != claims.end() && holder->proof == Proof::txt ? kProvenByAnother : "another show also claims the domain";
    } else if (evidence.placed) {
      mine->proven = mine->pointed = at;
      mine->proof = Proof::pointing;
    }
  }
  if (!mine->proven && at - mine->created > kClaimLives) {
    queries::remove_domain(session, *mine);
    if (auto outcome = notices_.dropped_unproven(session, *mine); !outcome) return forward_error(outcome);
    ruling.changed = true;
    return ruling;
  }
  ruling.domain = *mine;
  if (same(was, *mine)) return ruling;
  ruling.changed = true;
  if (!was.proven && mine->proven) {
    if (auto closed = notices_.close(session, *mine, name + " is verified."); !closed) return forward_error(closed);
  }
  queries::update(session, *mine);
  return ruling;
}

Result<> Ownership::decide_by_text(db::Session& session, Domain& mine, Domain* holder, const Evidence& evidence, Time at,
                                   std::string& doubt) const {
  if (holder && holder->proof == Proof::txt && evidence.texts && proves(*evidence.texts, *holder)) {
    doubt = kProvenByAnother;
    return {};
  }
  if (holder) {
    unprove(*holder, at);
    queries::update(session, *holder);
    if (auto outcome = notices_.lost(session, *holder); !outcome) return outcome;
  }
  mine.proven = at;
  mine.proof = Proof::txt;
  return follow(session, mine, evidence, at);
}

Result<> Ownership::follow(db::Session& session, Domain& domain, const Evidence& evidence, Time at) const {
  if (evidence.look.pointing == Pointing::here) {
    if (!domain.pointed) domain.pointed = at;
    if (domain.strayed && !notices_.came_back(session, domain)) return fail(ErrorKind::internal, "an incident could not be closed");
    domain.strayed.reset();
    return {};
  }
  if (evidence.look.pointing == Pointing::unknown || evidence.look.pointing == Pointing::partly) return {};
  if (!domain.pointed) {
    // Proven by its text alone: that has to stay until it leads here. No answer is not the answer that there is none.
    const bool gone = !evidence.by_text && (evidence.texts || evidence.texts.error().kind == ErrorKind::not_found);
    if (gone) unprove(domain, at);
    return {};
  }
  if (!domain.strayed) domain.strayed = at;
  if (at - *domain.strayed <= kGivenUpAfter) return {};
  domain.pointed.reset();
  domain.strayed.reset();
  if (!evidence.by_text) unprove(domain, at);
  return notices_.left(session, domain);
}

}  // namespace carillon::podcast
