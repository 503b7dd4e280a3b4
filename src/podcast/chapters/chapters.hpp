#pragma once
// Chapters of an episode: the JSON of the Podcasting 2.0 namespace (podcast:chapters, JSON chapters 1.2.0), parsed strictly and written in
// one format. Pure.

#include "base/result.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::podcast {

struct ChapterPlace {
  std::string name;
  std::string geo;
  std::string osm;
  [[nodiscard]] bool operator==(const ChapterPlace&) const = default;
};

struct Chapter {
  std::chrono::milliseconds start{};
  std::optional<std::chrono::milliseconds> end;  ///< none: until the next one
  std::string title;
  std::string img;  ///< URL of an image
  std::string url;
  bool toc = true;  ///< false: silent, not in the list
  std::optional<ChapterPlace> location;
  [[nodiscard]] bool operator==(const Chapter&) const = default;
};

/// A document of chapters.
struct Chapters {
  std::vector<Chapter> items;  ///< in order of time
  // What the document says of itself; "" when it does not.
  std::string author;
  std::string title;  ///< of the episode
  std::string podcast_name;
  std::string description;
  std::string file_name;   ///< of the audio
  bool waypoints = false;  ///< the chapters' locations form a route
  [[nodiscard]] bool operator==(const Chapters&) const = default;
};

/// The chapters of a document, in order of time. Unknown members are ignored, as the specification requires. `invalid` has the field:
/// "chapters[3].startTime"; `too_large` beyond kLargestChapters bytes or kMaxChapters.
[[nodiscard]] Result<Chapters> parse_chapters(std::string_view text);

/// The document, application/json+chapters. parse_chapters returns the same chapters.
[[nodiscard]] std::string render_chapters(const Chapters& chapters);

inline constexpr std::size_t kLargestChapters = 256 * 1024;
inline constexpr std::size_t kMaxChapters = 1000;
inline constexpr std::size_t kLongestChapterTitle = 256;          ///< characters
inline constexpr std::size_t kLongestChaptersDescription = 4000;  ///< characters

}  // namespace carillon::podcast
