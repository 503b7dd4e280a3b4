#pragma once
// Which handler serves which path, for each listener of `serve`.

#include "api/front.hpp"
#include "podcast/domains/domains.hpp"
#include "site/domains/own_domain.hpp"
#include "site/keeper/keeper_site.hpp"
#include "site/keeper/unsubscribe.hpp"
#include "site/keeper/welcome.hpp"
#include "site/site.hpp"
#include "site/studio/studio.hpp"

namespace carillon::app {

/// The handlers for HTTPS. All must outlive every response.
struct PublicHandlers {
  api::Gate& gate;
  api::Front& api;
  site::KeeperSite& keeper;
  site::Studio& studio;
  site::Welcome& welcome;
  site::Unsubscribe& unsubscribe;
  site::OwnDomains& domains;
  site::Site& site;
  std::function<asio::awaitable<std::string>()> metrics;  ///< in the text format of Prometheus
};

/// Over HTTPS.
asio::awaitable<http::Response> answer_public(const PublicHandlers& handlers, http::Request& request);

/// On the control socket, where metrics need no sign-in.
asio::awaitable<http::Response> answer_control(const PublicHandlers& handlers, http::Request& request);

/// Over plain HTTP: challenge responses for CAs and domains; everything else redirects to HTTPS.
asio::awaitable<http::Response> answer_plain(site::KeeperSite& keeper, site::Site& site, const site::OwnDomains& domains,
                                             const podcast::Domains& claims, http::Request& request);

}  // namespace carillon::app
