// Construction, uploads and the jobs of Publishing. See publishing.hpp.

#include "base/id.hpp"
#include "podcast/episode_queries.hpp"
#include "podcast/publishing_impl.hpp"

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

void Publishing::register_jobs() {
  impl_->jobs.handle(std::string(kIngest), [this](const jobs::Job& job, jobs::Progress& progress) { return impl_->ingest(job, progress); });
  impl_->jobs.handle(std::string(kPublish), [this](const jobs::Job& job, jobs::Progress&) { return impl_->publish_due(job); });
  impl_->jobs.handle(std::string(kSweep), [this](const jobs::Job&, jobs::Progress&) { return impl_->sweep(); });
  // A failure is said when the database is used next; nothing is lost but one sweep.
  (void)impl_->schedule_sweep(Duration{});
}

asio::awaitable<Result<Publishing::Upload>> Publishing::begin_upload(ByteCount length) {
  if (length.value == 0) co_return fail(ErrorKind::invalid, "The file is empty.", "upload");
  co_return co_await impl_->away([&]() -> Result<Upload> {
    // Original and master must both fit: a recording that can be stored but not encoded helps nobody.
    auto writer = impl_->media.begin(length + room_for_master(length));
    if (!writer) return passed_on(writer);
    return Upload{.id = new_id(impl_->clock, impl_->random), .writer = std::move(*writer)};
  });
}

asio::awaitable<Result<std::string>> Publishing::finish_upload(Upload upload) {
  const auto stored = co_await impl_->away([&] { return upload.writer->keep(); });
  if (!stored) co_return std::unexpected(stored.error());
  const auto noted = co_await impl_->database.write([&](db::Session& session) -> Result<> {
    queries::insert_upload(session, upload.id, stored->digest, stored->length, impl_->clock.now());
    return {};
  });
  if (!noted) co_return std::unexpected(noted.error());
  co_return upload.id;
}

}  // namespace carillon::podcast
