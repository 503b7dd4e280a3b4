// The job that makes anew what a show's pictures were before they were decoded. It may be cut anywhere and run again: a picture that was
// replaced isn't found again.

#include "base/log.hpp"
#include "podcast/production/production.hpp"
#include "podcast/store/shows.hpp"

namespace carillon::podcast {

Result<> Production::make_pictures_anew(const jobs::Job& job, jobs::Progress& progress) {
  const auto raw = parts_.database.read_now(
      [&](db::Session& session) -> Result<std::vector<Picture>> { return queries::raw_pictures(session, job.subject); });
  if (!raw) return std::unexpected(raw.error());
  if (raw->empty()) return {};
  struct Anew {
    Digest was;
    std::optional<MadePicture> made;
  };
  std::vector<Anew> all;
  for (const auto& picture : *raw) {
    if (progress.stopping()) return fail(ErrorKind::unavailable, "The server is stopping.");
    progress.report(static_cast<double>(all.size()) / static_cast<double>(raw->size()), "Re-encoding the show's images");
    auto made = parts_.media.has(picture.digest) ? parts_.pictures.make_again(picture.digest)
                                                 : Result<MadePicture>{fail(ErrorKind::invalid, "its file is missing")};
    if (!made && made.error().kind != ErrorKind::invalid) return std::unexpected(made.error());
    if (!made)
      log::warning("an image could not be decoded and is no longer shown",
                   {{"show", job.subject}, {"picture", picture.digest.hex()}, {"reason", made.error().message}});
    all.push_back({picture.digest, made ? std::optional{std::move(*made)} : std::nullopt});
  }
  const Act anew{.by = kMachine, .what = "show.image"};
  return parts_.acts.commit_now([&](ActTransaction& transaction) -> Result<> {
    auto& session = transaction.session();
    const auto was = queries::show_with_id_even_deleted(session, job.subject);
    if (!was) return {};
    for (const auto& [digest, made] : all) {
      if (made) queries::insert(session, job.subject, made->picture, made->sizes);
      queries::replace_picture(session, job.subject, digest, made ? std::optional{made->picture.digest} : std::nullopt);
    }
    auto show = queries::show_with_id_even_deleted(session, job.subject);
    // What is in the trash is in no feed: nobody has to hear of it.
    if (!show || show->deleted) return {};
    return transaction.put(anew, *was, *show);
  });
}

}  // namespace carillon::podcast
