// See episode_answers.hpp.

#include "api/podcast/episode_answers.hpp"

#include "api/core/answers.hpp"
#include "api/podcast/document.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

namespace carillon::api {

asio::awaitable<http::Response> EpisodeAnswers::answer(int status, Result<podcast::Episode> episode) const {
  if (!episode) co_return http::problem(episode.error());
  const auto show = co_await publishing_.shows.with_id(episode->show_id);
  if (!show) co_return http::problem(show.error());
  co_return api::answer(status, document_of(*episode, *show, addresses_), episode->revision);
}

asio::awaitable<Result<podcast::Show>> EpisodeAnswers::show_of(std::string episode_id) const {
  co_return co_await database_.read([&](db::Session& session) -> Result<podcast::Show> {
    const auto episode = podcast::queries::episode_even_deleted(session, episode_id);
    if (!episode) return podcast::no_such_episode(episode_id);
    auto show = podcast::queries::show_with_id_even_deleted(session, episode->show_id);
    if (!show) return podcast::no_such_episode(episode_id);
    return std::move(*show);
  });
}

http::Response EpisodeAnswers::of_act(int status, const Result<podcast::Episode>& episode, const podcast::Show& show) const {
  if (!episode) return http::problem(episode.error());
  return api::answer(status, document_of(*episode, show, addresses_), episode->revision);
}

http::Response EpisodeAnswers::of_upload(const podcast::Episode& episode, const podcast::Show& show,
                                         const std::vector<std::string>& repairs) const {
  auto document = document_of(episode, show, addresses_);
  boost::json::array list;
  for (const auto& each : repairs) list.emplace_back(each);
  document["repairs"] = std::move(list);
  return api::answer(200, document, episode.revision);
}

asio::awaitable<http::Response> EpisodeAnswers::refusal(http::Request& request, std::string id, Error error,
                                                        podcast::EpisodeEdit edit) const {
  if (error.kind != ErrorKind::conflict || !request.fields.get("If-Match")) co_return api::refusal(error, request);
  const auto now = co_await publishing_.episodes.find(id);
  if (!now) co_return api::refusal(now.error(), request);
  const auto show = co_await publishing_.shows.with_id(now->show_id);
  if (!show) co_return api::refusal(show.error(), request);
  auto wanted = *now;
  podcast::apply(std::move(edit), wanted);
  co_return changed_meanwhile(error, differences(document_of(wanted, *show, addresses_), document_of(*now, *show, addresses_)),
                              now->revision);
}

}  // namespace carillon::api
