#pragma once
// Regularly checks whether downloads and publishing work, and publishes the results on the site's status board.

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
    std::vector<std::string> own_names;  ///< hosts for listeners and publishers
  };
  explicit StatusWatch(Parts parts);

  /// Writes to the database, opens the latest episodes' files, reads the incidents. If a check isn't possible, the known state doesn't
  /// change.
  void look();

 private:
  using File = std::pair<std::uint64_t, std::uint64_t>;  ///< device and inode
  [[nodiscard]] std::optional<File> database_file() const;
  /// The state of a part of the service, with the reason for the log; "" if it works.
  struct Finding {
    PartStatus status;
    std::string reason{};
  };
  [[nodiscard]] Finding publishing();
  [[nodiscard]] Finding downloads(bool database_reads) const;
  /// Updates since when it hasn't worked, from the previous state; logs changes once.
  void note(std::string_view part, Finding& now, Finding& before) const;
  /// False when the database could not be read.
  bool read_what_is_known();

  Parts parts_;
  std::optional<File> opened_;      ///< the database file when it was opened
  Finding publishing_, downloads_;  ///< the last findings
  std::vector<queries::MediaFile> latest_;
  std::vector<PublicIncident> incidents_;
  std::optional<Time> incidents_known_;
  std::optional<Time> measured_since_;
};

}  // namespace carillon::uptime
