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
  co_return co_await impl_->acts.on_show({.by = std::move(by), .what = "show.image"}, std::move(slug),
                                         [&](ActTransaction& transaction, Show& show) -> Result<> {
                                           queries::insert(transaction.session(), show.id, *picture);
                                           show.cover = *picture;
                                           return {};
                                         });
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
  co_return co_await impl_->acts.on_episode({.by = std::move(by), .what = "episode.image"}, id,
                                            [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
                                              // Whoever was faster has used it up: the bytes are kept by what refers to them alone.
                                              if (auto taken = uploads::take_upload(transaction.session(), upload_id); !taken)
                                                return passed_on(taken);
                                              queries::insert(transaction.session(), episode.show_id, *picture);
                                              episode.cover = *picture;
                                              return Reach::listeners;
                                            });
}

asio::awaitable<Result<Episode>> Publishing::remove_episode_cover(accounts::Actor by, std::string id) {
  co_return co_await impl_->acts.on_episode({.by = std::move(by), .what = "episode.image"}, std::move(id),
                                            [](ActTransaction&, Episode& episode) -> Result<Reach> {
                                              if (!episode.cover) return Reach::nowhere;
                                              episode.cover.reset();
                                              return Reach::listeners;
                                            });
}

}  // namespace carillon::podcast
