// The job that publishes what is due.

#include "podcast/production/production.hpp"
#include "podcast/store/episodes.hpp"

namespace carillon::podcast {
namespace {

/// Episodes that one transaction publishes at most: the writer is everybody's.
constexpr std::size_t kMaxAtOnce = 500;

}  // namespace

Result<> Production::publish_ready() {
  // Whatever is due goes out together: a hundred schedules of one second are one transaction and one new feed a show, not a queue in which
  // the last is late. Unpublished or moved to another time meanwhile: the wish of now is what counts.
  const Act act{.by = kMachine, .what = "episode.publish"};
  while (true) {
    const auto done = parts_.acts.commit_now([&](ActTransaction& transaction) -> Result<std::size_t> {
      auto due = queries::scheduled_until(transaction.session(), parts_.clock.now(), kMaxAtOnce);
      for (auto& episode : due) {
        const auto was = episode;
        if (auto settled = parts_.schedule.settle(transaction, episode); !settled) return forward_error(settled);
        if (auto put = transaction.put(act, was, episode, Reach::listeners); !put) return forward_error(put);
      }
      return due.size();
    });
    if (!done) return std::unexpected(done.error());
    if (*done < kMaxAtOnce) return {};
  }
}

Result<> Production::publish_due() {
  // What was edited, but whose new tag could not be stored then, comes last: making it takes longer.
  const auto without_tag = parts_.database.read_now([&](db::Session& session) -> Result<std::vector<std::string>> {
    return queries::scheduled_without_tag_until(session, parts_.clock.now(), kMaxAtOnce);
  });
  if (!without_tag) return std::unexpected(without_tag.error());
  if (auto published = publish_ready(); !published || without_tag->empty()) return published;
  Result<> outcome;
  for (const auto& id : *without_tag) {
    if (const auto frozen = parts_.tags.freeze_again(id); !frozen) outcome = std::unexpected(frozen.error());
  }
  if (auto published = publish_ready(); !published) return published;
  return outcome;
}

}  // namespace carillon::podcast
