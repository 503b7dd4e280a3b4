// The one table that says what the API answers, and whom.

#include "api/routes.hpp"

#include <array>

namespace carillon::api {
namespace {

using enum http::Method;
using enum accounts::Permission;

constexpr auto kRoutes = std::to_array<http::Route<Api>>({
    {get, "/api/v1/episodes/{id}", publish, &Api::get_episode},
    {patch, "/api/v1/episodes/{id}", publish, &Api::edit_episode},
    {del, "/api/v1/episodes/{id}", publish, &Api::delete_episode},
    {put, "/api/v1/episodes/{id}/audio", publish, &Api::set_audio},
    {post, "/api/v1/episodes/{id}/publish", publish, &Api::publish},
    {post, "/api/v1/episodes/{id}/unpublish", publish, &Api::unpublish},
    {get, "/api/v1/jobs", publish, &Api::list_jobs},
    {get, "/api/v1/jobs/{id}", publish, &Api::get_job},
    {post, "/api/v1/jobs/{id}/retry", publish, &Api::retry_job},
    {get, "/api/v1/shows", publish, &Api::list_shows},
    {post, "/api/v1/shows", publish, &Api::create_show},
    {get, "/api/v1/shows/{show}", publish, &Api::get_show},
    {patch, "/api/v1/shows/{show}", publish, &Api::edit_show},
    {del, "/api/v1/shows/{show}", publish, &Api::delete_show},
    {get, "/api/v1/shows/{show}/episodes", publish, &Api::list_episodes},
    {post, "/api/v1/shows/{show}/episodes", publish, &Api::create_episode},
    {put, "/api/v1/shows/{show}/image", publish, &Api::set_image},
    {post, "/api/v1/uploads", publish, &Api::upload},
});

}  // namespace

std::span<const http::Route<Api>> routes() noexcept { return kRoutes; }

asio::awaitable<http::Response> Api::answer(http::Request& request, accounts::Granted granted) {
  co_return co_await http::dispatch(routes(), *this, request, granted);
}

}  // namespace carillon::api
