// See own_domain.hpp.

#include "site/domains/own_domain.hpp"

#include "base/text.hpp"
#include "site/core/answers.hpp"

namespace carillon::site {

asio::awaitable<http::Response> OwnDomains::answer(http::Request& request) {
  const auto place = site_.places().domain(request.host);
  // It was removed since owns() was asked.
  if (!place) co_return http::not_found("There's nothing at this address.");
  if (const auto here = path_on_domain(request.path, place->show)) {
    auto response = http::redirect(permanent_redirect_for(request.method),
                                   place->addresses.origin() + *here + (request.query.empty() ? "" : "?" + request.query));
    open_to_every_origin(response);
    co_return response;
  }
  // An episode may be called “oEmbed”; who asks for a description says of what.
  if (request.path != "/oembed" || !request.query_parameter("url")) request.path = path_on_platform(request.path, place->show);
  auto response = co_await site_.answer_at(*place, request);
  // What pages show is also at the platform, which is another origin for browsers here.
  if (response.policy) response.policy->also_self = site_.places().platform().addresses.origin();
  co_return response;
}

http::Response OwnDomains::answer_plain(const http::Request& request) const {
  const auto place = site_.places().domain(request.host);
  if (!place) return http::not_found("There's nothing at this address.");
  if (is_open_to_every_origin(request.path) && request.method == http::Method::options) return preflight();
  // A target may also be a whole address (RFC 9112 §3.2.2), which has no place behind an origin.
  auto response = http::redirect(permanent_redirect_for(request.method),
                                 place->addresses.origin() + (request.target.starts_with('/') ? request.target : std::string{"/"}));
  if (is_open_to_every_origin(request.path)) open_to_every_origin(response);
  return response;
}

}  // namespace carillon::site
