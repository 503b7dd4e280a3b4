#pragma once
// Looks, a part at a time, whether every file is there and whole that listeners get: recordings, covers, chapters and transcripts. What is
// lost or cut is one incident, resolved when all of it is back.

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
    std::filesystem::path folder;  ///< where the files are, for whoever copies one back
  };
  explicit LostMedia(Parts parts) : parts_{std::move(parts)} {}

  /// Looks at the next files and again at those that were lost. Every file of a small installation; of a large one, all of them within some
  /// rounds. What can't be looked at now (the database fails) stays as it was known.
  void look();

 private:
  struct Lost {
    std::string what;    ///< “the recording of “A talk” (demo)”
    std::string reason;  ///< the error's sentence
    ByteCount length;
    int looks = 0;          ///< so many in a row
    std::size_t round = 0;  ///< in which it was last met
    bool certain = false;
  };
  void examine(const queries::StoredFile& file);
  void look_again_at_lost();
  /// Of the incident: what is wrong, with the remedy; none while nothing is lost.
  [[nodiscard]] std::optional<incidents::Report> report() const;
  void tell();

  Parts parts_;
  std::map<Digest, Lost> lost_;
  queries::Place place_;
  std::size_t round_ = 0;            ///< so many were finished since the start
  std::string unreadable_{};         ///< why the database couldn't be asked last time; "" when it could
  std::optional<std::string> told_;  ///< what the incident says; "" when it was resolved; none before either
};

}  // namespace carillon::uptime
