// Construction and the jobs of Publishing. See publishing.hpp.

#include "podcast/publishing/publishing_impl.hpp"
#include "podcast/store/episodes.hpp"

namespace carillon::podcast {

Publishing::Publishing(db::Database& database, blob::Store& media, Catalogue& catalogue, jobs::Runner& jobs,
                       const audio::MediaProgram& program, const Clock& clock, Random& random, Addresses addresses)
    : impl_{new Impl{.database = database,
                     .media = media,
                     .catalogue = catalogue,
                     .jobs = jobs,
                     .program = program,
                     .clock = clock,
                     .random = random,
                     .addresses = std::move(addresses)}} {}

Publishing::~Publishing() { impl_->disk.join(); }

void Publishing::on_change(Changed changed, FeedChanged feed_changed) {
  impl_->acts.on_change(std::move(changed), std::move(feed_changed));
}

bool Publishing::is_behind(const std::string& show_id) const { return impl_->acts.is_behind(show_id); }

void Publishing::register_jobs(std::vector<blob::References> references) {
  impl_->references = std::move(references);
  impl_->jobs.handle(std::string(kIngest), [this](const jobs::Job& job, jobs::Progress& progress) { return impl_->ingest(job, progress); });
  impl_->jobs.before_retry(std::string(kIngest),
                           [this](db::Session& session, const jobs::Job& job) { return impl_->take_up_again(session, job); });
  impl_->jobs.handle(std::string(kPublish), [this](const jobs::Job&, jobs::Progress&) { return impl_->publish_due(); }, jobs::Pace::prompt);
  impl_->jobs.handle(std::string(kSweep), [this](const jobs::Job&, jobs::Progress&) { return impl_->sweep(); });
  (void)impl_->database.write_now([](db::Session& session) -> Result<> {
    queries::make_title_keys(session);
    return {};
  });
  // Whatever became of its job (the server was killed over it again and again): what is overdue goes out at the next start.
  (void)impl_->database.write_now([this](db::Session& session) -> Result<> {
    const auto now = impl_->clock.now();
    if (queries::scheduled_until(session, now, 1).empty() && queries::scheduled_without_tag_until(session, now, 1).empty()) return {};
    auto job = jobs::enqueue(session, impl_->clock, impl_->random, {.kind = kPublish, .subject = "overdue", .network = ""});
    if (!job) return passed_on(job);
    return {};
  });
  // A failure is said when the database is used next; nothing is lost but one sweep.
  (void)impl_->schedule_sweep(Duration{});
}

}  // namespace carillon::podcast
