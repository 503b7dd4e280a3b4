#pragma once
// What publishers may set of a show and of an episode.

#include "podcast/model/show.hpp"

#include <optional>
#include <string>

namespace carillon::podcast {

/// What a publisher may set; none leaves it as it is. Every string is checked: UTF-8, length, emptiness where something is needed.
struct ShowEdit {
  std::optional<std::string> title, description, language, author, owner_email, copyright, link, medium;
  std::optional<Category> category;
  std::optional<bool> is_explicit, serial, locked;
  std::optional<std::string> slug;      ///< what led to the old one leads to the new one
  std::optional<audio::Format> format;  ///< of the masters that are made from now on
  ShowMetadataEdit metadata;
};
struct EpisodeEdit {
  std::optional<std::string> title, notes;
  std::optional<std::optional<int>> season, number;
  std::optional<EpisodeType> type;
  std::optional<std::optional<bool>> is_explicit;
  std::optional<Time> publish_at;  ///< another time for what is scheduled
  std::optional<Time> published;   ///< another date for what was published
  EpisodeMetadataEdit metadata;
};

/// What the edit asks for, done to a copy. Checks nothing.
void apply(ShowEdit edit, Show& show);
void apply(EpisodeEdit edit, Episode& episode);

inline constexpr std::size_t kLongestTitle = 255;  ///< characters

}  // namespace carillon::podcast
