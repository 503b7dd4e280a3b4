#pragma once
// What directories would refuse or dislike in a show, said before they see it. Pure.

#include "podcast/model/show.hpp"

#include <chrono>
#include <map>
#include <span>

namespace carillon::podcast {

enum class Severity {
  refused,  ///< the directory does not take the show or the episode
  advised,  ///< it takes it, but shows less than it could
};
[[nodiscard]] std::string_view name_of(Severity severity) noexcept;

struct Finding {
  std::string field;    ///< of the API's document
  std::string episode;  ///< its id; "" = the show
  std::string directory;
  Severity severity = Severity::advised;
  std::string sentence;  ///< what is wrong and what to do, for a publisher
};

/// When the last chapter of an episode begins, by the episode's id.
using LastChapters = std::map<std::string, std::chrono::milliseconds>;

/// By Apple's and Spotify's requirements and the PSP-1 profile; what refuses comes first, then in the order of the episodes. `episodes` are
/// all that are not in the trash; drafts without a recording are passed over, for no directory sees them. `feed` is the address that
/// directories would be given. Nothing that refuses means that they would take the show.
[[nodiscard]] std::vector<Finding> check_for_directories(const Show& show, std::span<const Episode> episodes, std::string_view feed,
                                                         const LastChapters& last_chapters);

}  // namespace carillon::podcast
