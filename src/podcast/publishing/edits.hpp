#pragma once
// The fields of shows and episodes that publishers can edit.

#include "podcast/model/show.hpp"

#include <optional>
#include <string>

namespace carillon::podcast {

/// The fields that a publisher can set; none leaves a field unchanged. Every string is checked: UTF-8, length, not empty if required.
struct ShowEdit {
  std::optional<std::string> title, description, language, author, owner_email, copyright, link, medium;
  std::optional<Category> category;
  std::optional<bool> is_explicit, serial, locked;
  std::optional<std::string> slug;      ///< URLs with the old one redirect to the new one
  std::optional<audio::Format> format;  ///< of the masters that are made from now on
  AudioSettingsEdit audio;              ///< likewise
  ShowMetadataEdit metadata;
};
struct EpisodeEdit {
  std::optional<std::string> title, notes;
  std::optional<std::optional<int>> season, number;
  std::optional<EpisodeType> type;
  std::optional<std::optional<bool>> is_explicit;
  std::optional<Time> publish_at;  ///< a new time for a scheduled episode
  std::optional<Time> published;   ///< a new date for a published episode
  EpisodeMetadataEdit metadata;
};

/// Applies the edit to a copy. Checks nothing.
void apply(ShowEdit edit, Show& show);
void apply(EpisodeEdit edit, Episode& episode);

inline constexpr std::size_t kLongestTitle = 255;  ///< characters

}  // namespace carillon::podcast
