#pragma once
// Checks step by step whether all files for listeners exist and are complete: recordings, covers, chapters and transcripts. Lost or
// truncated files open one incident, resolved when all are restored.

#include "blob/store.hpp"
#include "incidents/incidents.hpp"
#include "uptime/status_queries.hpp"

#include <filesystem>
#include <map>
#include <optional>
#include <string>

namespace carillon::uptime {

/// The incident's kind and subject.
inline constexpr std::string_view kMediaLost = "media-lost";
inline constexpr std::string_view kMediaSubject = "media";

/// One thread at a time; blocks.
class LostMedia {
 public:
  struct Parts {
    db::Database& database;
    blob::Store& media;
    incidents::Incidents& incidents;
    std::filesystem::path folder;  ///< where the files are, for restoring them
  };
  explicit LostMedia(Parts parts) : parts_{std::move(parts)} {}

  /// Checks the next files, and lost ones again. A small installation is checked completely, a large one within some rounds. If the check
  /// isn't possible (the database fails), the known state doesn't change.
  void look();

 private:
  struct Lost {
    std::string what;    ///< “the recording of “A talk” (demo)”
    std::string reason;  ///< the error's sentence
    ByteCount length;
    int looks = 0;          ///< consecutive failed checks
    std::size_t round = 0;  ///< when it was last checked
    bool certain = false;
  };
  void examine(const queries::StoredFile& file);
  void look_again_at_lost();
  /// The incident's report; none if nothing is lost.
  [[nodiscard]] std::optional<incidents::Report> report() const;
  void tell();

  Parts parts_;
  std::map<Digest, Lost> lost_;
  queries::Place place_;
  std::size_t round_ = 0;            ///< rounds finished since the start
  std::string unreadable_{};         ///< why the database couldn't be read last time; "" if it could
  std::optional<std::string> told_;  ///< the text of the incident; "" if it was resolved; none before the first
};

}  // namespace carillon::uptime
