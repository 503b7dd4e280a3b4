#pragma once
// Followers of what other nodes change: the only place that knows all of them.

#include "accounts/people/accounts.hpp"
#include "app/keeping/alerts.hpp"
#include "app/keeping/certificates.hpp"
#include "app/nodes/membership.hpp"
#include "podcast/domains/domains.hpp"
#include "podcast/publishing/acts.hpp"

#include <functional>

namespace carillon::app {

/// Certificates and incidents: what the keeper keeps in memory, and what is told of both.
void follow_keeping(Membership& membership, Alerts& alerts, Certificates& certificates);

struct PodcastFollowers {
  db::Database& database;
  podcast::Acts& acts;
  podcast::Domains& domains;
  accounts::Accounts& accounts;
  std::function<void(const std::string& id)> job_changed;
  std::function<void()> lose_track;  ///< listeners of events have to read everything again
};
void follow_podcasts(Membership& membership, PodcastFollowers followers);

}  // namespace carillon::app
