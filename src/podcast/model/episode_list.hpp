#pragma once
// The list of a show's episodes: filters, order, position.

#include "podcast/model/show.hpp"

namespace carillon::podcast {

/// Newest and oldest sort by publication date, else by creation date; in the trash by deletion date.
enum class EpisodeOrder { newest, oldest, title };
[[nodiscard]] std::string_view name_of(EpisodeOrder order) noexcept;
[[nodiscard]] std::optional<EpisodeOrder> episode_order_from(std::string_view name) noexcept;

/// An episode's position in one order, independent of added and removed episodes.
struct EpisodePlace {
  EpisodeOrder order = EpisodeOrder::newest;
  std::string key;  ///< microseconds since 1970, or the title in lower case
  std::string id;   ///< decides between equal keys
};
/// Converts to text and back; none if it isn't a valid position.
[[nodiscard]] std::string text_of(const EpisodePlace& place);
[[nodiscard]] std::optional<EpisodePlace> episode_place_from(std::string_view text);

struct EpisodeListWish {
  std::vector<EpisodeState> states;  ///< none: all
  std::string search;                ///< words of title, notes or guests in any order and case, or the number; "": all
  bool deleted = false;              ///< list the trash instead
  EpisodeOrder order = EpisodeOrder::newest;
  std::optional<EpisodePlace> after;  ///< in the same order; none: from the start
  std::size_t limit = 50;
};

struct EpisodeList {
  std::vector<Episode> episodes;
  std::uint64_t total = 0;           ///< matching ones on all pages
  std::optional<EpisodePlace> next;  ///< the position of the last one, if there are more
};

inline constexpr std::size_t kLongestSearch = 200;  ///< bytes

/// Parses the states in a query string: “published,draft”. `invalid`, with the field.
[[nodiscard]] Result<std::vector<EpisodeState>> episode_states_from(std::string_view text);
[[nodiscard]] Result<std::string> episode_search_from(std::string_view text);

}  // namespace carillon::podcast
