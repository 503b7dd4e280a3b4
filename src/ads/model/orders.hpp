#pragma once
// What advertisers book: campaigns contain orders, orders have creatives. Values; pure.

#include "audio/media_program.hpp"
#include "base/digest.hpp"
#include "base/time.hpp"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace carillon::ads {

struct Advertiser {
  std::string id;
  std::string network;  ///< slug
  std::string name;
  Time created;
};

struct Campaign {
  std::string id;
  std::string network;  ///< slug
  std::string advertiser;
  std::string name;
  Time created;
};

/// Where in an episode an advertisement is heard.
enum class Position : std::uint8_t { preroll, midroll, postroll };
inline constexpr std::array kPositions{Position::preroll, Position::midroll, Position::postroll};
[[nodiscard]] std::string_view name_of(Position position) noexcept;
[[nodiscard]] std::optional<Position> position_from(std::string_view name) noexcept;

/// Which orders a slot goes to first.
enum class Tier : std::uint8_t {
  exclusive,  ///< before everything else, e.g. for a sponsor of the show
  direct,     ///< sold with a goal or cap
  promo,      ///< of one's own shows, in slots that nobody bought
};
[[nodiscard]] std::string_view name_of(Tier tier) noexcept;
[[nodiscard]] std::optional<Tier> tier_from(std::string_view name) noexcept;

/// How impressions are spread over an order's dates.
enum class Pacing : std::uint8_t {
  even,   ///< the same number each day, within a day as listeners come
  fast,   ///< as many as possible
  front,  ///< each day a quarter more than even until half is delivered
};
[[nodiscard]] std::string_view name_of(Pacing pacing) noexcept;
[[nodiscard]] std::optional<Pacing> pacing_from(std::string_view name) noexcept;

/// How an order's creatives belong together within one download.
enum class Logic : std::uint8_t {
  any,  ///< one of them ("or")
  all,  ///< each of them or none ("and")
};
[[nodiscard]] std::string_view name_of(Logic logic) noexcept;
[[nodiscard]] std::optional<Logic> logic_from(std::string_view name) noexcept;

enum class OrderState : std::uint8_t { draft, approved, running, done };
[[nodiscard]] std::string_view name_of(OrderState state) noexcept;
[[nodiscard]] std::optional<OrderState> order_state_from(std::string_view name) noexcept;

/// Conditions that listeners, episodes and moments have to meet. An empty list or mask means all. A condition on something unknown (the
/// country of an address without an entry) isn't met, neither in `only` nor in `except`.
struct Conditions {
  std::vector<std::string> shows;      ///< ids
  std::vector<std::string> episodes;   ///< ids
  std::vector<std::string> tags;       ///< of shows
  std::vector<std::string> countries;  ///< ISO 3166-1, "AT"
  std::vector<std::string> regions;    ///< ISO 3166-2, "AT-9"
  std::vector<std::string> apps;
  std::vector<std::string> devices;
  std::uint8_t days = 0;    ///< bit 0 is Monday; UTC
  std::uint32_t hours = 0;  ///< bit 0 is the hour after midnight; UTC
  [[nodiscard]] bool operator==(const Conditions&) const = default;
};
struct Targets {
  Conditions only;
  Conditions except;
  [[nodiscard]] bool operator==(const Targets&) const = default;
};

/// At most so many impressions per listener in any period of so many hours.
struct FrequencyCap {
  int times = 1;
  int hours = 24;
  [[nodiscard]] bool operator==(const FrequencyCap&) const = default;
};

/// A creative's frames in one format.
struct CreativeFile {
  audio::Format format;
  Digest frames;
  ByteCount length;
  std::chrono::microseconds duration{};
  double loudness = -16;  ///< LUFS to which it was leveled, as the masters that it's inserted into
};

struct Creative {
  std::string id;
  std::string name;
  std::optional<Time> expires;
  std::vector<CreativeFile> files;  ///< one per format and loudness
  /// Null if it can't be inserted into masters of that format.
  [[nodiscard]] const CreativeFile* file_in(const audio::Format& format) const noexcept;
  /// Among those, the one whose loudness is closest.
  [[nodiscard]] const CreativeFile* file_near(const audio::Format& format, double loudness) const noexcept;
};

/// Who speaks in a creative.
enum class CreativeKind : std::uint8_t {
  produced,   ///< by the advertiser or an agency
  host_read,  ///< by the show's host
};
[[nodiscard]] std::string_view name_of(CreativeKind kind) noexcept;
[[nodiscard]] std::optional<CreativeKind> creative_kind_from(std::string_view name) noexcept;

/// What a publisher allows in a show.
struct ShowRules {
  std::vector<std::string> blocked_categories;
  int most_per_advertiser = 1;                        ///< orders of one advertiser in a download
  std::optional<std::chrono::seconds> most_per_hour;  ///< of advertisements per hour of the episode; none: no limit
  [[nodiscard]] bool operator==(const ShowRules&) const = default;
};
/// The most time for advertisements in an episode of that length: in proportion to most_per_hour; a day if there is no limit.
[[nodiscard]] std::chrono::microseconds most_ad_time(const ShowRules& rules, std::chrono::microseconds episode) noexcept;

struct Price {
  std::optional<std::int64_t> cpm;   ///< per 1,000 impressions, in hundredths of the currency
  std::optional<std::int64_t> flat;  ///< hundredths
  std::string currency = "EUR";      ///< ISO 4217
  [[nodiscard]] bool operator==(const Price&) const = default;
};

struct Order {
  std::string id;
  std::string network;  ///< slug
  std::string campaign;
  std::string advertiser;
  std::string name;
  OrderState state = OrderState::draft;  ///< as stored: draft, approved, or done if a person ended it; see state_at()
  Tier tier = Tier::direct;
  int priority = 5;  ///< 1 (first) to 10
  Time starts, ends;
  std::optional<std::int64_t> goal;  ///< impressions to aim at
  std::optional<std::int64_t> cap;   ///< impressions that are never exceeded
  Pacing pacing = Pacing::even;
  Logic logic = Logic::any;
  std::vector<Position> positions;      ///< empty: all
  int most_per_download = 1;            ///< of its creatives; each of them at most once
  std::vector<std::string> categories;  ///< of the product: orders that share one but not the advertiser are kept apart
  std::vector<FrequencyCap> frequency;
  Targets targets;
  Price price;
  std::vector<Creative> creatives;
  std::int64_t revision = 1;
  Time created, changed;
};

/// An approved order runs from its start to its end, and is done afterwards.
[[nodiscard]] OrderState state_at(const Order& order, Time now) noexcept;
[[nodiscard]] bool is_at(const Order& order, Position position) noexcept;
/// Impressions to aim at: the goal, else the cap; none if it has neither.
[[nodiscard]] std::optional<std::int64_t> goal_of(const Order& order) noexcept;

inline constexpr int kFirstPriority = 1, kLastPriority = 10;
inline constexpr std::size_t kMaxFrequencyCaps = 5;
inline constexpr std::size_t kMaxTargets = 200;  ///< of one kind
inline constexpr std::size_t kMaxCreatives = 50;
inline constexpr std::size_t kMaxCategories = 20;
inline constexpr int kMostPerDownload = 10;
inline constexpr std::size_t kLongestName = 200;     ///< characters of a name
inline constexpr std::size_t kLongestTarget = 100;   ///< characters of a target or category
inline constexpr int kMaxFrequency = 1'000;          ///< FrequencyCap::times
inline constexpr int kMaxFrequencyHours = 365 * 24;  ///< FrequencyCap::hours
inline constexpr std::int64_t kMaxImpressions = 1'000'000'000'000;
inline constexpr std::int64_t kMaxPrice = 100'000'000'000;  ///< hundredths of the currency

}  // namespace carillon::ads
