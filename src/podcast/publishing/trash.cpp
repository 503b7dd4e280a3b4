// What is deleted stays in the trash for kTrashKept and can be brought back as it was. See publishing.hpp.

#include "podcast/publishing/publishing_impl.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

namespace carillon::podcast {

Result<> Publishing::Impl::schedule_again(ActTransaction& transaction, Episode& episode) {
  if (episode.state != EpisodeState::scheduled) return {};
  if (episode.publish_at && *episode.publish_at > clock.now()) return settle(transaction, episode);
  // What was thrown away does not go out by itself because somebody looked for it later.
  episode.state = episode.published ? EpisodeState::unpublished : EpisodeState::draft;
  episode.publish_at.reset();
  return {};
}

asio::awaitable<Result<>> Publishing::delete_show(accounts::Actor by, std::string slug, bool with_episodes) {
  auto gone = co_await impl_->acts.on_show(
      {.by = std::move(by), .what = "show.delete"}, slug, [&](ActTransaction& transaction, Show& show) -> Result<> {
        const auto published = queries::published_episodes_of(transaction.session(), show.id).size();
        if (published > 0 && !with_episodes)
          return fail(ErrorKind::conflict,
                      "The show “" + slug + "” has " + std::to_string(published) +
                          " published episodes, which listeners would lose; say that they are to go with it (--with-episodes).");
        show.deleted = impl_->clock.now();
        return {};
      });
  if (!gone) co_return passed_on(gone);
  co_return Result<>{};
}

asio::awaitable<Result<Show>> Publishing::restore_show(accounts::Actor by, std::string slug) {
  const Act act{.by = by, .what = "show.restore"}, as_draft{.by = by, .what = "episode.unpublish"};
  co_return co_await impl_->acts.commit([&](ActTransaction& transaction) -> Result<Show> {
    auto show = queries::show_with_slug_even_deleted(transaction.session(), slug);
    if (!show || !show->deleted) return fail(ErrorKind::not_found, "There is no show “" + slug + "” in the trash.", "show");
    const auto was = *show;
    show->deleted.reset();
    if (auto put = transaction.put(act, was, *show); !put) return passed_on(put);
    for (auto& episode : queries::scheduled_episodes_of(transaction.session(), show->id)) {
      const auto waited = episode;
      if (auto scheduled = impl_->schedule_again(transaction, episode); !scheduled) return passed_on(scheduled);
      const auto reach = episode.state == waited.state ? Reach::nowhere : Reach::publishers;
      if (auto put = transaction.put(as_draft, waited, episode, reach); !put) return passed_on(put);
    }
    return std::move(*show);
  });
}

asio::awaitable<Result<std::vector<Show>>> Publishing::deleted_shows(std::optional<std::string> network, std::string after,
                                                                     std::size_t limit) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<std::vector<Show>> {
    return queries::shows(session, network, after, limit, queries::Which::deleted);
  });
}

asio::awaitable<Result<>> Publishing::delete_episode(accounts::Actor by, std::string id) {
  auto gone = co_await impl_->acts.on_episode({.by = std::move(by), .what = "episode.delete"}, std::move(id),
                                              [&](ActTransaction&, Episode& episode) -> Result<Reach> {
                                                episode.deleted = impl_->clock.now();
                                                return Reach::listeners;
                                              });
  if (!gone) co_return passed_on(gone);
  co_return Result<>{};
}

asio::awaitable<Result<Episode>> Publishing::restore_episode(accounts::Actor by, std::string id) {
  const Act act{.by = std::move(by), .what = "episode.restore"};
  co_return co_await impl_->acts.commit([&](ActTransaction& transaction) -> Result<Episode> {
    auto episode = queries::episode_even_deleted(transaction.session(), id);
    if (!episode || !episode->deleted || !queries::show_with_id(transaction.session(), episode->show_id))
      return fail(ErrorKind::not_found, "There is no episode “" + id + "” in the trash.");
    const auto was = *episode;
    episode->deleted.reset();
    if (auto scheduled = impl_->schedule_again(transaction, *episode); !scheduled) return passed_on(scheduled);
    if (auto put = transaction.put(act, was, *episode, Reach::listeners); !put) return passed_on(put);
    return std::move(*episode);
  });
}

}  // namespace carillon::podcast
