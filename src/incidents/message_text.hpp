#pragma once
// What a message says: subject, plain text, HTML and JSON. Pure. Each says what is wrong, since when, what happens if nothing is done and
// when, what mends it, and how to say "mine".

#include "incidents/incidents.hpp"
#include "incidents/plan.hpp"

#include <span>

namespace carillon::incidents {

/// One incident as one person is told of it.
struct Item {
  Incident incident;  ///< without its messages
  Role role = Role::steward;
  int step = 0;
  Time next_at;          ///< when the next step is due, unless it is acknowledged
  std::string link;      ///< to acknowledge it; "" when there is none
  std::string solution;  ///< of a solved one
};

struct Words {
  std::string subject;
  std::string text;  ///< lines of at most 78 bytes, but for links and commands, which are never broken
  std::string html;
  std::string json;  ///< {"type","incidents":[…],"acknowledge_all"}
};

/// At most so many incidents are listed in one message; the rest is counted.
inline constexpr std::size_t kMaxListed = 1000;

/// For at least one item. `all_link` acknowledges every one of them.
[[nodiscard]] Words alarm_words(std::span<const Item> items, const std::string& all_link, Time now);
[[nodiscard]] Words closing_words(std::span<const Item> items, Time now);
/// To find out whether a channel works.
[[nodiscard]] notify::Message test_message(const std::string& to, std::string_view channel, const Clock& clock, Random& random);

[[nodiscard]] std::string wrapped(std::string_view text, std::string_view indent);  ///< lines of at most 78 bytes, words kept whole

}  // namespace carillon::incidents
