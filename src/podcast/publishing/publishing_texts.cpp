// Chapters and transcripts of episodes: kept as files, told by the database. See publishing.hpp.

#include "podcast/model/checks.hpp"
#include "podcast/publishing/publishing_impl.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

const Transcript* in_language(const Episode& episode, const std::string& language) {
  const auto found = std::ranges::find(episode.transcripts, language, &Transcript::language);
  return found == episode.transcripts.end() ? nullptr : &*found;
}

/// Much longer than any notes take; whoever waits for a preview gave up before.
constexpr std::chrono::seconds kFormattingDeadline{10};
/// Episodes that one check of a show looks at: more than any show has.
constexpr std::size_t kMostChecked = 100'000;

}  // namespace

asio::awaitable<Result<std::string>> Publishing::Impl::formatted(std::string person, std::string field, std::string markdown) {
  co_return co_await texts.run_within(kFormattingDeadline, std::move(person),
                                      [field = std::move(field), markdown = std::move(markdown)] { return safe_html(markdown, field); });
}

asio::awaitable<Result<std::string>> Publishing::preview(accounts::Actor by, std::string notes) {
  co_return co_await impl_->formatted(std::move(by.id), "notes", std::move(notes));
}

asio::awaitable<Result<std::vector<Finding>>> Publishing::directory_findings(accounts::Actor by, std::string show_slug) {
  const auto known = co_await show(show_slug);
  if (!known) co_return std::unexpected(known.error());
  const auto list = co_await episodes(std::move(show_slug), {.limit = kMostChecked});
  if (!list) co_return std::unexpected(list.error());
  co_return co_await impl_->texts.run(std::move(by.id),
                                      [&]() -> Result<std::vector<Finding>> { return check_for_directories(*known, list->episodes); });
}

Result<StoredText> Publishing::Impl::keep_text(std::string_view text) {
  auto writer = media.begin(ByteCount{text.size()});
  if (!writer) return passed_on(writer);
  if (auto written = (*writer)->write(as_bytes(text)); !written) return passed_on(written);
  const auto kept = (*writer)->keep();
  if (!kept) return std::unexpected(kept.error());
  return StoredText{.digest = kept->digest, .length = kept->length};
}

Result<std::string> Publishing::Impl::read_text(const StoredText& text) {
  const auto slice = media.open(text.digest);
  if (!slice) return std::unexpected(slice.error());
  Body body;
  body.append(*slice);
  return whole(body);
}

Result<std::vector<Chapter>> Publishing::Impl::chapters_of(const Episode& episode) {
  if (!episode.chapters) return std::vector<Chapter>{};
  const auto text = read_text(*episode.chapters);
  if (!text) return std::unexpected(text.error());
  return parse_chapters(*text);
}

Result<> Publishing::Impl::freeze_again(const std::string& id) {
  const auto known = database.read_now([&](db::Session& session) { return with_show(session, id); });
  if (!known) return std::unexpected(known.error());
  const auto& [show, episode] = *known;
  if (episode.state != EpisodeState::scheduled || episode.published || !episode.master) return {};
  const auto frozen = freeze(show, episode, episode.publish_at.value_or(clock.now()));
  if (!frozen) return std::unexpected(frozen.error());
  return database.write_now([&](db::Session& session) -> Result<> {
    auto now = queries::episode(session, id);
    // Edited again, or out meanwhile: whoever did that sees to it, or it is too late.
    if (!now || now->revision != episode.revision || now->state != EpisodeState::scheduled) return {};
    now->frozen = *frozen;
    queries::update(session, *now);
    return {};
  });
}

asio::awaitable<Result<Episode>> Publishing::set_chapters(accounts::Actor by, std::string id, std::vector<Chapter> chapters,
                                                          std::optional<std::int64_t> revision) {
  std::optional<StoredText> text;
  if (!chapters.empty()) {
    const auto kept = co_await impl_->away([&] { return impl_->keep_text(render_chapters(chapters)); });
    if (!kept) co_return std::unexpected(kept.error());
    text = *kept;
  }
  auto edited = co_await impl_->database.write([&](db::Session& session) -> Result<Episode> {
    auto episode = queries::episode(session, id);
    if (!episode) return no_such_episode(id);
    if (revision && *revision != episode->revision) return changed_meanwhile("the episode");
    const auto was = *episode;
    queries::set_chapters(session, id, text);
    episode->chapters = text;
    episode->changed = impl_->clock.now();
    ++episode->revision;
    queries::update(session, *episode);
    impl_->record(session, by, "episode.chapters", &was, *episode);
    if (episode->state == EpisodeState::published) {
      if (auto noted = impl_->feed_changed(session, episode->show_id); !noted) return passed_on(noted);
    }
    return *episode;
  });
  if (!edited) co_return edited;
  if (const auto frozen = co_await impl_->away([&] { return impl_->freeze_again(id); }); !frozen) co_return std::unexpected(frozen.error());
  if (edited->state == EpisodeState::published) {
    if (auto refreshed = co_await impl_->catalogue.refresh(edited->show_id); !refreshed) co_return passed_on(refreshed);
  }
  impl_->changed({.show_id = edited->show_id, .episode_id = edited->id});
  co_return edited;
}

asio::awaitable<Result<std::vector<Chapter>>> Publishing::chapters(std::string id) {
  const auto known = co_await episode(std::move(id));
  if (!known) co_return std::unexpected(known.error());
  co_return co_await impl_->away([&] { return impl_->chapters_of(*known); });
}

asio::awaitable<Result<FileSlice>> Publishing::master(std::string id) {
  const auto known = co_await episode(std::move(id));
  if (!known) co_return std::unexpected(known.error());
  if (!known->master) co_return fail(ErrorKind::not_found, "The episode has no audio yet.");
  co_return co_await impl_->away([&] { return impl_->media.open(known->master->frames); });
}

asio::awaitable<Result<std::vector<Cue>>> Publishing::read_transcript(accounts::Actor by, TranscriptFormat format, std::string text) {
  co_return co_await impl_->texts.run(std::move(by.id), [&] { return parse_transcript(format, text); });
}

asio::awaitable<Result<Episode>> Publishing::set_transcript(accounts::Actor by, std::string id, std::string language, std::vector<Cue> cues,
                                                            std::optional<std::int64_t> revision) {
  if (!is_language(language)) co_return wrong("language", "“" + language + "” is no language, as in “en” or “de-CH”.");
  std::optional<StoredText> text;
  if (!cues.empty()) {
    const auto kept = co_await impl_->away([&] { return impl_->keep_text(render_vtt(cues)); });
    if (!kept) co_return std::unexpected(kept.error());
    text = *kept;
  }
  auto edited = co_await impl_->database.write([&](db::Session& session) -> Result<Episode> {
    auto episode = queries::episode(session, id);
    if (!episode) return no_such_episode(id);
    if (revision && *revision != episode->revision) return changed_meanwhile("the episode");
    const auto* known = in_language(*episode, language);
    if (!known && !text) return fail(ErrorKind::not_found, "The episode has no transcript in “" + language + "”.", "language");
    if (!known && episode->transcripts.size() >= kMostTranscripts)
      return wrong("language", "The episode has transcripts in " + std::to_string(kMostTranscripts) + " languages, the most there may be.");
    const auto was = *episode;
    queries::set_transcript(session, id, language, text);
    episode->changed = impl_->clock.now();
    ++episode->revision;
    queries::update(session, *episode);
    if (episode->state == EpisodeState::published) {
      if (auto noted = impl_->feed_changed(session, episode->show_id); !noted) return passed_on(noted);
    }
    auto now = queries::episode(session, id).value();
    impl_->record(session, by, "episode.transcript", &was, now);
    return now;
  });
  if (!edited) co_return edited;
  if (edited->state == EpisodeState::published) {
    if (auto refreshed = co_await impl_->catalogue.refresh(edited->show_id); !refreshed) co_return passed_on(refreshed);
  }
  impl_->changed({.show_id = edited->show_id, .episode_id = edited->id});
  co_return edited;
}

asio::awaitable<Result<std::string>> Publishing::transcript(std::string id, std::string language) {
  const auto known = co_await episode(std::move(id));
  if (!known) co_return std::unexpected(known.error());
  const auto* found = in_language(*known, language);
  if (!found) co_return fail(ErrorKind::not_found, "The episode has no transcript in “" + language + "”.", "language");
  co_return co_await impl_->away([&] { return impl_->read_text(found->vtt); });
}

}  // namespace carillon::podcast
