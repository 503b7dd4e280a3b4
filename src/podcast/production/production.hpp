#pragma once
// Background jobs: encoding masters, publishing scheduled episodes, deleting unused media.

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
    int keep_originals = 0;  ///< days for which originals are kept after processing, where a show doesn't say otherwise; 0: always
    std::vector<blob::References> references;  ///< all references to media; the sweep deletes the rest
  };
  explicit Production(Parts parts) : parts_{std::move(parts)} {}

  /// Registers the handlers of its jobs: kIngestJob (original → master, then publishes if requested), kPublishJob (scheduled publication),
  /// kPicturesJob (re-encodes a show's images that were stored as uploaded), "sweep" (deletes abandoned uploads, trash older than
  /// kTrashKept, and unused media). Before jobs::Runner::start.
  void register_jobs();

 private:
  Result<> ingest(const jobs::Job& job, jobs::Progress& progress);
  struct Recording;
  struct Produced;
  /// `invalid` if nothing can be made of the recording.
  Result<Produced> produce(const Recording& recording);
  /// None if it can't be served as it was uploaded.
  Result<std::optional<Produced>> serve_as_uploaded(const Recording& recording);
  /// Before a failed ingest is retried: restores its recording as the episode's, if it is still stored and no newer one was attached.
  Result<> take_up_again(db::Session& session, const jobs::Job& job);
  Result<> make_pictures_anew(const jobs::Job& job, jobs::Progress& progress);
  Result<> publish_due();
  Result<> publish_ready();
  Result<> sweep();
  /// Deletes originals as their shows ask, and finds out how large the others are.
  Result<> sweep_originals(Time now);
  Result<> schedule_sweep(Duration from_now);

  Parts parts_;
};

/// The actor for scheduled publications and finished recordings.
inline const accounts::Actor kMachine{.id = "", .name = "carillon", .address_prefix = ""};

inline constexpr std::string_view kSweepJob = "sweep";
inline constexpr std::string_view kPicturesJob = "pictures";

}  // namespace carillon::podcast
