// Covers of shows, and episodes' own. See publishing.hpp.

#include "podcast/publishing/cover.hpp"
#include "podcast/publishing/publishing_impl.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"
#include "uploads/uploads.hpp"

namespace carillon::podcast {

asio::awaitable<Result<Show>> Publishing::set_cover(accounts::Actor by, std::string slug, std::string bytes) {
  const auto known = co_await show(slug);
  if (!known) co_return known;
  // Stored before the database speaks of it.
  const auto picture = co_await impl_->away([&]() -> Result<Picture> {
    auto checked = check_cover(bytes);
    if (!checked) return checked;
    auto writer = impl_->media.begin(checked->length);
    if (!writer) return passed_on(writer);
    if (auto written = (*writer)->write(as_bytes(bytes)); !written) return passed_on(written);
    if (auto kept = (*writer)->keep(); !kept) return passed_on(kept);
    return checked;
  });
  if (!picture) co_return std::unexpected(picture.error());
  const auto now = impl_->clock.now();
  auto edited = co_await impl_->database.write([&](db::Session& session) -> Result<Show> {
    auto found = queries::show_with_slug(session, slug);
    if (!found) return no_such_show(slug);
    queries::insert(session, found->id, *picture);
    const auto was = *found;
    found->cover = *picture;
    found->changed = now;
    ++found->revision;
    queries::update(session, *found);
    impl_->record(session, by, "show.image", &was, *found);
    if (auto noted = impl_->feed_changed(session, found->id); !noted) return passed_on(noted);
    return *found;
  });
  if (!edited) co_return edited;
  if (auto refreshed = co_await impl_->catalogue.refresh(edited->id); !refreshed) co_return passed_on(refreshed);
  impl_->changed({.show_id = edited->id});
  co_return edited;
}

asio::awaitable<Result<Episode>> Publishing::set_episode_cover(accounts::Actor by, std::string id, std::string upload_id) {
  if (auto known = co_await episode(id); !known) co_return known;
  const auto digest =
      co_await impl_->database.read([&](db::Session& session) -> Result<Digest> { return uploads::finished_upload(session, upload_id); });
  if (!digest) co_return std::unexpected(digest.error());
  const auto picture = co_await impl_->away([&]() -> Result<Picture> {
    const auto file = impl_->media.open(*digest);
    if (!file) return std::unexpected(file.error());
    if (file->length > kLargestPicture)
      return fail(ErrorKind::too_large,
                  "The picture has " + to_human(file->length) + "; a cover may have " + to_human(kLargestPicture) + ".", "image");
    Body body;
    body.append(*file);
    const auto bytes = whole(body);
    if (!bytes) return std::unexpected(bytes.error());
    return check_cover(*bytes);
  });
  if (!picture) co_return std::unexpected(picture.error());
  co_return co_await impl_->change_cover(by, id, [&](db::Session& session, Episode& episode) -> Result<bool> {
    // Whoever was faster has used it up: the bytes are kept by what refers to them alone.
    if (auto taken = uploads::take_upload(session, upload_id); !taken) return passed_on(taken);
    queries::insert(session, episode.show_id, *picture);
    episode.cover = *picture;
    return true;
  });
}

asio::awaitable<Result<Episode>> Publishing::remove_episode_cover(accounts::Actor by, std::string id) {
  co_return co_await impl_->change_cover(by, id, [](db::Session&, Episode& episode) -> Result<bool> {
    const bool has = episode.cover.has_value();
    episode.cover.reset();
    return has;
  });
}

asio::awaitable<Result<Episode>> Publishing::Impl::change_cover(accounts::Actor by, std::string id,
                                                                std::function<Result<bool>(db::Session&, Episode&)> change) {
  bool done = false;
  auto edited = co_await database.write([&](db::Session& session) -> Result<Episode> {
    auto episode = queries::episode(session, id);
    if (!episode) return no_such_episode(id);
    const auto was = *episode;
    auto did = change(session, *episode);
    if (!did) return passed_on(did);
    done = *did;
    if (!done) return *episode;
    episode->changed = clock.now();
    ++episode->revision;
    queries::update(session, *episode);
    record(session, by, "episode.image", &was, *episode);
    if (episode->state == EpisodeState::published) {
      if (auto noted = feed_changed(session, episode->show_id); !noted) return passed_on(noted);
    }
    return *episode;
  });
  if (!edited || !done) co_return edited;
  if (edited->state == EpisodeState::published) {
    if (auto refreshed = co_await catalogue.refresh(edited->show_id); !refreshed) co_return passed_on(refreshed);
  }
  changed({.show_id = edited->show_id, .episode_id = edited->id});
  co_return edited;
}

}  // namespace carillon::podcast
