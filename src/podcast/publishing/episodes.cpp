// See episodes.hpp.

#include "podcast/publishing/episodes.hpp"

#include "audio/master.hpp"
#include "base/id.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "podcast/feed/notes.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/model/slugs.hpp"
#include "podcast/publishing/formatting.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

namespace carillon::podcast {
namespace {

Result<> check(const EpisodeEdit& edit) {
  if (edit.title) {
    if (auto good = check_line("title", *edit.title, kLongestTitle); !good) return good;
    if (trimmed(one_line(*edit.title)).empty()) return fail(ErrorKind::invalid, "The episode's title is empty.", "title");
  }
  if (edit.notes) {
    if (auto good = check_text("notes", *edit.notes, kLongestMarkdown); !good) return good;  // more in formatted()
  }
  if (edit.season && *edit.season && **edit.season < 1) return fail(ErrorKind::invalid, "Season numbers start at 1.", "season");
  if (edit.number && *edit.number && **edit.number < 1) return fail(ErrorKind::invalid, "Episode numbers start at 1.", "number");
  return {};
}

/// Whether the edit's times fit what the episode is now. A published episode is out: only its date can be another one.
Result<> check_times(const EpisodeEdit& edit, const Episode& episode, Time now) {
  if (edit.publish_at && !episode.publish_at)
    return fail(ErrorKind::conflict,
                episode.state == EpisodeState::published ? "The episode is already published; to change its date, set “published”."
                                                         : "The episode isn't scheduled; publish it with the time in “at”.",
                "publish_at");
  if (edit.published && !episode.published)
    return fail(ErrorKind::conflict, "The episode was never published, so its date can't be changed; publish it with the time in “at”.",
                "published");
  if (edit.published && *edit.published > now)
    return fail(ErrorKind::invalid,
                "The date of a published episode can't be in the future; to publish it later, unpublish it and schedule it again.",
                "published");
  return {};
}

std::string free_slug(db::Session& session, const Episode& episode) {
  // Everybody's writes wait for this: a show of thousands of episodes with one title must not try thousands of names for each.
  constexpr int kMaxTried = 50;
  constexpr std::size_t kEndOfId = 12;
  auto base = readable_slug(episode.title);
  if (base.empty()) base = "episode";
  auto slug = base;
  for (int number = 2; queries::slug_is_taken(session, episode.show_id, slug); ++number) {
    if (number > kMaxTried) return std::string(cut_to(base, 50)) + "-" + episode.id.substr(episode.id.size() - kEndOfId);
    slug = std::string(cut_to(base, 56)) + "-" + std::to_string(number);
  }
  return slug;
}

/// The addresses follow the title until somebody may have been told of them.
void set_addresses(db::Session& session, Episode& episode) {
  episode.slug = free_slug(session, episode);
  episode.file_name = episode.slug + std::string(audio::kFileExtension);
}

}  // namespace

void apply(EpisodeEdit edit, Episode& episode) {
  if (edit.title) episode.title = one_line(*edit.title);
  if (edit.notes) episode.notes = without_controls(*edit.notes);
  if (edit.season) episode.season = *edit.season;
  if (edit.number) episode.number = *edit.number;
  if (edit.type) episode.type = *edit.type;
  if (edit.is_explicit) episode.is_explicit = *edit.is_explicit;
  if (edit.publish_at) episode.publish_at = *edit.publish_at;
  if (edit.published) episode.published = *edit.published;
  apply(std::move(edit.metadata), episode.metadata);
}

asio::awaitable<Result<Episode>> Episodes::create(accounts::Actor by, std::string show_slug, EpisodeEdit edit) {
  if (!edit.title) co_return fail(ErrorKind::invalid, "An episode needs a title.", "title");
  if (auto good = check(edit); !good) co_return forward_error(good);
  if (edit.notes) {
    if (auto good = co_await formatted(parts_.texts, by.id, "notes", *edit.notes); !good) co_return forward_error(good);
  }
  if (auto good = check_times(edit, {}, parts_.clock.now()); !good) co_return forward_error(good);
  Episode episode{.id = new_id(parts_.clock, parts_.random)};
  episode.guid = episode.id;
  episode.created = episode.changed = parts_.clock.now();
  apply(std::move(edit), episode);
  const Act act{.by = std::move(by), .what = "episode.create"};
  co_return co_await parts_.acts.commit([&](ActTransaction& transaction) -> Result<Episode> {
    const auto show = queries::show_with_slug(transaction.session(), show_slug);
    if (!show) return no_such_show(show_slug);
    episode.show_id = show->id;
    set_addresses(transaction.session(), episode);
    if (auto added = transaction.add(act, episode); !added) return forward_error(added);
    return episode;
  });
}

asio::awaitable<Result<Episode>> Episodes::edit(accounts::Actor by, std::string id, EpisodeEdit edit,
                                                std::optional<std::int64_t> revision) {
  if (auto good = check(edit); !good) co_return forward_error(good);
  if (edit.notes) {
    if (auto good = co_await formatted(parts_.texts, by.id, "notes", *edit.notes); !good) co_return forward_error(good);
  }
  auto edited = co_await parts_.acts.on_episode({.by = std::move(by), .what = "episode.edit", .revision = revision}, std::move(id),
                                                [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
                                                  if (auto good = check_times(edit, episode, parts_.clock.now()); !good)
                                                    return forward_error(good);
                                                  const auto slug = readable_slug(episode.title);
                                                  apply(edit, episode);
                                                  const bool untold = !episode.published && !episode.publish_at && !episode.frozen;
                                                  if (untold && readable_slug(episode.title) != slug)
                                                    set_addresses(transaction.session(), episode);
                                                  if (follows_edits(episode)) episode.frozen.reset();
                                                  if (edit.publish_at && episode.state == EpisodeState::scheduled) {
                                                    if (auto settled = parts_.schedule.settle(transaction, episode); !settled)
                                                      return forward_error(settled);
                                                  }
                                                  return Reach::listeners;
                                                });
  if (edited) co_await parts_.tags.freeze_edited(*edited);
  co_return edited;
}

asio::awaitable<Result<Episode>> Episodes::find(std::string id) { return known_episode(parts_.database, std::move(id)); }

asio::awaitable<Result<EpisodeList>> Episodes::list(std::string show_slug, EpisodeListWish name_options) {
  co_return co_await parts_.database.read([&](db::Session& session) -> Result<EpisodeList> {
    const auto show = queries::show_with_slug(session, show_slug);
    if (!show) return no_such_show(show_slug);
    return queries::list_of(session, show->id, name_options);
  });
}

asio::awaitable<Result<Episode>> Episodes::publish(accounts::Actor by, std::string id, std::optional<Time> at) {
  const Act act{.by = std::move(by), .what = "episode.publish"};
  std::optional<Episode> published;
  for (int attempt = 0; !published; ++attempt) {
    if (attempt == kMaxFreezeAttempts) co_return changed_meanwhile("the episode");
    const auto known = co_await parts_.database.read([&](db::Session& session) { return episode_in_its_show(session, id); });
    if (!known) co_return std::unexpected(known.error());
    const auto& [show, episode] = *known;
    if (!episode.original && !episode.master)
      co_return fail(ErrorKind::conflict, "The episode has no audio yet; upload a recording first.");
    // What goes before the frames is made and stored before the transaction, and kept from then on.
    // An episode that was never out gets the title and chapters it has now.
    std::optional<Frozen> frozen;
    if (episode.master && (!episode.frozen || !episode.published)) {
      const auto made = co_await parts_.disk.run([&] { return parts_.tags.freeze(show, episode, at.value_or(parts_.clock.now())); });
      if (!made) co_return std::unexpected(made.error());
      frozen = *made;
    }
    const auto done = co_await parts_.acts.commit(
        [&](ActTransaction& transaction) { return publish_frozen(transaction, act, *known, frozen, at.value_or(parts_.clock.now())); });
    if (!done) co_return std::unexpected(done.error());
    published = *done;
  }
  co_return *published;
}

Result<std::optional<Episode>> Episodes::publish_frozen(ActTransaction& transaction, const Act& act, const EpisodeInItsShow& seen,
                                                        const std::optional<Frozen>& frozen, Time at) {
  auto now = episode_in_its_show(transaction.session(), seen.episode.id);
  if (!now) return std::unexpected(now.error());
  auto& episode = now->episode;
  if (episode.state == EpisodeState::published) return episode;
  if (!now->unchanged_since(seen)) return std::nullopt;
  const auto was = episode;
  episode.publish_at = at;
  // One that has no audio yet is published by its ingest.
  if (episode.master && episode.state != EpisodeState::processing) {
    if (frozen) episode.frozen = frozen;
    if (auto settled = parts_.schedule.settle(transaction, episode); !settled) return forward_error(settled);
  }
  if (auto put = transaction.put(act, was, episode, Reach::listeners); !put) return forward_error(put);
  return episode;
}

asio::awaitable<Result<Episode>> Episodes::unpublish(accounts::Actor by, std::string id) {
  co_return co_await parts_.acts.on_episode({.by = std::move(by), .what = "episode.unpublish"}, std::move(id),
                                            [](ActTransaction&, Episode& episode) -> Result<Reach> {
                                              episode.publish_at.reset();
                                              if (episode.state == EpisodeState::published) episode.state = EpisodeState::unpublished;
                                              if (episode.state == EpisodeState::scheduled) episode.state = EpisodeState::draft;
                                              return Reach::listeners;
                                            });
}

asio::awaitable<Result<>> Episodes::remove(accounts::Actor by, std::string id) {
  auto gone = co_await parts_.acts.on_episode({.by = std::move(by), .what = "episode.delete"}, std::move(id),
                                              [&](ActTransaction&, Episode& episode) -> Result<Reach> {
                                                episode.deleted = parts_.clock.now();
                                                return Reach::listeners;
                                              });
  if (!gone) co_return forward_error(gone);
  co_return Result<>{};
}

asio::awaitable<Result<Episode>> Episodes::restore(accounts::Actor by, std::string id) {
  const Act act{.by = std::move(by), .what = "episode.restore"};
  co_return co_await parts_.acts.commit([&](ActTransaction& transaction) -> Result<Episode> {
    auto episode = queries::episode_even_deleted(transaction.session(), id);
    if (!episode || !episode->deleted || !queries::show_with_id(transaction.session(), episode->show_id))
      return fail(ErrorKind::not_found, "There is no episode with the ID “" + id + "” in the trash.");
    const auto was = *episode;
    episode->deleted.reset();
    if (auto scheduled = parts_.schedule.resume(transaction, *episode); !scheduled) return forward_error(scheduled);
    if (auto put = transaction.put(act, was, *episode, Reach::listeners); !put) return forward_error(put);
    return std::move(*episode);
  });
}

}  // namespace carillon::podcast
