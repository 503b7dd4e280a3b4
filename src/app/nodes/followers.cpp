// See followers.hpp.

#include "app/nodes/followers.hpp"

#include "base/text.hpp"

namespace carillon::app {

namespace {

/// A follower of changes that say nothing more than that something was changed.
db::Follower rereading(std::function<Result<>()> reload) {
  return {.changed = [reload](const db::Change&) { return reload(); }, .reload = reload};
}

Result<> nothing_to_reload() { return {}; }

}  // namespace

void follow_keeping(Membership& membership, Alerts& alerts, Certificates& certificates) {
  membership.follow(certs::kCertificateChange, {.changed = [&certificates](const db::Change& change) -> Result<> {
                                                  certificates.name_changed(change.subject, parse_number(change.detail).value_or(0));
                                                  return {};
                                                },
                                                .reload = [&certificates]() -> Result<> {
                                                  certificates.names_missed();
                                                  return {};
                                                }});
  membership.follow(certs::kCaAccountChange, {.changed = [&certificates](const db::Change& change) -> Result<> {
                                                certificates.account_changed(change.subject);
                                                return {};
                                              },
                                              .reload = [&certificates]() -> Result<> {
                                                certificates.account_changed({});
                                                return {};
                                              }});
  membership.follow(incidents::kIncidentChange, {.changed = [&alerts](const db::Change& change) -> Result<> {
                                                   alerts.changed(change.subject);
                                                   return {};
                                                 },
                                                 .reload = nothing_to_reload});
}

void follow_ads(Membership& membership, ads::AdServer& server) {
  membership.follow(ads::kDecisionChange, {.changed = [&server](const db::Change& change) { return server.decided_elsewhere(change); },
                                           .reload = [&server] { return server.read_decisions(); }});
}

void follow_podcasts(Membership& membership, PodcastFollowers followers) {
  membership.follow(podcast::kPodcastChange,
                    {.changed = [&acts = followers.acts](const db::Change& change) { return acts.changed_elsewhere(change); },
                     .reload = [&acts = followers.acts, lose_track = followers.lose_track]() -> Result<> {
                       auto made = acts.reload();
                       if (made) lose_track();
                       return made;
                     }});
  membership.follow(podcast::kDomainsChange, rereading([&domains = followers.domains] { return domains.reload(); }));
  membership.follow(accounts::kSuspensionsChange,
                    rereading([&database = followers.database, &suspensions = followers.accounts.suspensions] {
                      return suspensions.reload_now(database);
                    }));
  membership.follow(accounts::kRevocationChange,
                    {.changed = [&revocations = followers.accounts.revocations](const db::Change& change) -> Result<> {
                       auto revocation = accounts::revocation_from(change.detail);
                       if (!revocation) return forward_error(revocation);
                       revocations.tell(*revocation);
                       return {};
                     },
                     // It is no longer known whose right it was: everybody's is checked again.
                     .reload = [&revocations = followers.accounts.revocations]() -> Result<> {
                       revocations.tell_everybody();
                       return {};
                     }});
  membership.follow(ads::kOrdersChange, {.changed = [&orders = followers.orders](const db::Change& change) -> Result<> {
                                           orders.changed_elsewhere(change.subject);
                                           return {};
                                         },
                                         .reload = [&orders = followers.orders]() -> Result<> {
                                           orders.changed_elsewhere("");
                                           return {};
                                         }});
  membership.follow(jobs::kJobChange, {.changed = [changed = std::move(followers.job_changed)](const db::Change& change) -> Result<> {
                                         changed(change.subject);
                                         return {};
                                       },
                                       .reload = nothing_to_reload});
}

}  // namespace carillon::app
