#pragma once
// Problems that directories would have with a show, reported before submission. Pure.

#include "podcast/model/show.hpp"

#include <chrono>
#include <map>
#include <span>

namespace carillon::podcast {

enum class Severity {
  refused,  ///< the directory rejects the show or the episode
  advised,  ///< it accepts it, but shows less than it could
};
[[nodiscard]] std::string_view name_of(Severity severity) noexcept;

struct Finding {
  std::string field;    ///< in the API's document
  std::string episode;  ///< its id; "" = the show
  std::string directory;
  Severity severity = Severity::advised;
  std::string sentence;  ///< the problem and what to do, for a publisher
};

/// The start of an episode's last chapter, by the episode's ID.
using LastChapters = std::map<std::string, std::chrono::milliseconds>;

/// Checks Apple's and Spotify's requirements and the PSP-1 profile; rejections come first, then in the order of the episodes. `episodes`
/// are all that aren't in the trash; drafts without a recording are skipped, because directories don't see them. `feed` is the URL for
/// directories. Without rejections, they would accept the show.
[[nodiscard]] std::vector<Finding> check_for_directories(const Show& show, std::span<const Episode> episodes, std::string_view feed,
                                                         const LastChapters& last_chapters);

}  // namespace carillon::podcast
