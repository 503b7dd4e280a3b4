// See agents.hpp.

#include "stats/counting/agents.hpp"

#include "base/json.hpp"
#include "base/time.hpp"
#include "crypto/sha256.hpp"

#include <fmt/format.h>
#include <re2/re2.h>
#include <re2/set.h>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <vector>

namespace carillon::stats {
namespace embedded {
extern const std::string_view agents_json;
}
namespace json = boost::json;

namespace {

/// RE2's default is for one pattern; a list has hundreds. Without enough memory it gets slow, not wrong.
constexpr std::int64_t kMemory = 64 << 20;

RE2::Options options() {
  RE2::Options options{RE2::Quiet};
  options.set_max_mem(kMemory);
  return options;
}

struct Entry {
  std::string name;
  std::string category;
};

/// Patterns in order.
class Patterns {
 public:
  static Result<Patterns> parse(std::string_view list, const json::array& items) {
    Patterns patterns;
    if (items.size() > AgentLists::kMaxEntries)
      return fail(ErrorKind::invalid, fmt::format("The list of {} has more than {} entries.", list, AgentLists::kMaxEntries));
    for (std::size_t number = 0; number < items.size(); ++number) {
      const auto text = [&](const char* key) -> std::string_view {
        const auto* object = items[number].if_object();
        const auto* value = object ? object->if_contains(key) : nullptr;
        return value && value->is_string() ? std::string_view{value->as_string()} : std::string_view{};
      };
      const auto name = text("name"), pattern = text("pattern");
      if (name.empty() || pattern.empty())
        return fail(ErrorKind::invalid, fmt::format("Entry {} of the list of {} has no name or no pattern.", number + 1, list));
      std::string why;
      if (patterns.set_->Add(re2::StringPiece{pattern.data(), pattern.size()}, &why) < 0)
        return fail(ErrorKind::invalid, fmt::format("The pattern of “{}” in the list of {} can't be used: {}.", name, list, why));
      // For agents whose matching takes more memory than the set may use.
      patterns.single_.push_back(std::make_unique<RE2>(re2::StringPiece{pattern.data(), pattern.size()}, options()));
      patterns.entries_.push_back({std::string(name), std::string(text("category"))});
    }
    if (!patterns.set_->Compile()) return fail(ErrorKind::invalid, fmt::format("The list of {} is too large.", list));
    return patterns;
  }

  [[nodiscard]] const Entry* first_in(std::string_view text) const {
    if (entries_.empty()) return nullptr;
    const re2::StringPiece piece{text.data(), text.size()};
    std::vector<int> matches;
    RE2::Set::ErrorInfo error{};
    if (set_->Match(piece, &matches, &error)) return &entries_[static_cast<std::size_t>(*std::ranges::min_element(matches))];
    if (error.kind == RE2::Set::kNoError) return nullptr;
    const auto found = std::ranges::find_if(single_, [&](const auto& pattern) { return RE2::PartialMatch(piece, *pattern); });
    return found == single_.end() ? nullptr : &entries_[static_cast<std::size_t>(found - single_.begin())];
  }

 private:
  std::unique_ptr<RE2::Set> set_ = std::make_unique<RE2::Set>(options(), RE2::UNANCHORED);
  std::vector<std::unique_ptr<RE2>> single_;
  std::vector<Entry> entries_;
};

constexpr std::array<std::string_view, 6> kNames{"bots", "apps", "libraries", "browsers", "devices", "referrers"};

Result<json::array> entries_of(std::string_view list, std::string_view text) {
  json::error_code wrong;
  const auto value = json::parse(text, wrong);
  const auto* object = wrong ? nullptr : value.if_object();
  const auto* items = object ? object->if_contains("entries") : nullptr;
  if (!items || !items->is_array())
    return fail(ErrorKind::invalid, fmt::format("The list of {} isn't a JSON object with an array “entries”.", list));
  return items->as_array();
}

}  // namespace

struct AgentLists::Lists {
  std::array<Patterns, kNames.size()> all;
  AgentTexts texts;
  std::string digest;
  [[nodiscard]] const Patterns& bots() const { return all[0]; }
  [[nodiscard]] const Patterns& apps() const { return all[1]; }
  [[nodiscard]] const Patterns& libraries() const { return all[2]; }
  [[nodiscard]] const Patterns& browsers() const { return all[3]; }
  [[nodiscard]] const Patterns& devices() const { return all[4]; }
  [[nodiscard]] const Patterns& referrers() const { return all[5]; }
};

AgentLists::AgentLists(std::unique_ptr<Lists> lists) : lists_{std::move(lists)} {}
AgentLists::AgentLists(AgentLists&&) noexcept = default;
AgentLists& AgentLists::operator=(AgentLists&&) noexcept = default;
AgentLists::~AgentLists() = default;

Result<AgentLists> AgentLists::parse(const AgentTexts& texts) {
  const auto shipped = json::parse(json::string_view{embedded::agents_json.data(), embedded::agents_json.size()}).as_object();
  const std::array given{&texts.bots, &texts.apps, &texts.libraries, &texts.browsers, &texts.devices, &texts.referrers};
  auto lists = std::make_unique<Lists>();
  const std::array taken{&lists->texts.bots,     &lists->texts.apps,    &lists->texts.libraries,
                         &lists->texts.browsers, &lists->texts.devices, &lists->texts.referrers};
  std::string all;
  for (std::size_t number = 0; number < kNames.size(); ++number) {
    const auto name = kNames[number];
    auto items = given[number]->empty() ? Result<json::array>{shipped.at(json::string_view{name.data(), name.size()}).as_array()}
                                        : entries_of(name, *given[number]);
    if (!items) return forward_error(items);
    auto patterns = Patterns::parse(name, *items);
    if (!patterns) return forward_error(patterns);
    lists->all[number] = std::move(*patterns);
    *taken[number] = json_text(json::object{{"entries", *items}});
    all += *taken[number] + "\n";
  }
  lists->digest = crypto::sha256(as_bytes(all)).hex();
  return AgentLists{std::move(lists)};
}

std::chrono::sys_days AgentLists::shipped() {
  const auto shipped = json::parse(json::string_view{embedded::agents_json.data(), embedded::agents_json.size()}).as_object();
  const auto date = parse_rfc3339(std::string(shipped.at("date").as_string()) + "T00:00:00Z");
  return date ? std::chrono::floor<std::chrono::days>(*date) : std::chrono::sys_days{};
}

Agent AgentLists::of(std::string_view user_agent, std::string_view referrer) const {
  Agent agent;
  if (user_agent.empty()) return agent;
  if (const auto* bot = lists_->bots().first_in(user_agent)) return {.kind = AgentKind::bot, .app = bot->name};
  if (const auto* app = lists_->apps().first_in(user_agent)) {
    agent.kind = AgentKind::app;
    agent.app = app->name;
  } else if (const auto* library = lists_->libraries().first_in(user_agent)) {
    agent.kind = AgentKind::library;
    agent.app = library->name;
    agent.automatic = library->category == "bot";
  } else if (const auto* browser = lists_->browsers().first_in(user_agent)) {
    agent.kind = AgentKind::browser;
    agent.app = browser->name;
    const auto* page = referrer.empty() ? nullptr : lists_->referrers().first_in(referrer);
    if (page && page->category == "app") agent.app = page->name;
  }
  if (const auto* device = lists_->devices().first_in(user_agent)) {
    agent.device = device->name;
    agent.device_kind = device->category;
  }
  return agent;
}

const AgentTexts& AgentLists::texts() const noexcept { return lists_->texts; }
const std::string& AgentLists::digest() const noexcept { return lists_->digest; }

}  // namespace carillon::stats
