#pragma once
// Looks, again and again, whether downloads and publishing work, and puts what it found onto the site's board.

#include "blob/store.hpp"
#include "incidents/incidents.hpp"
#include "uptime/status.hpp"
#include "uptime/status_queries.hpp"

#include <filesystem>
#include <string>
#include <utility>
#include <vector>

namespace carillon::uptime {

/// One thread at a time; blocks.
class StatusWatch {
 public:
  struct Parts {
    const Clock& clock;
    db::Database& database;
    blob::Store& media;
    StatusBoard& board;
    std::filesystem::path database_file;
    std::vector<std::string> own_names;  ///< hosts that listeners and publishers come to
  };
  explicit StatusWatch(Parts parts);

  /// Writes to the database, opens the latest episodes' files, reads the incidents. What cannot be found out now stays as it was known.
  void look();

 private:
  using File = std::pair<std::uint64_t, std::uint64_t>;  ///< device and inode
  [[nodiscard]] std::optional<File> database_file() const;
  /// How a part of the service is, and the reason for the log; "" while it works.
  struct Finding {
    PartStatus status;
    std::string reason{};
  };
  [[nodiscard]] Finding publishing();
  [[nodiscard]] Finding downloads(bool database_reads) const;
  /// Since when it has not worked, given how it was; what changed is logged once.
  void note(std::string_view part, Finding& now, Finding& before) const;
  /// False when the database could not be read.
  bool read_what_is_known();

  Parts parts_;
  std::optional<File> opened_;      ///< the database's file as it was opened
  Finding publishing_, downloads_;  ///< as they were last
  std::vector<queries::MediaFile> latest_;
  std::vector<PublicIncident> incidents_;
  std::optional<Time> incidents_known_;
  std::optional<Time> measured_since_;
};

}  // namespace carillon::uptime
