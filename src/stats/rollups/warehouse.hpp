#pragma once
// What is kept of counted days, behind an interface: SQLite here, a column store on large installations.

#include "ads/model/figures.hpp"
#include "base/result.hpp"
#include "db/database.hpp"
#include "stats/counting/day_counter.hpp"

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace carillon::stats {

/// What downloads are broken down by. The values are stored, except the last two, for which there are rows anyway.
enum class Dimension {
  hour = 0,
  app = 1,
  device = 2,
  country = 3,
  region = 4,
  total = 5,
  reached = 6,  ///< tenths of the file, "00" to "10": of the downloads of players that request audio as they play it, and of no others
  show = 100,
  episode = 101
};
[[nodiscard]] std::string_view name_of(Dimension dimension) noexcept;
[[nodiscard]] std::optional<Dimension> dimension_from(std::string_view name) noexcept;

/// A period is everything from a query's first day to its last.
enum class Granularity { hour, day, month, period };
[[nodiscard]] std::optional<Granularity> granularity_from(std::string_view name) noexcept;

/// How a day was counted.
struct DayState {
  std::chrono::sys_days day;
  bool final = false;  ///< late data can no longer come
  int rules = kRulesVersion;
  Time counted;
  VerdictCounts verdicts{};
  std::string lists;   ///< digest of the lists of agents
  std::string digest;  ///< SHA-256 of downloads and listeners, in hexadecimal: equal if and only if these figures are
  [[nodiscard]] bool operator==(const DayState&) const = default;
};

struct Query {
  std::string show_id;               ///< or
  std::string episode{};             ///< one episode, or
  std::vector<std::string> shows{};  ///< several shows, by ID: those of a network
  std::chrono::sys_days from, to;    ///< from this day, before that day (UTC)
  Granularity granularity = Granularity::day;
  std::optional<Dimension> by{};  ///< not with hours
};
/// A stretch of an episode's life.
struct EpisodeHours {
  std::string episode;
  Time from, to;  ///< whole hours
};
struct Figure {
  Time from;        ///< the beginning of the hour, day or month (UTC)
  std::string key;  ///< the app, the country, the ID of the show …; "" without `by`, or if it isn't known
  std::uint64_t downloads = 0;
  std::optional<std::uint64_t> listeners{};  ///< distinct ones; none for hours, and by app, device or place
  bool provisional = false;
  int rules = kRulesVersion;  ///< the newest version that one of the days was counted with
};

/// Any thread; everything blocks.
class Warehouse {
 public:
  Warehouse() = default;
  virtual ~Warehouse() = default;
  Warehouse(const Warehouse&) = delete;
  Warehouse& operator=(const Warehouse&) = delete;

  /// Replaces everything about the day, at once. `show_of`: each episode's show.
  virtual Result<DayState> put(DayState state, const CountedDay& day, const std::map<std::string, std::string>& show_of) = 0;
  /// Ascending.
  virtual Result<std::vector<DayState>> days(std::chrono::sys_days from, std::chrono::sys_days to) = 0;
  /// The first counted day.
  virtual Result<std::optional<std::chrono::sys_days>> first_day() = 0;
  /// By time, then by downloads, the most first. Only what isn't 0.
  virtual Result<std::vector<Figure>> downloads(const Query& query) = 0;
  /// Of each stretch, the downloads in each of its hours, in one consistent view.
  virtual Result<std::vector<std::vector<std::uint64_t>>> hours(const std::vector<EpisodeHours>& stretches) = 0;

  /// Delivered advertisements: see ads::DeliveryFigures.
  virtual Result<std::map<std::string, ads::Delivered>> delivered(Time since) = 0;
  virtual Result<ads::OrderReport> report(const std::string& order) = 0;

  /// The facts that this audio was first counted with: counted days stay the same when an episode changes. None: not counted yet.
  virtual Result<std::optional<AudioFacts>> facts(const Digest& media) = 0;
  /// Keeps those that aren't kept yet.
  virtual Result<> keep_facts(const std::map<Digest, AudioFacts>& facts) = 0;

  /// Lists of agents, kept as long as a day was counted with them.
  virtual Result<> keep_lists(const std::string& digest, const AgentTexts& texts) = 0;
  virtual Result<std::optional<AgentTexts>> lists(const std::string& digest) = 0;
};

/// In a database with rollups_schema(), which must outlive it.
[[nodiscard]] std::unique_ptr<Warehouse> sql_warehouse(db::Database& database);

}  // namespace carillon::stats
