// See episode_texts.hpp.

#include "podcast/publishing/episode_texts.hpp"

#include "podcast/model/checks.hpp"
#include "podcast/publishing/formatting.hpp"
#include "podcast/publishing/stored_texts.hpp"
#include "podcast/store/episodes.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

const Transcript* in_language(const Episode& episode, const std::string& language) {
  const auto found = std::ranges::find(episode.transcripts, language, &Transcript::language);
  return found == episode.transcripts.end() ? nullptr : &*found;
}

}  // namespace

asio::awaitable<Result<std::string>> EpisodeTexts::preview(accounts::Actor by, std::string notes) {
  co_return co_await formatted(parts_.texts, std::move(by.id), "notes", std::move(notes));
}

asio::awaitable<Result<Episode>> EpisodeTexts::set_chapters(accounts::Actor by, std::string id, std::vector<Chapter> chapters,
                                                            std::optional<std::int64_t> revision) {
  std::optional<StoredText> text;
  if (!chapters.empty()) {
    const auto kept = co_await parts_.disk.run([&] { return keep_text(parts_.media, render_chapters(chapters)); });
    if (!kept) co_return std::unexpected(kept.error());
    text = *kept;
  }
  auto edited = co_await parts_.acts.on_episode({.by = std::move(by), .what = "episode.chapters", .revision = revision}, id,
                                                [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
                                                  queries::set_chapters(transaction.session(), id, text);
                                                  episode.chapters = text;
                                                  if (follows_edits(episode)) episode.frozen.reset();
                                                  return Reach::listeners;
                                                });
  if (edited) co_await parts_.tags.freeze_edited(*edited);
  co_return edited;
}

asio::awaitable<Result<std::vector<Chapter>>> EpisodeTexts::chapters(std::string id) {
  const auto known = co_await known_episode(parts_.database, std::move(id));
  if (!known) co_return std::unexpected(known.error());
  co_return co_await parts_.disk.run([&] { return chapters_of(parts_.media, *known); });
}

asio::awaitable<Result<std::vector<Cue>>> EpisodeTexts::read_transcript(accounts::Actor by, TranscriptFormat format, std::string text) {
  co_return co_await parts_.texts.run(std::move(by.id), [&] { return parse_transcript(format, text); });
}

asio::awaitable<Result<Episode>> EpisodeTexts::set_transcript(accounts::Actor by, std::string id, std::string language,
                                                              std::vector<Cue> cues, std::optional<std::int64_t> revision) {
  if (!is_language(language)) co_return wrong("language", "“" + language + "” isn't a language code, e.g. “en” or “de-CH”.");
  std::optional<StoredText> text;
  if (!cues.empty()) {
    const auto kept = co_await parts_.disk.run([&] { return keep_text(parts_.media, render_vtt(cues)); });
    if (!kept) co_return std::unexpected(kept.error());
    text = *kept;
  }
  co_return co_await parts_.acts.on_episode(
      {.by = std::move(by), .what = "episode.transcript", .revision = revision}, id,
      [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
        const auto* known = in_language(episode, language);
        if (!known && !text) return fail(ErrorKind::not_found, "The episode has no transcript in “" + language + "”.", "language");
        if (!known && episode.transcripts.size() >= kMaxTranscripts)
          return wrong("language", "The episode has transcripts in " + std::to_string(kMaxTranscripts) + " languages, which is the limit.");
        queries::set_transcript(transaction.session(), id, language, text);
        episode.transcripts = queries::episode(transaction.session(), id).value().transcripts;
        return Reach::listeners;
      });
}

asio::awaitable<Result<std::string>> EpisodeTexts::transcript(std::string id, std::string language) {
  const auto known = co_await known_episode(parts_.database, std::move(id));
  if (!known) co_return std::unexpected(known.error());
  const auto* found = in_language(*known, language);
  if (!found) co_return fail(ErrorKind::not_found, "The episode has no transcript in “" + language + "”.", "language");
  co_return co_await parts_.disk.run([&] { return read_text(parts_.media, found->vtt); });
}

}  // namespace carillon::podcast
