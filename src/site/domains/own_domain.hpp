#pragma once
// A show's own domain: the site with that one show, at its root.

#include "site/site.hpp"

namespace carillon::site {

/// Any event loop. What it is made of must outlive it.
class OwnDomains {
 public:
  explicit OwnDomains(Site& site) : site_{site} {}

  /// Whether the request is for a show's own domain.
  [[nodiscard]] bool owns(const http::Request& request) const { return site_.places().domain(request.host).has_value(); }
  /// Over HTTPS. What the show has on the platform (/shows/SLUG/…, /feeds/SLUG) is sent on to its address here; other shows, their audio
  /// and their pictures don't exist here.
  asio::awaitable<http::Response> answer(http::Request& request);
  /// Over plain HTTP: on to HTTPS, at the same domain.
  [[nodiscard]] http::Response answer_plain(const http::Request& request) const;

 private:
  Site& site_;
};

}  // namespace carillon::site
