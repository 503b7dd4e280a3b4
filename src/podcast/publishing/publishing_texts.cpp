// Chapters and transcripts of episodes: kept as files, told by the database. See publishing.hpp.

#include "base/log.hpp"
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

Result<std::optional<Frozen>> Publishing::Impl::freeze_again(const std::string& id) {
  const auto known = database.read_now([&](db::Session& session) { return with_show(session, id); });
  if (!known) return std::unexpected(known.error());
  const auto& [show, episode] = *known;
  if (!follows_edits(episode) || episode.frozen) return std::nullopt;
  const auto frozen = freeze(show, episode, episode.publish_at.value_or(clock.now()));
  if (!frozen) return std::unexpected(frozen.error());
  return database.write_now([&](db::Session& session) -> Result<std::optional<Frozen>> {
    auto now = with_show(session, id);
    // Edited again, or gone meanwhile: whoever did that sees to it.
    if (!now || !now->unchanged_since(*known)) return std::nullopt;
    // Not a change of the episode: it says what its publishers have set already.
    now->episode.frozen = *frozen;
    queries::update(session, now->episode);
    return *frozen;
  });
}

asio::awaitable<void> Publishing::Impl::freeze_edited(Episode& episode) {
  if (!follows_edits(episode)) co_return;
  Result<std::optional<Frozen>> frozen;
  try {
    frozen = co_await away([&] { return freeze_again(episode.id); });
  } catch (const std::exception& error) { frozen = fail(ErrorKind::internal, error.what()); }
  if (frozen && *frozen) episode.frozen = **frozen;
  if (!frozen)
    log::warning("the tag of a scheduled episode could not be made; it is made when the episode goes out",
                 {{"event", "episode.tag"}, {"episode", episode.id}, {"reason", frozen.error().message}});
}

asio::awaitable<Result<Episode>> Publishing::set_chapters(accounts::Actor by, std::string id, std::vector<Chapter> chapters,
                                                          std::optional<std::int64_t> revision) {
  std::optional<StoredText> text;
  if (!chapters.empty()) {
    const auto kept = co_await impl_->away([&] { return impl_->keep_text(render_chapters(chapters)); });
    if (!kept) co_return std::unexpected(kept.error());
    text = *kept;
  }
  auto edited = co_await impl_->acts.on_episode({.by = std::move(by), .what = "episode.chapters", .revision = revision}, id,
                                                [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
                                                  queries::set_chapters(transaction.session(), id, text);
                                                  episode.chapters = text;
                                                  if (follows_edits(episode)) episode.frozen.reset();
                                                  return Reach::listeners;
                                                });
  if (edited) co_await impl_->freeze_edited(*edited);
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
  co_return co_await impl_->acts.on_episode(
      {.by = std::move(by), .what = "episode.transcript", .revision = revision}, id,
      [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
        const auto* known = in_language(episode, language);
        if (!known && !text) return fail(ErrorKind::not_found, "The episode has no transcript in “" + language + "”.", "language");
        if (!known && episode.transcripts.size() >= kMostTranscripts)
          return wrong("language",
                       "The episode has transcripts in " + std::to_string(kMostTranscripts) + " languages, the most there may be.");
        queries::set_transcript(transaction.session(), id, language, text);
        episode.transcripts = queries::episode(transaction.session(), id).value().transcripts;
        return Reach::listeners;
      });
}

asio::awaitable<Result<std::string>> Publishing::transcript(std::string id, std::string language) {
  const auto known = co_await episode(std::move(id));
  if (!known) co_return std::unexpected(known.error());
  const auto* found = in_language(*known, language);
  if (!found) co_return fail(ErrorKind::not_found, "The episode has no transcript in “" + language + "”.", "language");
  co_return co_await impl_->away([&] { return impl_->read_text(found->vtt); });
}

}  // namespace carillon::podcast
