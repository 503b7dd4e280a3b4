#pragma once
// Makes the files of creatives, in each format and loudness in which the network's episodes are: when a creative is added, and when a show
// gets another format later.

#include "ads/booking/booking.hpp"
#include "audio/media_program.hpp"

namespace carillon::ads {

/// Advertisements are shorter; a longer recording is a mistake, e.g. a whole episode.
inline constexpr std::chrono::minutes kLongestCreative{10};
inline constexpr std::chrono::milliseconds kShortestCreative{500};
/// dBTP, so that an advertisement isn't louder than the episode around it.
inline constexpr double kCreativeTruePeak = -1.5;
/// How soon a show's new format is noticed.
inline constexpr std::chrono::seconds kFormatsChecked{15};

/// Any thread; blocks.
class CreativeFiles {
 public:
  struct Parts {
    db::Database& database;
    Orders& orders;
    blob::Store& media;
    jobs::Runner& jobs;
    const audio::MediaProgram& program;
    const Clock& clock;
    Random& random;
  };
  explicit CreativeFiles(const Parts& parts) : parts_{parts} {}

  /// Registers the handler of kCreativeJob. Before jobs::Runner::start.
  void register_jobs();

  /// Enqueues jobs for creatives that lack a file for a format of their network's shows, and forgets the files of creatives that were
  /// deleted kDeletedCreativeKept ago. To be called every kFormatsChecked, by one node at a time.
  Result<> round();

 private:
  struct Made {
    CreativeFile file;
    double loudness, true_peak;
  };
  Result<> make(const jobs::Job& job, jobs::Progress& progress);
  /// Makes all files that are missing, and stores them.
  Result<> make_missing(const BookedCreative& creative, jobs::Progress& progress);
  Result<Made> make_file(int recording, const audio::Promise& promise, const FileTarget& target,
                         const std::function<bool(double, std::string_view)>& report);
  /// For shows as they are set now, and for episodes that were made earlier.
  Result<std::vector<FileTarget>> targets(const std::string& network);
  Result<> failed(const std::string& id, const Error& why);

  Parts parts_;
};

}  // namespace carillon::ads
