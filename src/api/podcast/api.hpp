#pragma once
// The JSON API under /api/v1: what the command line uses today, and everything that publishes tomorrow.

#include "api/core/gate.hpp"
#include "api/podcast/health.hpp"
#include "api/podcast/quotas.hpp"
#include "http/message.hpp"
#include "jobs/jobs.hpp"
#include "podcast/domains/domains.hpp"
#include "podcast/publishing/publishing.hpp"
#include "uploads/uploads.hpp"

namespace carillon::api {

/// Any event loop.
class Api {
 public:
  Api(Gate& gate, Quotas& quotas, podcast::Publishing& publishing, uploads::Uploads& uploads, podcast::Domains& domains,
      db::Database& database, jobs::Runners& jobs, const Clock& clock, Random& random, podcast::Addresses addresses, Machine machine);

  /// Answers one request of request.caller.
  asio::awaitable<http::Response> answer(http::Request& request);

  // The handlers of the route table (routes.cpp), by resource.
  asio::awaitable<http::Response> list_shows(http::Request& request);
  asio::awaitable<http::Response> create_show(http::Request& request);
  asio::awaitable<http::Response> get_show(http::Request& request);
  asio::awaitable<http::Response> edit_show(http::Request& request);
  asio::awaitable<http::Response> delete_show(http::Request& request);
  asio::awaitable<http::Response> restore_show(http::Request& request);
  asio::awaitable<http::Response> check_show(http::Request& request);
  asio::awaitable<http::Response> set_image(http::Request& request);
  asio::awaitable<http::Response> list_categories(http::Request& request);

  asio::awaitable<http::Response> list_domains(http::Request& request);
  asio::awaitable<http::Response> add_domain(http::Request& request);
  asio::awaitable<http::Response> get_domain(http::Request& request);
  asio::awaitable<http::Response> remove_domain(http::Request& request);

  asio::awaitable<http::Response> list_episodes(http::Request& request);
  asio::awaitable<http::Response> create_episode(http::Request& request);
  asio::awaitable<http::Response> get_episode(http::Request& request);
  asio::awaitable<http::Response> edit_episode(http::Request& request);
  asio::awaitable<http::Response> delete_episode(http::Request& request);
  asio::awaitable<http::Response> restore_episode(http::Request& request);
  asio::awaitable<http::Response> get_audio(http::Request& request);
  asio::awaitable<http::Response> preview_notes(http::Request& request);
  asio::awaitable<http::Response> set_audio(http::Request& request);
  asio::awaitable<http::Response> set_episode_image(http::Request& request);
  asio::awaitable<http::Response> remove_episode_image(http::Request& request);
  asio::awaitable<http::Response> get_waveform(http::Request& request);
  asio::awaitable<http::Response> publish(http::Request& request);
  asio::awaitable<http::Response> unpublish(http::Request& request);

  asio::awaitable<http::Response> get_chapters(http::Request& request);
  asio::awaitable<http::Response> set_chapters(http::Request& request);
  asio::awaitable<http::Response> get_transcript(http::Request& request);
  asio::awaitable<http::Response> set_transcript(http::Request& request);
  asio::awaitable<http::Response> delete_transcript(http::Request& request);

  asio::awaitable<http::Response> upload(http::Request& request);
  asio::awaitable<http::Response> list_uploads(http::Request& request);
  asio::awaitable<http::Response> get_upload(http::Request& request);
  asio::awaitable<http::Response> upload_options(http::Request& request);
  asio::awaitable<http::Response> append_to_upload(http::Request& request);
  asio::awaitable<http::Response> remove_upload(http::Request& request);

  asio::awaitable<http::Response> get_document(http::Request& request);

  asio::awaitable<http::Response> health(http::Request& request);

  asio::awaitable<http::Response> list_jobs(http::Request& request);
  asio::awaitable<http::Response> get_job(http::Request& request);
  asio::awaitable<http::Response> retry_job(http::Request& request);

 private:
  asio::awaitable<http::Response> episode_answer(int status, Result<podcast::Episode> episode);
  asio::awaitable<http::Response> create_upload(http::Request& request);  ///< to be sent in pieces
  asio::awaitable<http::Response> upload_offset(http::Request& request);
  /// The id that the body names, and that the caller's network may use.
  asio::awaitable<Result<std::string>> chosen_upload(http::Request& request);
  /// Whose an upload is that this request begins, and whose it lists.
  [[nodiscard]] static uploads::Uploads::Owner owner_of(const http::Request& request);
  /// Why `edit` was refused, and what has to be merged when somebody else was faster.
  asio::awaitable<http::Response> episode_refusal(http::Request& request, std::string id, Error error, podcast::EpisodeEdit edit);
  [[nodiscard]] http::Response show_answer(int status, Result<podcast::Show> show) const;

  Gate& gate_;
  Quotas& quotas_;
  podcast::Publishing& publishing_;
  uploads::Uploads& uploads_;
  podcast::Domains& domains_;
  db::Database& database_;
  jobs::Runners& jobs_;
  const Clock& clock_;
  Random& random_;
  podcast::Addresses addresses_;
  Machine machine_;
};

}  // namespace carillon::api
