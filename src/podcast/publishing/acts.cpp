// See acts.hpp.

#include "podcast/publishing/acts.hpp"

#include "podcast/store/episodes.hpp"
#include "podcast/store/kept_audio.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>

namespace carillon::podcast {
namespace {

// The detail of a change: the episode's id, after where it is seen.
constexpr std::string_view kInSnapshot = "feed ", kElsewhere = "work ", kGone = "gone ";

std::string detail_of(const Change& change, bool in_snapshot) {
  return std::string(change.gone ? kGone : in_snapshot ? kInSnapshot : kElsewhere) + change.episode_id;
}

/// Whether a transaction has changed what the show's feed says: all of it is one change for readers.
bool has_changed(const auto& done, const std::string& show_id) {
  return std::ranges::any_of(done, [&](const auto& each) { return each.in_feed && each.change.show_id == show_id; });
}

bool is_out(const Episode& episode) { return episode.state == EpisodeState::published && !episode.deleted; }

}  // namespace

std::unexpected<Error> no_such_show(const std::string& slug) {
  return fail(ErrorKind::not_found, "There is no show named “" + slug + "”.", "show");
}
std::unexpected<Error> no_such_episode(const std::string& id) {
  return fail(ErrorKind::not_found, "There is no episode with the ID “" + id + "”.");
}
std::unexpected<Error> changed_meanwhile(const std::string& what) {
  return fail(ErrorKind::conflict, "Someone changed " + what + " in the meantime; fetch it again and redo your change.");
}

asio::awaitable<Result<Episode>> known_episode(db::Database& database, std::string id) {
  co_return co_await database.read([&](db::Session& session) -> Result<Episode> {
    auto found = queries::episode(session, id);
    if (!found) return no_such_episode(id);
    return std::move(*found);
  });
}

Result<> ActTransaction::add(const Act& act, const Show& show) {
  queries::insert(session_, show);
  acts_.record(session_, act, nullptr, show);
  done_.push_back({.change = {.show_id = show.id}, .in_feed = true, .in_snapshot = true});
  return {};
}

Result<> ActTransaction::add(const Act& act, const Episode& episode) {
  queries::insert(session_, episode);
  acts_.record(session_, act, nullptr, episode);
  done_.push_back({.change = {.show_id = episode.show_id, .episode_id = episode.id}, .in_feed = false, .in_snapshot = false});
  return {};
}

Result<> ActTransaction::put(const Act& act, const Show& was, Show& show) {
  show.changed = acts_.clock_.now();
  ++show.revision;
  queries::update(session_, show);
  acts_.record(session_, act, &was, show);
  const bool is_first = !has_changed(done_, show.id);
  done_.push_back(
      {.change = {.show_id = show.id, .gone = show.deleted ? std::optional{show} : std::nullopt}, .in_feed = true, .in_snapshot = true});
  if (show.deleted) return {};  // the feed is gone; there is nothing to read in it
  if (is_first) queries::touch_feed(session_, show.id, show.changed);
  return acts_.feed_changed_(session_, show.id);
}

Result<> ActTransaction::put(const Act& act, const Episode& was, Episode& episode, Reach reach) {
  if (reach == Reach::nowhere) return {};
  const auto now = acts_.clock_.now();
  const bool is_public = is_out(was) || is_out(episode);
  const bool in_feed = reach == Reach::listeners && is_public;
  const bool in_snapshot = in_feed || (reach == Reach::downloads && is_public);
  if (reach == Reach::listeners) episode.changed = now;
  ++episode.revision;
  queries::update(session_, episode);
  // Who has a part of the audio already can get the rest of it, unless the publisher takes the episode offline.
  if (is_out(was) && is_out(episode)) {
    const bool cuts = std::ranges::any_of(was.cue_points, [](const CuePoint& point) { return point.kind == CueKind::remove; });
    // A former file is served whole, so not if a part of it was left out.
    if (was.master && was.frozen && episode.frozen && was.frozen->whole != episode.frozen->whole && !cuts)
      queries::keep_former_audio(session_, episode.id, *was.master, *was.frozen, now + kFormerAudioServed);
  } else if (is_out(was)) {
    queries::drop_former_audio(session_, episode.id);
  }
  if (is_out(was) && !is_out(episode)) queries::touch_show(session_, episode.show_id, now);
  acts_.record(session_, act, &was, episode);
  const bool is_first = in_feed && !has_changed(done_, episode.show_id);
  done_.push_back({.change = {.show_id = episode.show_id, .episode_id = episode.id}, .in_feed = in_feed, .in_snapshot = in_snapshot});
  if (!in_feed) return {};
  if (is_first) queries::touch_feed(session_, episode.show_id, now);
  return acts_.feed_changed_(session_, episode.show_id);
}

Acts::Acts(db::Database& database, Catalogue& catalogue, jobs::Runner& jobs, const Clock& clock, Random& random)
    : database_{database}, catalogue_{catalogue}, jobs_{jobs}, clock_{clock}, random_{random}, propagation_{catalogue} {}

void Acts::on_change(Changed changed, FeedChanged feed_changed) {
  propagation_.on_change(std::move(changed));
  feed_changed_ = std::move(feed_changed);
}

std::vector<std::string> Acts::close(ActTransaction& transaction) {
  std::vector<std::string> shows;
  for (const auto& [change, in_feed, in_snapshot] : transaction.done_) {
    database_.note_change({.kind = std::string(kPodcastChange), .subject = change.show_id, .detail = detail_of(change, in_snapshot)});
    if (in_snapshot && std::ranges::find(shows, change.show_id) == shows.end()) shows.push_back(change.show_id);
  }
  database_.after_commit([this, done = std::move(transaction.done_), wakes_jobs = transaction.wakes_jobs_]() mutable {
    for (auto& each : done) propagation_.committed(std::move(each.change), each.in_snapshot);
    if (wakes_jobs) jobs_.wake();
  });
  return shows;
}

Result<> Acts::changed_elsewhere(const db::Change& change) {
  Change committed{.show_id = change.subject, .episode_id = change.detail.substr(std::min(change.detail.size(), kInSnapshot.size()))};
  if (change.detail.starts_with(kGone)) {
    auto gone = database_.read_now(
        [&](db::Session& session) -> Result<std::optional<Show>> { return queries::show_with_id_even_deleted(session, change.subject); });
    if (!gone) return forward_error(gone);
    committed.gone = std::move(*gone);
  }
  const bool in_snapshot = !change.detail.starts_with(kElsewhere);
  propagation_.committed(std::move(committed), in_snapshot);
  if (in_snapshot) propagation_.bring_now(change.subject);
  return {};
}

Result<> Acts::reload() {
  for (const auto& show_id : catalogue_.in_memory()) {
    if (auto made = catalogue_.refresh_now(show_id); !made) return made;
  }
  return {};
}

Result<> Acts::join(db::Session& session, std::function<Result<>(ActTransaction&)> work) {
  std::vector<std::string> shows;
  return within(session, work, shows);
}

asio::awaitable<Result<Episode>> Acts::on_episode(Act act, std::string id, std::function<Result<Reach>(ActTransaction&, Episode&)> change) {
  co_return co_await commit([&](ActTransaction& transaction) -> Result<Episode> {
    auto episode = queries::episode(transaction.session(), id);
    if (!episode) return no_such_episode(id);
    if (act.revision && *act.revision != episode->revision) return changed_meanwhile("the episode");
    const auto was = *episode;
    const auto reach = change(transaction, *episode);
    if (!reach) return std::unexpected(reach.error());
    if (auto put = transaction.put(act, was, *episode, *reach); !put) return forward_error(put);
    return std::move(*episode);
  });
}

asio::awaitable<Result<Show>> Acts::on_show(Act act, std::string slug, std::function<Result<>(ActTransaction&, Show&)> change) {
  co_return co_await commit([&](ActTransaction& transaction) -> Result<Show> {
    auto show = queries::show_with_slug(transaction.session(), slug);
    if (!show) return no_such_show(slug);
    if (act.revision && *act.revision != show->revision) return changed_meanwhile("the show “" + slug + "”");
    const auto was = *show;
    if (auto changed = change(transaction, *show); !changed) return forward_error(changed);
    if (auto put = transaction.put(act, was, *show); !put) return forward_error(put);
    return std::move(*show);
  });
}

}  // namespace carillon::podcast
