// See event_sources.hpp.

#include "api/events/event_sources.hpp"

#include "api/core/job_document.hpp"
#include "base/log.hpp"
#include "jobs/jobs.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

namespace carillon::api {
namespace json = boost::json;

namespace {

void could_not(const Error& error) { log::error("an event could not be delivered", {{"reason", error.message}}); }

}  // namespace

void EventSources::changed(const podcast::Change& change) {
  if (change.episode_id.empty())
    relay_.note("show " + change.show_id + (change.gone ? " gone" : ""), [this, change] { tell_show(change); });
  else
    relay_.note("episode " + change.episode_id, [this, change] { tell_episode(change); });
}

void EventSources::job_changed(const std::string& id) {
  relay_.note("job " + id, [this, id] { tell_job(id); });
}

void EventSources::tell_show(const podcast::Change& change) {
  auto show = change.gone;
  if (!show) {
    auto found = database_.read_now([&](db::Session& session) -> Result<std::optional<podcast::Show>> {
      return podcast::queries::show_with_id(session, change.show_id);
    });
    if (!found) return could_not(found.error());
    show = std::move(*found);
  }
  if (!show) return;  // its deletion is told by itself
  json::object document{{"slug", show->slug}, {"title", show->title}, {"revision", show->revision}};
  if (change.gone) document["state"] = "deleted";
  bus_.publish("show", show->network, std::move(document));
}

void EventSources::tell_episode(const podcast::Change& change) {
  std::optional<podcast::Show> show;
  std::optional<podcast::Episode> episode;
  const auto read = database_.read_now([&](db::Session& session) -> Result<> {
    show = podcast::queries::show_with_id(session, change.show_id);
    episode = podcast::queries::episode(session, change.episode_id);
    return {};
  });
  if (!read) return could_not(read.error());
  if (!show) return;  // it went with its show
  json::object document{{"id", change.episode_id}, {"show", show->slug}};
  if (episode) {
    document["title"] = episode->title;
    document["state"] = podcast::name_of(episode->state);
    document["revision"] = episode->revision;
  } else {
    document["state"] = "deleted";
  }
  bus_.publish("episode", show->network, std::move(document));
}

void EventSources::tell_job(const std::string& id) {
  const auto job = database_.read_now([&](db::Session& session) { return jobs::find(session, id); });
  if (!job) return could_not(job.error());
  if (*job) bus_.publish("job", (*job)->network, document_of(**job));
}

}  // namespace carillon::api
