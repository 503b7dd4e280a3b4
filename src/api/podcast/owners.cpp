// See owners.hpp.

#include "api/podcast/owners.hpp"

#include "jobs/jobs.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/owners.hpp"
#include "uploads/uploads.hpp"

namespace carillon::api {
namespace {

Error missing(const std::string& what, const std::string& name, std::string field = {}) {
  return {ErrorKind::not_found, "There is no " + what + " “" + name + "”.", std::move(field)};
}

/// "" for the machine's own jobs.
Result<std::optional<std::string>> network_of_job(db::Session& session, const std::string& id) {
  auto job = jobs::find(session, id);
  if (!job) return std::unexpected(job.error());
  if (!*job) return std::nullopt;
  return std::move((*job)->network);
}

}  // namespace

Owners podcast_owners() {
  return {
      {Owner::show,
       {.parameter = "show",
        .network = podcast::network_of_show,
        .show = [](db::Session&, const std::string& slug) -> Result<std::optional<std::string>> { return slug; },
        .missing = [](const std::string& slug) { return missing("show named", slug, "show"); }}},
      {Owner::episode,
       {.parameter = "id",
        .network = podcast::network_of_episode,
        // A show that was taken down takes its episodes with it.
        .show = [](db::Session& session, const std::string& id) -> Result<std::optional<std::string>> {
          return podcast::queries::show_slug_of(session, id);
        },
        .missing = [](const std::string& id) { return missing("episode with the ID", id); }}},
      {Owner::job,
       {.parameter = "id", .network = network_of_job, .missing = [](const std::string& id) { return missing("job with the ID", id); }}},
      {Owner::upload,
       {.parameter = "id",
        .network = uploads::network_of_upload,
        .missing = [](const std::string& id) { return uploads::no_such_upload(id).error(); }}},
  };
}

}  // namespace carillon::api
