#pragma once
// All followers of changes by other nodes.

#include "accounts/people/accounts.hpp"
#include "ads/serving/ad_server.hpp"
#include "ads/store/orders.hpp"
#include "app/keeping/alerts.hpp"
#include "app/keeping/certificates.hpp"
#include "app/nodes/membership.hpp"
#include "podcast/domains/domains.hpp"
#include "podcast/publishing/acts.hpp"

#include <functional>

namespace carillon::app {

/// Certificates and incidents: the keeper's data in memory, and their events.
void follow_keeping(Membership& membership, Alerts& alerts, Certificates& certificates);

/// What other nodes decided about advertisements.
void follow_ads(Membership& membership, ads::AdServer& server);

struct PodcastFollowers {
  db::Database& database;
  podcast::Acts& acts;
  podcast::Domains& domains;
  accounts::Accounts& accounts;
  ads::Orders& orders;
  std::function<void(const std::string& id)> job_changed;
  std::function<void()> lose_track;  ///< makes event listeners reload everything
};
void follow_podcasts(Membership& membership, PodcastFollowers followers);

}  // namespace carillon::app
