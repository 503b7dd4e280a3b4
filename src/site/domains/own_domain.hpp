#pragma once
// A show's own domain: the same site, with the show in place of the start page.

#include "podcast/domains/domain_table.hpp"
#include "site/site.hpp"

namespace carillon::site {

/// Where on the origin it is that `path` means on the domain of the show `slug`: "/" is its page, "/feed.xml" its feed, "/EPISODE" the page
/// of an episode; what pages need (styles, pictures, …) is where it is everywhere.
[[nodiscard]] std::string path_at_origin(std::string_view path, const std::string& slug);

/// Any event loop. What it is made of must outlive it.
class OwnDomains {
 public:
  /// `origin`: "https://pod.example.org:8443".
  OwnDomains(const podcast::DomainTable& domains, Site& site, std::string origin);

  /// Whether the request is for a show's own domain.
  [[nodiscard]] bool owns(const http::Request& request) const { return domains_.show_of(request.host).has_value(); }
  /// Over HTTPS. Pages and feeds by their address of the whole site (/shows/…, /feeds/…) are sent on to the origin. Everything else of the
  /// site is answered here, too: pages name audio and styles by path, while the feed names audio at the origin.
  asio::awaitable<http::Response> answer(http::Request& request);
  /// Over plain HTTP: on to HTTPS, at the same domain.
  [[nodiscard]] http::Response answer_plain(const http::Request& request) const;

 private:
  const podcast::DomainTable& domains_;
  Site& site_;
  std::string origin_;
  std::string port_;  ///< ":8443", or "" where it is 443
};

}  // namespace carillon::site
