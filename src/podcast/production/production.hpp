#pragma once
// What the machine does with what publishers gave it, as jobs: masters made of recordings, episodes published when they are due, media that
// nobody refers to any more removed.

#include "audio/media_program.hpp"
#include "blob/references.hpp"
#include "podcast/publishing/episodes.hpp"
#include "podcast/publishing/pictures.hpp"

namespace carillon::podcast {

/// Any thread.
class Production {
 public:
  struct Parts {
    db::Database& database;
    blob::Store& media;
    Acts& acts;
    Tags& tags;
    Schedule& schedule;
    jobs::Runner& jobs;
    const audio::MediaProgram& program;
    Pictures& pictures;
    const Clock& clock;
    Random& random;
    std::vector<blob::References> references;  ///< all that refer to media; the sweep drops the rest
  };
  explicit Production(Parts parts) : parts_{std::move(parts)} {}

  /// Registers the handlers of its jobs: kIngestJob (original → master, then publishes if that is wished), kPublishJob (a schedule is due),
  /// kPicturesJob (the pictures of a show that were stored as they came are made anew), "sweep" (drops uploads that nobody went on with,
  /// what was in the trash for kTrashKept, and media nobody refers to). Before jobs::Runner::start.
  void register_jobs();

 private:
  Result<> ingest(const jobs::Job& job, jobs::Progress& progress);
  /// Before a failed ingest waits again: its recording becomes the episode's again, if that is kept and nothing newer was attached.
  Result<> take_up_again(db::Session& session, const jobs::Job& job);
  Result<> make_pictures_anew(const jobs::Job& job, jobs::Progress& progress);
  Result<> publish_due();
  Result<> publish_ready();
  Result<> sweep();
  Result<> schedule_sweep(Duration from_now);

  Parts parts_;
};

/// Who acts when a schedule is due or a recording is ready.
inline const accounts::Actor kMachine{.id = "", .name = "carillon", .address_prefix = ""};

inline constexpr std::string_view kSweepJob = "sweep";
inline constexpr std::string_view kPicturesJob = "pictures";

}  // namespace carillon::podcast
