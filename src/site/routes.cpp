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
    {get, "/episodes/{episode}/{file}", everyone, &Handlers::episode_text},
    {get, "/feeds/{show}", everyone, &Handlers::feed},
    {get, "/healthz", everyone, &Handlers::healthz},
    {get, "/pictures/{file}", everyone, &Handlers::picture},
    {get, "/readyz", everyone, &Handlers::readyz},
    {get, "/shows/{show}", everyone, &Handlers::show},
    {get, "/shows/{show}/{episode}", everyone, &Handlers::episode},
    {get, "/styles/{file}", everyone, &Handlers::style},
});

}  // namespace

std::span<const http::Route<Handlers>> routes() noexcept { return kRoutes; }

}  // namespace carillon::site
