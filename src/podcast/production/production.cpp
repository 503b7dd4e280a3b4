// See production.hpp.

#include "podcast/production/production.hpp"

#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

namespace carillon::podcast {

void Production::register_jobs() {
  parts_.jobs.handle(std::string(kIngestJob), [this](const jobs::Job& job, jobs::Progress& progress) { return ingest(job, progress); });
  parts_.jobs.before_retry(std::string(kIngestJob),
                           [this](db::Session& session, const jobs::Job& job) { return take_up_again(session, job); });
  parts_.jobs.handle(std::string(kPublishJob), [this](const jobs::Job&, jobs::Progress&) { return publish_due(); }, jobs::Pace::prompt);
  parts_.jobs.handle(std::string(kPicturesJob),
                     [this](const jobs::Job& job, jobs::Progress& progress) { return make_pictures_anew(job, progress); });
  parts_.jobs.handle(std::string(kSweepJob), [this](const jobs::Job&, jobs::Progress&) { return sweep(); });
  (void)parts_.database.write_now([](db::Session& session) -> Result<> {
    queries::make_title_keys(session);
    return {};
  });
  // Whatever became of its job (the server was killed over it again and again): what is overdue goes out at the next start.
  (void)parts_.database.write_now([this](db::Session& session) -> Result<> {
    const auto now = parts_.clock.now();
    if (queries::scheduled_until(session, now, 1).empty() && queries::scheduled_without_tag_until(session, now, 1).empty()) return {};
    auto job = jobs::enqueue(session, parts_.clock, parts_.random, {.kind = kPublishJob, .subject = "overdue", .network = ""});
    if (!job) return forward_error(job);
    return {};
  });
  // Pictures of before they were decoded: what they tell beside their pixels is nobody's business.
  (void)parts_.database.write_now([this](db::Session& session) -> Result<> {
    for (const auto& [show_id, network] : queries::shows_with_raw_pictures(session)) {
      auto job = jobs::enqueue(session, parts_.clock, parts_.random,
                               {.kind = kPicturesJob, .subject = show_id, .network = network, .share = network});
      if (!job) return forward_error(job);
    }
    return {};
  });
  // A failure is said when the database is used next; nothing is lost but one sweep.
  (void)schedule_sweep(Duration{});
}

}  // namespace carillon::podcast
