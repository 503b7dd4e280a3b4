#pragma once
// The list of a show's episodes: what is asked for, in which order, from where on.

#include "podcast/model/show.hpp"

namespace carillon::podcast {

/// Newest and oldest go by when an episode went out, else by when it was made; in the trash by when it came there.
enum class EpisodeOrder { newest, oldest, title };
[[nodiscard]] std::string_view name_of(EpisodeOrder order) noexcept;
[[nodiscard]] std::optional<EpisodeOrder> episode_order_from(std::string_view name) noexcept;

/// Where an episode stands in one order. What is added or removed elsewhere does not move it.
struct EpisodePlace {
  EpisodeOrder order = EpisodeOrder::newest;
  std::string key;  ///< microseconds since 1970, or the title in small letters
  std::string id;   ///< decides between equal keys
};
/// As text and back; none for what was never a place.
[[nodiscard]] std::string text_of(const EpisodePlace& place);
[[nodiscard]] std::optional<EpisodePlace> episode_place_from(std::string_view text);

struct EpisodeListWish {
  std::vector<EpisodeState> states;  ///< none: all
  std::string search;                ///< words of title, notes or guests in any order and case, or the number; "": all
  bool deleted = false;              ///< what is in the trash instead
  EpisodeOrder order = EpisodeOrder::newest;
  std::optional<EpisodePlace> after;  ///< of the same order; none: from the beginning
  std::size_t limit = 50;
};

struct EpisodeList {
  std::vector<Episode> episodes;
  std::uint64_t total = 0;           ///< that fit, on all pages
  std::optional<EpisodePlace> next;  ///< the place of the last one, when more follow
};

inline constexpr std::size_t kLongestSearch = 200;  ///< bytes

/// What a query string asks of a list: “published,draft” and words. `invalid`, with the field.
[[nodiscard]] Result<std::vector<EpisodeState>> episode_states_from(std::string_view text);
[[nodiscard]] Result<std::string> episode_search_from(std::string_view text);

}  // namespace carillon::podcast
