#pragma once
// Where a request came to: the platform, with every show, or the custom domain of one show, which has that show alone.

#include "http/router.hpp"
#include "podcast/model/addresses.hpp"

namespace carillon::site {

namespace asio = boost::asio;

struct Place {
  podcast::Addresses addresses;
  std::string show;  ///< the slug of the only show that is served here; "" where all of them are

  [[nodiscard]] bool has(std::string_view slug) const { return show.empty() || show == slug; }
  [[nodiscard]] bool is_domain() const { return !show.empty(); }
};

/// A request, and where it came to. Both outlive the answer's making.
struct Visit {
  http::Request& request;
  const Place& place;
};

/// As http::Route, for handlers that need the place.
template <class App>
struct Route {
  http::Method method;
  std::string_view pattern;
  asio::awaitable<http::Response> (App::*handler)(Visit&);
};

template <class App>
asio::awaitable<std::optional<http::Response>> answer_if_routed(std::span<const Route<App>> routes, App& app, Visit& visit,
                                                                http::Allowed& allowed) {
  const auto* route = http::find_route(routes, visit.request, allowed);
  if (!route) co_return std::nullopt;
  co_return co_await (app.*route->handler)(visit);
}

/// Where the platform has what `path` means on the domain of the show `slug`: "/" is its page, "/feed.xml" its feed, "/EPISODE" the page
/// of an episode; what pages load (styles, pictures, …) has the same path everywhere.
[[nodiscard]] std::string path_on_platform(std::string_view path, const std::string& slug);
/// The other way: where the show's own domain has what the platform has at `path`; none where it is the same path.
[[nodiscard]] std::optional<std::string> path_on_domain(std::string_view path, const std::string& slug);

/// "https://NAME", with the platform's port where that is not 443.
[[nodiscard]] std::string domain_origin(const std::string& name, const podcast::Addresses& platform);

/// The platform and the custom domains that are active now. Any thread.
class Places {
 public:
  /// The slug of the show that a host belongs to; none for the platform's hosts and unknown ones.
  using ShowOf = std::function<std::optional<std::string>(const std::string& host)>;
  Places(podcast::Addresses platform, std::vector<std::string> former_origins, ShowOf show_of);

  [[nodiscard]] const Place& platform() const noexcept { return platform_; }
  /// The custom domain with this name (lower case, without port); none when it is not one, or not active.
  [[nodiscard]] std::optional<Place> domain(const std::string& host) const;
  /// Of "https://HOST:PORT" in any case, with or without the port 443; none when it is not one of ours. Former origins are the platform.
  [[nodiscard]] std::optional<Place> at_origin(std::string_view origin) const;

 private:
  Place platform_;
  std::vector<std::string> origins_;  ///< of the platform: today's and former ones
  ShowOf show_of_;
};

}  // namespace carillon::site
