// See announcer.hpp.

#include "announce/announcer.hpp"

#include "base/foreign/masking.hpp"
#include "base/log.hpp"
#include "podcast/store/shows.hpp"

#include <algorithm>

namespace carillon::announce {
namespace {

constexpr std::string_view kPodping = "podping";

std::string subject_of(const std::string& show_id, std::string_view whom) { return show_id + " " + std::string(whom); }

}  // namespace

Announcer::Announcer(db::Database& database, jobs::Runner& runner, http::Outgoing& outgoing, const Clock& clock, Random& random,
                     podcast::Addresses addresses, AnnouncerSettings settings)
    : database_{database},
      runner_{runner},
      outgoing_{outgoing},
      clock_{clock},
      random_{random},
      addresses_{std::move(addresses)},
      settings_{std::move(settings)} {}

void Announcer::register_jobs() {
  runner_.handle(std::string(kAnnounce), [this](const jobs::Job& job, jobs::Progress&) { return announce(job); });
}

Result<> Announcer::note(db::Session& session, const std::string& show_id) {
  const auto due = clock_.now() + kGather;
  const auto network = podcast::queries::network_of_show_with_id(session, show_id);
  const auto add = [&](std::string_view whom) -> Result<> {
    const auto subject = subject_of(show_id, whom);
    const auto waiting = jobs::find_waiting(session, kAnnounce, subject);
    if (!waiting) return std::unexpected(waiting.error());
    if (*waiting && (*waiting)->attempts == 0 && (*waiting)->run_at <= due) return {};
    const auto job =
        jobs::enqueue(session, clock_, random_, {.kind = kAnnounce, .subject = subject, .network = network.value_or(""), .run_at = due});
    if (!job) return std::unexpected(job.error());
    return {};
  };
  for (const auto& hub : settings_.hubs) {
    if (auto added = add(hub); !added) return added;
  }
  if (!settings_.podping) return {};
  return add(kPodping);
}

Result<> Announcer::announce(const jobs::Job& job) {
  const auto show_id = job.subject.substr(0, job.subject.find(' '));
  const auto whom = job.subject.substr(std::min(show_id.size() + 1, job.subject.size()));
  const bool podping = whom == kPodping && settings_.podping;
  if (!podping && std::ranges::find(settings_.hubs, whom) == settings_.hubs.end()) return {};  // it is configured no more
  const auto show = database_.read_now(
      [&](db::Session& session) -> Result<std::optional<podcast::Show>> { return podcast::queries::show_with_id(session, show_id); });
  if (!show) return std::unexpected(show.error());
  if (!*show) return {};  // it was deleted meanwhile, and its feed with it
  if (is_behind_(show_id))
    return fail(ErrorKind::unavailable, "The show's feed hasn't been updated yet; " + whom + " will be notified afterwards.");
  if (rests(whom)) return fail(ErrorKind::unavailable, whom + " didn't respond a moment ago; retrying soon.");

  auto feeds = further_feeds_(**show);
  feeds.insert(feeds.begin(), addresses_.feed(**show));
  Result<> outcome;
  const Mask mask{{podping ? settings_.podping->token : std::string{}}};  // a server may repeat what it was sent
  for (const auto& feed : feeds) {
    const auto request = podping ? podping_update(*settings_.podping, feed, (*show)->medium) : websub_publish(whom, feed);
    const auto answer = outgoing_.exchange(request);
    auto one = outcome_of(whom, answer);
    if (const auto words = words_of(answer); !words.empty())
      log::warning("a hub rejected an announcement",
                   {{"feed", feed}, {"hub", whom}, {"status", answer->status}, {"said", mask.masked(words)}});
    if (one) {
      log::info("feed announced", {{"feed", feed}, {"to", whom}});
      continue;
    }
    // A refusal is about this address; who is not there now is asked again later, for all of them.
    const bool gone = one.error().kind == ErrorKind::unavailable;
    outcome = std::move(one);
    if (gone) break;
  }
  note_outcome(whom, outcome);
  return outcome;
}

bool Announcer::rests(const std::string& whom) {
  const Lock lock{mutex_};
  const auto found = resting_until_.find(whom);
  return found != resting_until_.end() && std::chrono::steady_clock::now() < found->second;
}

void Announcer::note_outcome(const std::string& whom, const Result<>& outcome) {
  const Lock lock{mutex_};
  if (!outcome && outcome.error().kind == ErrorKind::unavailable)
    resting_until_[whom] = std::chrono::steady_clock::now() + settings_.rest;
  else
    resting_until_.erase(whom);
}

}  // namespace carillon::announce
