#pragma once
// What a User-Agent is: a robot, an app, a library or a browser, and on which device. The patterns are lists in the format of the Open
// Podcast Analytics Working Group (user-agents-v2), matched in the order that its authors prescribe.

#include "base/result.hpp"

#include <chrono>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace carillon::stats {

enum class AgentKind : std::uint8_t { unknown, bot, app, library, browser };

struct Agent {
  AgentKind kind = AgentKind::unknown;
  std::string app;          ///< the name for people; "" if nothing matched
  std::string device;       ///< its name; "" for bots and unknown ones
  std::string device_kind;  ///< "mobile", "computer", "watch" …, as the list has it
  bool automatic = false;   ///< a library that only programs without a listener use
  [[nodiscard]] bool operator==(const Agent&) const = default;
};

/// The texts of the lists, each a JSON object with an array `entries`; "" takes the list that comes with the program.
struct AgentTexts {
  std::string bots, apps, libraries, browsers, devices, referrers;
};

/// Immutable; any thread.
class AgentLists {
 public:
  /// More entries than any such list has: limits the cost of a wrong file.
  static constexpr std::size_t kMaxEntries = 20'000;

  /// `invalid`, with the list and the entry, if a text isn't such a list or a pattern isn't one of RE2's.
  static Result<AgentLists> parse(const AgentTexts& texts = {});
  AgentLists(AgentLists&&) noexcept;
  AgentLists& operator=(AgentLists&&) noexcept;
  ~AgentLists();

  /// The date of the lists that come with the program.
  [[nodiscard]] static std::chrono::sys_days shipped();
  /// The first bot, app, library or browser that matches, in this order; for a browser, the web app that its referrer names.
  [[nodiscard]] Agent of(std::string_view user_agent, std::string_view referrer = {}) const;
  /// The lists themselves: parse() makes the same ones of them.
  [[nodiscard]] const AgentTexts& texts() const noexcept;
  /// What these lists are: the digest of their texts, in hexadecimal.
  [[nodiscard]] const std::string& digest() const noexcept;

 private:
  struct Lists;
  explicit AgentLists(std::unique_ptr<Lists> lists);
  std::unique_ptr<Lists> lists_;
};

}  // namespace carillon::stats
