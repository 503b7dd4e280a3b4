// See episode_list.hpp.

#include "podcast/model/episode_list.hpp"

#include "base/text.hpp"
#include "podcast/model/checks.hpp"

#include <algorithm>
#include <array>
#include <limits>

namespace carillon::podcast {
namespace {

constexpr std::array<std::string_view, 3> kOrders{"newest", "oldest", "title"};

}  // namespace

std::string_view name_of(EpisodeOrder order) noexcept { return kOrders[static_cast<std::size_t>(order)]; }

std::optional<EpisodeOrder> episode_order_from(std::string_view name) noexcept {
  const auto found = std::ranges::find(kOrders, name);
  if (found == kOrders.end()) return {};
  return static_cast<EpisodeOrder>(found - kOrders.begin());
}

std::string text_of(const EpisodePlace& place) { return std::string(name_of(place.order)) + " " + place.id + " " + place.key; }

std::optional<EpisodePlace> episode_place_from(std::string_view text) {
  const auto first = text.find(' ');
  const auto second = first == std::string_view::npos ? first : text.find(' ', first + 1);
  if (second == std::string_view::npos) return {};
  const auto order = episode_order_from(text.substr(0, first));
  EpisodePlace place{.key = std::string(text.substr(second + 1)), .id = std::string(text.substr(first + 1, second - first - 1))};
  if (!order || place.id.empty()) return {};
  place.order = *order;
  if (place.order != EpisodeOrder::title) {
    const auto microseconds = parse_number(place.key);
    if (!microseconds || *microseconds > static_cast<std::uint64_t>(std::numeric_limits<std::int64_t>::max())) return {};
  }
  return place;
}

Result<std::vector<EpisodeState>> episode_states_from(std::string_view text) {
  std::vector<EpisodeState> states;
  if (text.empty()) return states;
  for (const auto name : split(text, ',')) {
    const auto state = episode_state_from(name);
    if (!state)
      return wrong("state",
                   "“state” must be draft, processing, scheduled, published or unpublished, or several of them, separated by commas.");
    if (std::ranges::find(states, *state) == states.end()) states.push_back(*state);
  }
  return states;
}

Result<std::string> episode_search_from(std::string_view text) {
  if (auto good = check_text("search", text, kLongestSearch); !good) return forward_error(good);
  std::string words(trimmed(text));
  std::ranges::replace_if(words, [](char c) { return c == '\t' || c == '\n' || c == '\r'; }, ' ');
  return words;
}

}  // namespace carillon::podcast
