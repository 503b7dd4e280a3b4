// See tags.hpp.

#include "podcast/publishing/tags.hpp"

#include "audio/master.hpp"
#include "base/log.hpp"
#include "crypto/sha256.hpp"
#include "podcast/publishing/acts.hpp"
#include "podcast/publishing/stored_texts.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

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

}  // namespace

Result<EpisodeInItsShow> episode_in_its_show(db::Session& session, const std::string& id) {
  auto episode = queries::episode(session, id);
  if (!episode) return no_such_episode(id);
  auto show = queries::show_with_id(session, episode->show_id);
  if (!show) return no_such_episode(id);
  return EpisodeInItsShow{std::move(*show), std::move(*episode)};
}

Result<Frozen> Tags::freeze(const Show& show, const Episode& episode, Time published) {
  const auto frames = media_.open(episode.master->frames);
  if (!frames) return std::unexpected(frames.error());
  const auto stream = audio::stream_of(*frames);
  if (!stream) return std::unexpected(stream.error());

  auto chapters = chapters_of(media_, episode);
  if (!chapters) return forward_error(chapters);
  const audio::Tag tag{.title = episode.title,
                       .show = show.title,
                       .author = show.author.empty() ? show.title : show.author,
                       .number = episode.number,
                       .released = to_rfc3339(published).substr(0, 10),
                       .link = addresses_.page(show, episode),
                       .chapters = tag_chapters_of(chapters->items, episode.master->duration)};
  const auto prefix = audio::prefix_of(tag, *stream);
  auto writer = media_.begin(ByteCount{prefix.size()});
  if (!writer) return forward_error(writer);
  if (auto written = (*writer)->write(as_bytes(prefix)); !written) return forward_error(written);
  const auto stored = (*writer)->keep();
  if (!stored) return std::unexpected(stored.error());

  crypto::Sha256 whole;
  whole.update(as_bytes(prefix));
  BodyReader reader{*frames};
  Bytes piece(1 << 20);
  while (reader.left().value > 0) {
    const auto got = reader.read(piece, BodyReader::Wait::allowed);
    if (!got) return std::unexpected(got.error());
    whole.update(std::span<const std::byte>{piece}.first(*got));
  }
  // Its Last-Modified moves, also when there were other bytes within the same second.
  auto since = clock_.now();
  if (episode.frozen)
    since = std::max<Time>(since, std::chrono::floor<std::chrono::seconds>(episode.frozen->since) + std::chrono::seconds{1});
  return Frozen{.prefix = stored->digest, .prefix_length = stored->length, .since = since, .whole = whole.finish()};
}

Result<std::optional<Frozen>> Tags::freeze_again(const std::string& id) {
  const auto known = database_.read_now([&](db::Session& session) { return episode_in_its_show(session, id); });
  if (!known) return std::unexpected(known.error());
  const auto& [show, episode] = *known;
  if (!follows_edits(episode) || episode.frozen) return std::nullopt;
  const auto frozen = freeze(show, episode, episode.publish_at.value_or(clock_.now()));
  if (!frozen) return std::unexpected(frozen.error());
  return database_.write_now([&](db::Session& session) -> Result<std::optional<Frozen>> {
    auto now = episode_in_its_show(session, id);
    // Edited again, or gone meanwhile: whoever did that sees to it.
    if (!now || !now->unchanged_since(*known)) return std::nullopt;
    // Not a change of the episode: it says what its publishers have set already.
    now->episode.frozen = *frozen;
    queries::update(session, now->episode);
    return *frozen;
  });
}

asio::awaitable<void> Tags::freeze_edited(Episode& episode) {
  if (!follows_edits(episode)) co_return;
  Result<std::optional<Frozen>> frozen;
  try {
    frozen = co_await disk_.run([&] { return freeze_again(episode.id); });
  } catch (const std::exception& error) { frozen = fail(ErrorKind::internal, error.what()); }
  if (frozen && *frozen) episode.frozen = **frozen;
  if (!frozen)
    log::warning("the tag of a scheduled episode could not be created; it will be created when the episode is published",
                 {{"event", "episode.tag"}, {"episode", episode.id}, {"reason", frozen.error().message}});
}

}  // namespace carillon::podcast
