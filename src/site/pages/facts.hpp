#pragma once
// What templates are told of shows and episodes: the values that several pages have in common. Pure.

#include "podcast/catalogue/catalogue.hpp"
#include "site/pages/templates.hpp"

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::site {

/// Pages name what they load by path, so that they work under every name that leads here.
[[nodiscard]] std::string path_of(const podcast::Addresses& addresses, std::string address);
/// Only an address of the web becomes a link: nothing else a publisher may write is safe to click. "" for all others.
[[nodiscard]] std::string link_of(const std::string& address);

/// The largest picture that pages and cards are given: it is sharp at twice the size of any cover on a page.
inline constexpr int kLargestOnPages = 600;
/// A file of the picture of at most `most` pixels a side, else the whole picture, where it has no sizes.
struct SizedPicture {
  std::string address;
  int side = 0;
};
[[nodiscard]] SizedPicture sized_picture(const podcast::Addresses& addresses, const podcast::Picture& picture, int most = kLargestOnPages);

/// "Season 2, episode 5", "Trailer".
[[nodiscard]] std::string place_of(const podcast::Show& show, const podcast::Episode& episode);

void add_cover(Values& values, const podcast::Addresses& addresses, const podcast::Show& show);
/// The episode's own, else its show's.
void add_cover(Values& values, const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode);
void add_people(Values& values, const std::vector<podcast::Person>& people);
void add_places(Values& values, const std::vector<podcast::Location>& places);
void add_license(Values& values, const std::optional<podcast::License>& license);
/// Those of the table of contents, at most `most`; each jumps to its place in the audio (a media fragment: W3C Media Fragments §4.2.1).
void add_chapters(Values& values, const std::vector<podcast::Chapter>& chapters, const std::string& audio_path, std::size_t most);
/// The beginning of a transcript that a page shows, as bytes of the page; the file has the rest. What a publisher sends in a request must
/// not become megabytes for each visitor.
inline constexpr std::size_t kMaxTranscriptOnPage = 256 * 1024;
void add_transcript(Values& values, const podcast::Addresses& addresses, const podcast::Episode& episode,
                    const podcast::EpisodeReading& reading, const std::string& audio_path);
void add_episode(Values& values, const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode);
/// What an embedded player asks for: links that move it need the same address.
[[nodiscard]] std::string embedded_audio_path(const podcast::Addresses& addresses, const podcast::Episode& episode);

/// An embedded player says that it is one when it asks for audio (site/core/players).
enum class PlayerKind { whole, small, embedded };
/// The audio element in the box that the script makes a player of.
[[nodiscard]] std::string player_of(const podcast::Addresses& addresses, const podcast::Show& show, const podcast::Episode& episode,
                                    PlayerKind kind);

}  // namespace carillon::site
