// Episodes: made, edited, given audio, published, taken back. See publishing.hpp.

#include "audio/prefix.hpp"
#include "base/id.hpp"
#include "base/json.hpp"
#include "base/printable.hpp"
#include "base/text.hpp"
#include "crypto/sha256.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/publishing/publishing_impl.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/owners.hpp"
#include "podcast/store/shows.hpp"
#include "uploads/uploads.hpp"

#include <boost/json/object.hpp>

#include <algorithm>

namespace carillon::podcast {
namespace {

Result<> check(const EpisodeEdit& edit) {
  if (edit.title) {
    if (auto good = check_text("title", *edit.title, kLongestTitle); !good) return good;
    if (trimmed(one_line(*edit.title)).empty()) return fail(ErrorKind::invalid, "The episode's title is empty.", "title");
  }
  if (edit.notes) {
    if (auto good = check_text("notes", *edit.notes, kLongestMarkdown); !good) return good;  // more in formatted()
  }
  if (edit.season && *edit.season && **edit.season < 1) return fail(ErrorKind::invalid, "A season's number begins with 1.", "season");
  if (edit.number && *edit.number && **edit.number < 1) return fail(ErrorKind::invalid, "An episode's number begins with 1.", "number");
  return {};
}

/// What a tag can say of chapters: those of the table of contents, each with an end.
std::vector<audio::TagChapter> tag_chapters_of(const std::vector<Chapter>& chapters, std::chrono::microseconds whole) {
  std::vector<audio::TagChapter> result;
  auto next = std::chrono::round<std::chrono::milliseconds>(whole);
  for (auto chapter = chapters.rbegin(); chapter != chapters.rend(); ++chapter) {
    if (!chapter->toc) continue;
    const auto end = std::max(chapter->start, chapter->end.value_or(next));
    result.push_back({.start = chapter->start, .end = end, .title = chapter->title, .url = chapter->url});
    next = chapter->start;
  }
  std::ranges::reverse(result);
  return result;
}

std::string free_slug(db::Session& session, const Episode& episode) {
  // Everybody's writes wait for this: a show of thousands of episodes with one title must not try thousands of names for each.
  constexpr int kMostTried = 50;
  constexpr std::size_t kEndOfId = 12;
  auto base = slug_of(episode.title);
  if (base.empty()) base = "episode";
  auto slug = base;
  for (int number = 2; queries::slug_is_taken(session, episode.show_id, slug); ++number) {
    if (number > kMostTried) return std::string(cut_to(base, 50)) + "-" + episode.id.substr(episode.id.size() - kEndOfId);
    slug = std::string(cut_to(base, 56)) + "-" + std::to_string(number);
  }
  return slug;
}

/// The addresses follow the title until somebody may have been told of them.
void set_addresses(db::Session& session, Episode& episode) {
  episode.slug = free_slug(session, episode);
  episode.file_name = episode.slug + ".mp3";
}

}  // namespace

void apply(EpisodeEdit edit, Episode& episode) {
  if (edit.title) episode.title = one_line(*edit.title);
  if (edit.notes) episode.notes = without_controls(*edit.notes);
  if (edit.season) episode.season = *edit.season;
  if (edit.number) episode.number = *edit.number;
  if (edit.type) episode.type = *edit.type;
  if (edit.is_explicit) episode.is_explicit = *edit.is_explicit;
  apply(std::move(edit.metadata), episode.metadata);
}

asio::awaitable<Result<Episode>> Publishing::create_episode(accounts::Actor by, std::string show_slug, EpisodeEdit edit) {
  if (!edit.title) co_return fail(ErrorKind::invalid, "An episode needs a title.", "title");
  if (auto good = check(edit); !good) co_return passed_on(good);
  if (edit.notes) {
    if (auto good = co_await impl_->formatted(by.id, "notes", *edit.notes); !good) co_return passed_on(good);
  }
  Episode episode{.id = new_id(impl_->clock, impl_->random)};
  episode.guid = episode.id;
  episode.created = episode.changed = impl_->clock.now();
  apply(std::move(edit), episode);
  const Act act{.by = std::move(by), .what = "episode.create"};
  co_return co_await impl_->acts.commit([&](ActTransaction& transaction) -> Result<Episode> {
    const auto show = queries::show_with_slug(transaction.session(), show_slug);
    if (!show) return no_such_show(show_slug);
    episode.show_id = show->id;
    set_addresses(transaction.session(), episode);
    if (auto added = transaction.add(act, episode); !added) return passed_on(added);
    return episode;
  });
}

asio::awaitable<Result<Episode>> Publishing::edit_episode(accounts::Actor by, std::string id, EpisodeEdit edit,
                                                          std::optional<std::int64_t> revision) {
  if (auto good = check(edit); !good) co_return passed_on(good);
  if (edit.notes) {
    if (auto good = co_await impl_->formatted(by.id, "notes", *edit.notes); !good) co_return passed_on(good);
  }
  auto edited = co_await impl_->acts.on_episode({.by = std::move(by), .what = "episode.edit", .revision = revision}, std::move(id),
                                                [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
                                                  const auto slug = slug_of(episode.title);
                                                  apply(edit, episode);
                                                  const bool untold = !episode.published && !episode.publish_at && !episode.frozen;
                                                  if (untold && slug_of(episode.title) != slug)
                                                    set_addresses(transaction.session(), episode);
                                                  if (follows_edits(episode)) episode.frozen.reset();
                                                  return Reach::listeners;
                                                });
  if (edited) co_await impl_->freeze_edited(*edited);
  co_return edited;
}

asio::awaitable<Result<Episode>> Publishing::episode(std::string id) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<Episode> {
    auto found = queries::episode(session, id);
    if (!found) return no_such_episode(id);
    return std::move(*found);
  });
}

asio::awaitable<Result<EpisodeList>> Publishing::episodes(std::string show_slug, EpisodeListWish wish) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<EpisodeList> {
    const auto show = queries::show_with_slug(session, show_slug);
    if (!show) return no_such_show(show_slug);
    return queries::list_of(session, show->id, wish);
  });
}

asio::awaitable<Result<jobs::Job>> Publishing::attach_audio(accounts::Actor by, std::string id, std::string upload_id) {
  std::optional<jobs::Job> job;
  const auto attached = co_await impl_->acts.on_episode(
      {.by = std::move(by), .what = "episode.audio"}, id, [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
        auto& session = transaction.session();
        auto original = uploads::take_upload(session, upload_id);
        if (!original) return passed_on(original);
        begin_processing(episode, *original);
        const auto network = network_of_episode(session, id);
        if (!network) return std::unexpected(network.error());
        const auto payload = json_text(boost::json::object{{"original", original->hex()}});
        auto enqueued = jobs::enqueue(
            session, impl_->clock, impl_->random,
            {.kind = kIngest, .subject = id, .network = network->value_or(""), .payload = payload, .share = network->value_or("")});
        if (!enqueued) return passed_on(enqueued);
        auto made = jobs::find(session, *enqueued);
        if (!made) return passed_on(made);
        job = std::move(*made);
        transaction.wakes_jobs();
        return Reach::publishers;
      });
  if (!attached) co_return std::unexpected(attached.error());
  co_return job.value();
}

asio::awaitable<Result<Waveform>> Publishing::waveform(std::string id) {
  co_return co_await impl_->database.read([&](db::Session& session) -> Result<Waveform> {
    const auto episode = queries::episode(session, id);
    if (!episode) return no_such_episode(id);
    if (auto found = queries::waveform_of(session, id)) return std::move(*found);
    if (episode->master)
      return fail(ErrorKind::not_found,
                  "This recording was processed before waveforms were made; upload it again to get one. Listeners notice nothing of that.");
    if (episode->original) return fail(ErrorKind::not_found, "The waveform is made while the recording is processed, which is under way.");
    return fail(ErrorKind::not_found, "The episode has no audio yet; upload a recording first.");
  });
}

Result<EpisodeInItsShow> Publishing::Impl::with_show(db::Session& session, const std::string& id) const {
  auto episode = queries::episode(session, id);
  if (!episode) return no_such_episode(id);
  auto show = queries::show_with_id(session, episode->show_id);
  if (!show) return no_such_episode(id);
  return EpisodeInItsShow{std::move(*show), std::move(*episode)};
}

Result<Frozen> Publishing::Impl::freeze(const Show& show, const Episode& episode, Time published) {
  const auto frames = media.open(episode.master->frames);
  if (!frames) return std::unexpected(frames.error());
  Body body;
  body.append(*frames);
  BodyReader reader{body};
  audio::Mp3Walker walker;
  Bytes piece(1 << 20);
  const auto each_piece = [&](auto use) -> Result<> {
    while (reader.left().value > 0) {
      const auto got = reader.read(piece, BodyReader::Wait::allowed);
      if (!got) return std::unexpected(got.error());
      if (auto used = use(std::span<const std::byte>{piece}.first(*got)); !used) return used;
    }
    return {};
  };
  if (auto walked = each_piece([&](std::span<const std::byte> bytes) { return walker.feed(bytes); }); !walked) return passed_on(walked);
  const auto stream = walker.finish();
  if (!stream) return std::unexpected(stream.error());

  auto chapters = chapters_of(episode);
  if (!chapters) return passed_on(chapters);
  const audio::Tag tag{.title = episode.title,
                       .show = show.title,
                       .author = show.author.empty() ? show.title : show.author,
                       .number = episode.number,
                       .released = to_rfc3339(published).substr(0, 10),
                       .link = addresses.page(show, episode),
                       .chapters = tag_chapters_of(*chapters, episode.master->duration)};
  const auto prefix = audio::id3_tag(tag) + audio::info_frame(*stream);
  auto writer = media.begin(ByteCount{prefix.size()});
  if (!writer) return passed_on(writer);
  if (auto written = (*writer)->write(as_bytes(prefix)); !written) return passed_on(written);
  const auto stored = (*writer)->keep();
  if (!stored) return std::unexpected(stored.error());

  crypto::Sha256 whole;
  whole.update(as_bytes(prefix));
  reader = BodyReader{body};
  const auto hashed = each_piece([&](std::span<const std::byte> bytes) -> Result<> {
    whole.update(bytes);
    return {};
  });
  if (!hashed) return std::unexpected(hashed.error());
  return Frozen{.prefix = stored->digest, .prefix_length = stored->length, .since = clock.now(), .whole = whole.finish()};
}

Result<> Publishing::Impl::settle(ActTransaction& transaction, Episode& episode) {
  if (!episode.publish_at) {
    if (episode.state == EpisodeState::processing) episode.state = episode.published ? EpisodeState::unpublished : EpisodeState::draft;
    return {};
  }
  if (*episode.publish_at <= clock.now() && episode.frozen) {
    // pubDate is what the publisher wished, also when the server was down then or the audio was not ready yet.
    if (!episode.published) episode.published = episode.publish_at;
    episode.state = EpisodeState::published;
    episode.publish_at.reset();
    return {};
  }
  episode.state = EpisodeState::scheduled;
  const auto network = network_of_episode(transaction.session(), episode.id);
  if (!network) return std::unexpected(network.error());
  const auto job = jobs::enqueue(transaction.session(), clock, random,
                                 {.kind = kPublish, .subject = episode.id, .network = network->value_or(""), .run_at = episode.publish_at});
  if (!job) return std::unexpected(job.error());
  transaction.wakes_jobs();
  return {};
}

asio::awaitable<Result<Episode>> Publishing::publish(accounts::Actor by, std::string id, std::optional<Time> at) {
  const Act act{.by = std::move(by), .what = "episode.publish"};
  std::optional<Episode> published;
  for (int attempt = 0; !published; ++attempt) {
    if (attempt == kMaxFreezeAttempts) co_return changed_meanwhile("the episode");
    const auto known = co_await impl_->database.read([&](db::Session& session) { return impl_->with_show(session, id); });
    if (!known) co_return std::unexpected(known.error());
    const auto& [show, episode] = *known;
    if (!episode.original && !episode.master)
      co_return fail(ErrorKind::conflict, "The episode has no audio yet; upload a recording first.");
    // What goes before the frames is made and stored before the transaction, and kept from then on.
    // An episode that was never out gets the title and chapters it has now.
    std::optional<Frozen> frozen;
    if (episode.master && (!episode.frozen || !episode.published)) {
      const auto made = co_await impl_->away([&] { return impl_->freeze(show, episode, at.value_or(impl_->clock.now())); });
      if (!made) co_return std::unexpected(made.error());
      frozen = *made;
    }
    const auto done = co_await impl_->acts.commit([&](ActTransaction& transaction) {
      return impl_->publish_frozen(transaction, act, *known, frozen, at.value_or(impl_->clock.now()));
    });
    if (!done) co_return std::unexpected(done.error());
    published = *done;
  }
  co_return *published;
}

Result<std::optional<Episode>> Publishing::Impl::publish_frozen(ActTransaction& transaction, const Act& act, const EpisodeInItsShow& seen,
                                                                const std::optional<Frozen>& frozen, Time at) {
  auto now = with_show(transaction.session(), seen.episode.id);
  if (!now) return std::unexpected(now.error());
  auto& episode = now->episode;
  if (episode.state == EpisodeState::published) return episode;
  if (!now->unchanged_since(seen)) return std::nullopt;
  const auto was = episode;
  episode.publish_at = at;
  // One that has no audio yet is published by its ingest.
  if (episode.master && episode.state != EpisodeState::processing) {
    if (frozen) episode.frozen = frozen;
    if (auto settled = settle(transaction, episode); !settled) return passed_on(settled);
  }
  if (auto put = transaction.put(act, was, episode, Reach::listeners); !put) return passed_on(put);
  return episode;
}

asio::awaitable<Result<Episode>> Publishing::unpublish(accounts::Actor by, std::string id) {
  co_return co_await impl_->acts.on_episode({.by = std::move(by), .what = "episode.unpublish"}, std::move(id),
                                            [](ActTransaction&, Episode& episode) -> Result<Reach> {
                                              episode.publish_at.reset();
                                              if (episode.state == EpisodeState::published) episode.state = EpisodeState::unpublished;
                                              if (episode.state == EpisodeState::scheduled) episode.state = EpisodeState::draft;
                                              return Reach::listeners;
                                            });
}

}  // namespace carillon::podcast
