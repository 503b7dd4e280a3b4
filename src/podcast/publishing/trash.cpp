// What is deleted stays in the trash for kTrashKept and can be brought back as it was. See publishing.hpp.

#include "podcast/publishing/publishing_impl.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

namespace carillon::podcast {

Result<> Publishing::Impl::schedule_again(db::Session& session, Episode& episode) {
  if (episode.state != EpisodeState::scheduled) return {};
  if (episode.publish_at && *episode.publish_at > clock.now()) return settle(session, episode);
  // What was thrown away does not go out by itself because somebody looked for it later.
  episode.state = episode.published ? EpisodeState::unpublished : EpisodeState::draft;
  episode.publish_at.reset();
  queries::update(session, episode);
  return {};
}

asio::awaitable<Result<>> Publishing::delete_show(accounts::Actor by, std::string slug, bool with_episodes) {
  auto gone = co_await impl_->database.write([&](db::Session& session) -> Result<Show> {
    auto show = queries::show_with_slug(session, slug);
    if (!show) return no_such_show(slug);
    const auto published = queries::published_episodes_of(session, show->id).size();
    if (published > 0 && !with_episodes)
      return fail(ErrorKind::conflict,
                  "The show “" + slug + "” has " + std::to_string(published) +
                      " published episodes, which listeners would lose; say that they are to go with it (--with-episodes).");
    const auto was = *show;
    show->deleted = impl_->clock.now();
    ++show->revision;
    queries::update(session, *show);
    impl_->record(session, by, "show.delete", &was, *show);
    return std::move(*show);
  });
  if (!gone) co_return passed_on(gone);
  if (auto refreshed = co_await impl_->catalogue.refresh(gone->id); !refreshed) co_return refreshed;
  impl_->changed({.show_id = gone->id, .gone = *gone});
  co_return Result<>{};
}

asio::awaitable<Result<Show>> Publishing::restore_show(accounts::Actor by, std::string slug) {
  auto restored = co_await impl_->database.write([&](db::Session& session) -> Result<Show> {
    auto show = queries::show_with_slug_even_deleted(session, slug);
    if (!show || !show->deleted) return fail(ErrorKind::not_found, "There is no show “" + slug + "” in the trash.", "show");
    const auto was = *show;
    show->deleted.reset();
    show->changed = impl_->clock.now();
    ++show->revision;
    queries::update(session, *show);
    impl_->record(session, by, "show.restore", &was, *show);
    for (auto& episode : queries::scheduled_episodes_of(session, show->id)) {
      if (auto scheduled = impl_->schedule_again(session, episode); !scheduled) return passed_on(scheduled);
    }
    if (auto noted = impl_->feed_changed(session, show->id); !noted) return passed_on(noted);
    return *show;
  });
  if (!restored) co_return restored;
  impl_->jobs.wake();
  if (auto refreshed = co_await impl_->catalogue.refresh(restored->id); !refreshed) co_return passed_on(refreshed);
  impl_->changed({.show_id = restored->id});
  co_return restored;
}

asio::awaitable<Result<std::vector<Show>>> Publishing::deleted_shows(std::optional<std::string> network, std::string after,
                                                                     std::size_t limit) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<std::vector<Show>> {
    return queries::shows(session, network, after, limit, queries::Which::deleted);
  });
}

asio::awaitable<Result<>> Publishing::delete_episode(accounts::Actor by, std::string id) {
  auto show_id = co_await impl_->database.write([&](db::Session& session) -> Result<std::string> {
    auto episode = queries::episode(session, id);
    if (!episode) return no_such_episode(id);
    const auto now = impl_->clock.now();
    const auto was = *episode;
    episode->deleted = now;
    ++episode->revision;
    queries::update(session, *episode);
    impl_->record(session, by, "episode.delete", &was, *episode);
    queries::touch_show(session, episode->show_id, now);
    if (episode->state == EpisodeState::published) {
      if (auto noted = impl_->feed_changed(session, episode->show_id); !noted) return passed_on(noted);
    }
    return episode->show_id;
  });
  if (!show_id) co_return passed_on(show_id);
  if (auto refreshed = co_await impl_->catalogue.refresh(*show_id); !refreshed) co_return refreshed;
  impl_->changed({.show_id = *show_id, .episode_id = id});
  co_return Result<>{};
}

asio::awaitable<Result<Episode>> Publishing::restore_episode(accounts::Actor by, std::string id) {
  auto restored = co_await impl_->database.write([&](db::Session& session) -> Result<Episode> {
    auto episode = queries::episode_even_deleted(session, id);
    if (!episode || !episode->deleted || !queries::show_with_id(session, episode->show_id))
      return fail(ErrorKind::not_found, "There is no episode “" + id + "” in the trash.");
    const auto was = *episode;
    episode->deleted.reset();
    episode->changed = impl_->clock.now();
    ++episode->revision;
    queries::update(session, *episode);
    if (auto scheduled = impl_->schedule_again(session, *episode); !scheduled) return passed_on(scheduled);
    impl_->record(session, by, "episode.restore", &was, *episode);
    if (episode->state == EpisodeState::published) {
      if (auto noted = impl_->feed_changed(session, episode->show_id); !noted) return passed_on(noted);
    }
    return *episode;
  });
  if (!restored) co_return restored;
  impl_->jobs.wake();
  if (auto refreshed = co_await impl_->catalogue.refresh(restored->show_id); !refreshed) co_return passed_on(refreshed);
  impl_->changed({.show_id = restored->show_id, .episode_id = restored->id});
  co_return restored;
}

}  // namespace carillon::podcast
