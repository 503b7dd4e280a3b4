#pragma once
// The content of messages: subject, plain text, HTML and JSON. Pure. Each contains the problem, since when, what happens if nothing is done
// and when, how to fix it, and how to acknowledge it.

#include "incidents/incidents.hpp"
#include "incidents/plan.hpp"

#include <span>

namespace carillon::incidents {

/// One incident in a message to one person.
struct Item {
  Incident incident;  ///< without its messages
  Role role = Role::steward;
  int step = 0;
  Time next_at;          ///< when the next step is due, unless it is acknowledged
  std::string link;      ///< to acknowledge it; "" if there is none
  std::string solution;  ///< of a resolved one
};

struct Words {
  std::string subject;
  std::string text;  ///< lines of at most 78 bytes, except links and commands, which are never wrapped
  std::string html;
  std::string json;  ///< {"type","incidents":[…],"acknowledge_all"}
  notify::Facts facts{};
};

/// The maximum number of incidents in one message; the rest is counted.
inline constexpr std::size_t kMaxListed = 1000;

/// For at least one item. `all_link` acknowledges every one of them.
[[nodiscard]] Words alarm_words(std::span<const Item> items, const std::string& all_link, Time now);
[[nodiscard]] Words closing_words(std::span<const Item> items, Time now);
/// For channels that follow acknowledgments: data only.
[[nodiscard]] notify::Message acknowledged_message(const std::string& incident, const std::string& to, const std::string& owner,
                                                   const Clock& clock, Random& random);
/// A message for testing a channel.
[[nodiscard]] notify::Message test_message(const std::string& to, std::string_view channel, const Clock& clock, Random& random);

[[nodiscard]] std::string wrapped(std::string_view text, std::string_view indent);  ///< lines of at most 78 bytes, words kept whole

}  // namespace carillon::incidents
