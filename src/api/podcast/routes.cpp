// The one table that says what the API answers, and whom.

#include "api/podcast/routes.hpp"

#include "api/core/openapi.hpp"

#include <array>

namespace carillon::api {
namespace {

using enum http::Method;
using enum accounts::Permission;

constexpr std::array kRoutes{
    Route<Api>{get, "/api/v1/categories", signed_in, Owner::nobody, &Api::list_categories},
    Route<Api>{get, "/api/v1/episodes/{id}", view, Owner::episode, &Api::get_episode},
    Route<Api>{patch, "/api/v1/episodes/{id}", publish, Owner::episode, &Api::edit_episode},
    Route<Api>{del, "/api/v1/episodes/{id}", publish, Owner::episode, &Api::delete_episode},
    Route<Api>{get, "/api/v1/episodes/{id}/audio", view, Owner::episode, &Api::get_audio},
    Route<Api>{put, "/api/v1/episodes/{id}/audio", publish, Owner::episode, &Api::set_audio},
    Route<Api>{get, "/api/v1/episodes/{id}/chapters", view, Owner::episode, &Api::get_chapters},
    Route<Api>{put, "/api/v1/episodes/{id}/chapters", publish, Owner::episode, &Api::set_chapters},
    Route<Api>{put, "/api/v1/episodes/{id}/image", publish, Owner::episode, &Api::set_episode_image},
    Route<Api>{del, "/api/v1/episodes/{id}/image", publish, Owner::episode, &Api::remove_episode_image},
    Route<Api>{post, "/api/v1/episodes/{id}/publish", publish, Owner::episode, &Api::publish},
    Route<Api>{post, "/api/v1/episodes/{id}/restore", publish, Owner::episode, &Api::restore_episode},
    Route<Api>{get, "/api/v1/episodes/{id}/transcripts/{language}", view, Owner::episode, &Api::get_transcript},
    Route<Api>{put, "/api/v1/episodes/{id}/transcripts/{language}", publish, Owner::episode, &Api::set_transcript},
    Route<Api>{del, "/api/v1/episodes/{id}/transcripts/{language}", publish, Owner::episode, &Api::delete_transcript},
    Route<Api>{post, "/api/v1/episodes/{id}/unpublish", publish, Owner::episode, &Api::unpublish},
    Route<Api>{get, "/api/v1/episodes/{id}/waveform", view, Owner::episode, &Api::get_waveform},
    Route<Api>{get, "/api/v1/health", operate, Owner::nobody, &Api::health},
    Route<Api>{get, "/api/v1/jobs", view, Owner::asked, &Api::list_jobs},
    Route<Api>{get, "/api/v1/jobs/{id}", view, Owner::job, &Api::get_job},
    Route<Api>{post, "/api/v1/jobs/{id}/retry", publish, Owner::job, &Api::retry_job},
    Route<Api>{post, "/api/v1/notes-preview", signed_in, Owner::nobody, &Api::preview_notes},
    Route<Api>{get, "/api/v1/openapi.json", everyone, Owner::nobody, &Api::get_document},
    Route<Api>{get, "/api/v1/shows", view, Owner::asked, &Api::list_shows},
    Route<Api>{post, "/api/v1/shows", publish, Owner::asked, &Api::create_show},
    Route<Api>{get, "/api/v1/shows/{show}", view, Owner::show, &Api::get_show},
    Route<Api>{patch, "/api/v1/shows/{show}", publish, Owner::show, &Api::edit_show},
    Route<Api>{del, "/api/v1/shows/{show}", publish, Owner::show, &Api::delete_show},
    Route<Api>{get, "/api/v1/shows/{show}/check", view, Owner::show, &Api::check_show},
    Route<Api>{get, "/api/v1/shows/{show}/domains", view, Owner::show, &Api::list_domains},
    Route<Api>{post, "/api/v1/shows/{show}/domains", manage, Owner::show, &Api::add_domain},
    Route<Api>{get, "/api/v1/shows/{show}/domains/{name}", view, Owner::show, &Api::get_domain},
    Route<Api>{del, "/api/v1/shows/{show}/domains/{name}", manage, Owner::show, &Api::remove_domain},
    Route<Api>{get, "/api/v1/shows/{show}/episodes", view, Owner::show, &Api::list_episodes},
    Route<Api>{post, "/api/v1/shows/{show}/episodes", publish, Owner::show, &Api::create_episode},
    Route<Api>{put, "/api/v1/shows/{show}/image", publish, Owner::show, &Api::set_image},
    Route<Api>{post, "/api/v1/shows/{show}/restore", publish, Owner::show, &Api::restore_show},
    Route<Api>{get, "/api/v1/uploads", publish, Owner::asked, &Api::list_uploads},
    Route<Api>{post, "/api/v1/uploads", publish, Owner::asked, &Api::upload},
    Route<Api>{options, "/api/v1/uploads", everyone, Owner::nobody, &Api::upload_options},
    Route<Api>{get, "/api/v1/uploads/{id}", publish, Owner::upload, &Api::get_upload},
    Route<Api>{patch, "/api/v1/uploads/{id}", publish, Owner::upload, &Api::append_to_upload},
    Route<Api>{del, "/api/v1/uploads/{id}", publish, Owner::upload, &Api::remove_upload},
    Route<Api>{options, "/api/v1/uploads/{id}", everyone, Owner::nobody, &Api::upload_options},
};

}  // namespace

std::span<const Route<Api>> routes() noexcept { return kRoutes; }

asio::awaitable<http::Response> Api::get_document(http::Request& request) { co_return document_answer(request); }

asio::awaitable<http::Response> Api::answer(http::Request& request) {
  co_return co_await http::dispatch(routes(), *this, request, gate_.admission());
}

}  // namespace carillon::api
