// See jobs.hpp.

#include "api/podcast/jobs.hpp"

#include "accounts/audit.hpp"
#include "api/core/answers.hpp"
#include "api/core/job_document.hpp"
#include "base/log.hpp"

#include <boost/json/array.hpp>

#include <array>

namespace carillon::api {
namespace {

constexpr std::size_t kMaxJobsListed = 200;

}  // namespace

std::span<const Route<JobsApi>> JobsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      Route<JobsApi>{get, "/api/v1/jobs", view, Owner::asked, &JobsApi::list},
      Route<JobsApi>{get, "/api/v1/jobs/{id}", view, Owner::job, &JobsApi::get},
      Route<JobsApi>{post, "/api/v1/jobs/{id}/retry", publish, Owner::job, &JobsApi::retry},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> JobsApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(routes(), *this, request, gate_.admission(), allowed);
}

asio::awaitable<http::Response> JobsApi::list(Request& request) {
  const bool every = request.caller.is_operator() && !request.query_parameter("network");
  const auto of = every ? std::nullopt : std::optional{request.network};
  const auto found = co_await database_.read([&](db::Session& session) { return jobs::list(session, kMaxJobsListed, of); });
  if (!found) co_return http::problem(found.error());
  boost::json::array items;
  for (const auto& job : *found) items.push_back(document_of(job));
  co_return api::answer(200, {{"items", std::move(items)}, {"next", nullptr}});
}

asio::awaitable<http::Response> JobsApi::get(Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto job = co_await database_.read([&](db::Session& session) { return jobs::find(session, id); });
  if (!job) co_return http::problem(job.error());
  if (!*job) co_return http::problem(404, "not-found", "There is no job with the ID “" + id + "”.");
  co_return api::answer(200, document_of(**job));
}

asio::awaitable<http::Response> JobsApi::retry(Request& request) {
  const std::string id(request.path_parameter("id"));
  const auto retried = co_await database_.write([&](db::Session& session) -> Result<jobs::Job> {
    auto waits = runners_.retry(session, id);
    if (!waits) return waits;
    accounts::record(session, clock_, random_, request.caller.actor(),
                     {.network = request.network, .what = "job.retry", .subject = id, .was = {}, .became = {}});
    return waits;
  });
  if (!retried) co_return http::problem(retried.error());
  log::info("job retried", {{"event", "job.retry"}, {"job", id}, {"by", request.caller.actor().name}});
  co_return api::answer(200, document_of(*retried));
}

}  // namespace carillon::api
