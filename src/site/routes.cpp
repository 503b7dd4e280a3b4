// The one table that says what the public gets where.

#include "site/routes.hpp"

#include <array>

namespace carillon::site {
namespace {

using enum http::Method;
using enum accounts::Permission;

constexpr auto kRoutes = std::to_array<http::Route<Handlers>>({
    {get, "/", everyone, &Handlers::start},
    {get, "/e/{episode}/{file}", everyone, &Handlers::enclosure},
    {get, "/embed/{episode}", everyone, &Handlers::embed},
    {get, "/episodes/{episode}/{file}", everyone, &Handlers::episode_text},
    {get, "/feeds/{show}", everyone, &Handlers::feed},
    {get, "/healthz", everyone, &Handlers::healthz},
    {get, "/icons/{file}", everyone, &Handlers::asset},
    {get, "/oembed", everyone, &Handlers::oembed},
    {get, "/pictures/{file}", everyone, &Handlers::picture},
    {get, "/readyz", everyone, &Handlers::readyz},
    {get, "/robots.txt", everyone, &Handlers::robots},
    {get, "/scripts/{file}", everyone, &Handlers::asset},
    {get, "/shows/{show}", everyone, &Handlers::show},
    {get, "/shows/{show}/{episode}", everyone, &Handlers::episode},
    {get, "/sitemap.xml", everyone, &Handlers::sitemaps},
    {get, "/sitemaps/{file}", everyone, &Handlers::sitemap},
    {get, "/status", everyone, &Handlers::status},
    {get, "/styles/{file}", everyone, &Handlers::asset},
});

}  // namespace

std::span<const http::Route<Handlers>> routes() noexcept { return kRoutes; }

}  // namespace carillon::site
