// See episode_texts.hpp.

#include "podcast/publishing/episode_texts.hpp"

#include "base/spoken_time.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/model/language.hpp"
#include "podcast/publishing/formatting.hpp"
#include "podcast/publishing/stored_texts.hpp"
#include "podcast/store/episodes.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

const Transcript* in_language(const Episode& episode, const std::string& language) {
  const auto found =
      std::ranges::find_if(episode.transcripts, [&](const Transcript& each) { return same_language(each.language, language); });
  return found == episode.transcripts.end() ? nullptr : &*found;
}

/// What nobody who listens could ever reach. Ends are rounded by programs, and may be a little late.
Result<> check_within(const Chapters& chapters, std::chrono::microseconds duration) {
  constexpr std::chrono::seconds kRounding{1};
  for (std::size_t i = 0; i < chapters.items.size(); ++i) {
    const auto& chapter = chapters.items[i];
    const bool starts_late = chapter.start >= duration;
    if (!starts_late && chapter.end.value_or(chapter.start) <= duration + kRounding) continue;
    return wrong("chapters[" + std::to_string(i) + (starts_late ? "].startTime" : "].endTime"),
                 "Chapter " + std::to_string(i + 1) + (chapter.title.empty() ? "" : ", “" + chapter.title + "”,") +
                     (starts_late ? " begins at " + length_text(chapter.start) : " ends at " + length_text(*chapter.end)) +
                     ", but the recording ends at " + length_text(std::chrono::floor<std::chrono::milliseconds>(duration)) + ".");
  }
  return {};
}

}  // namespace

asio::awaitable<Result<std::string>> EpisodeTexts::preview(accounts::Actor by, std::string notes) {
  co_return co_await formatted(parts_.texts, std::move(by.id), "notes", std::move(notes));
}

asio::awaitable<Result<Episode>> EpisodeTexts::set_chapters(accounts::Actor by, std::string id, Chapters chapters,
                                                            std::optional<std::int64_t> revision) {
  std::optional<StoredText> text;
  if (!chapters.items.empty()) {
    const auto kept = co_await parts_.disk.run([&] { return keep_text(parts_.media, render_chapters(chapters)); });
    if (!kept) co_return std::unexpected(kept.error());
    text = *kept;
  }
  auto edited = co_await parts_.acts.on_episode({.by = std::move(by), .what = "episode.chapters", .revision = revision}, id,
                                                [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
                                                  if (episode.master) {
                                                    if (auto good = check_within(chapters, episode.master->duration); !good)
                                                      return forward_error(good);
                                                  }
                                                  queries::set_chapters(transaction.session(), id, text);
                                                  episode.chapters = text;
                                                  if (follows_edits(episode)) episode.frozen.reset();
                                                  return Reach::listeners;
                                                });
  if (edited) co_await parts_.tags.freeze_edited(*edited);
  co_return edited;
}

asio::awaitable<Result<Chapters>> EpisodeTexts::chapters(std::string id) {
  const auto known = co_await known_episode(parts_.database, std::move(id));
  if (!known) co_return std::unexpected(known.error());
  co_return co_await parts_.disk.run([&] { return chapters_of(parts_.media, *known); });
}

asio::awaitable<Result<ReadChapters>> EpisodeTexts::read_chapters(accounts::Actor by, texts::Charset charset, std::string bytes,
                                                                  std::string language) {
  co_return co_await parts_.texts.run(std::move(by.id), [&] { return podcast::read_chapters(bytes, charset, language); });
}

asio::awaitable<Result<Chapters>> EpisodeTexts::chapters_in_notes(accounts::Actor by, std::string id) {
  const auto known = co_await known_episode(parts_.database, std::move(id));
  if (!known) co_return std::unexpected(known.error());
  Chapters chapters;
  auto found = co_await parts_.texts.run(std::move(by.id),
                                         [&]() -> Result<std::vector<Chapter>> { return podcast::chapters_in_notes(known->notes); });
  if (!found) co_return forward_error(found);
  chapters.items = std::move(*found);
  if (known->master) std::erase_if(chapters.items, [&](const Chapter& each) { return each.start >= known->master->duration; });
  co_return chapters;
}

asio::awaitable<Result<std::vector<texts::PossibleEncoding>>> EpisodeTexts::encodings_of(accounts::Actor by, std::string bytes,
                                                                                         std::string language) {
  co_return co_await parts_.texts.run(
      std::move(by.id), [&]() -> Result<std::vector<texts::PossibleEncoding>> { return texts::encodings_of(bytes, language); });
}

asio::awaitable<Result<TranscriptDocument>> EpisodeTexts::read_transcript(accounts::Actor by, TranscriptType type, std::string bytes,
                                                                          std::string language) {
  co_return co_await parts_.texts.run(std::move(by.id), [&] { return podcast::read_transcript(type, bytes, language); });
}

asio::awaitable<Result<Episode>> EpisodeTexts::set_transcript(accounts::Actor by, std::string id, std::string language,
                                                              std::optional<TranscriptDocument> document,
                                                              std::optional<std::int64_t> revision) {
  const auto tag = language_tag("language", language);
  // What was stored before tags were held against the registry can still be taken away.
  if (!tag && document) co_return std::unexpected(tag.error());
  const auto wanted = tag.value_or(language);
  std::optional<StoredText> text;
  if (document) {
    const auto kept = co_await parts_.disk.run([&] { return keep_text(parts_.media, document->text); });
    if (!kept) co_return std::unexpected(kept.error());
    text = *kept;
  }
  co_return co_await parts_.acts.on_episode(
      {.by = std::move(by), .what = "episode.transcript", .revision = revision}, id,
      [&](ActTransaction& transaction, Episode& episode) -> Result<Reach> {
        const auto* known = in_language(episode, wanted);
        if (!known && !text) return fail(ErrorKind::not_found, "The episode has no transcript in “" + wanted + "”.", "language");
        if (!known && episode.transcripts.size() >= kMaxTranscripts)
          return wrong("language", "The episode has transcripts in " + std::to_string(kMaxTranscripts) + " languages, which is the limit.");
        // Also one in another spelling of the same language.
        for (const auto& each : episode.transcripts) {
          if (same_language(each.language, wanted))
            queries::set_transcript(transaction.session(), id, {.language = each.language, .text = {}}, false);
        }
        if (text) queries::set_transcript(transaction.session(), id, {.language = wanted, .text = *text, .timed = document->timed}, true);
        episode.transcripts = queries::episode(transaction.session(), id).value().transcripts;
        return Reach::listeners;
      });
}

asio::awaitable<Result<TranscriptDocument>> EpisodeTexts::transcript(std::string id, std::string language) {
  const auto known = co_await known_episode(parts_.database, std::move(id));
  if (!known) co_return std::unexpected(known.error());
  const auto* found = in_language(*known, language);
  if (!found) co_return fail(ErrorKind::not_found, "The episode has no transcript in “" + language + "”.", "language");
  auto text = co_await parts_.disk.run([&] { return read_text(parts_.media, found->text); });
  if (!text) co_return std::unexpected(text.error());
  co_return TranscriptDocument{.text = std::move(*text), .timed = found->timed};
}

}  // namespace carillon::podcast
