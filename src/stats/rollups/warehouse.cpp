// See warehouse.hpp.

#include "stats/rollups/warehouse.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "crypto/sha256.hpp"
#include "stats/rollups/schema.hpp"
#include "stats/rollups/warehouse_queries.hpp"

#include <fmt/format.h>
#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <array>
#include <set>
#include <span>

namespace carillon::stats {
namespace json = boost::json;
using namespace std::chrono_literals;
namespace {

constexpr std::array kDimensions{Dimension::hour, Dimension::app, Dimension::device, Dimension::country, Dimension::region};

/// Codes have their country in front ("US-CA"); names get it ("CH/Zürich"), because several countries have a Limburg.
std::string region_of(const std::string& country, const std::string& region) {
  if (region.empty() || country.empty() || region.starts_with(country + "-")) return region;
  return country + "/" + region;
}

std::string text_of(Dimension dimension, const Download& download, const std::vector<std::string>& texts) {
  switch (dimension) {
    case Dimension::hour: {
      const auto in_day = download.first - std::chrono::floor<std::chrono::days>(download.first);
      return fmt::format("{:02}", std::chrono::floor<std::chrono::hours>(in_day).count());
    }
    case Dimension::app:
      return texts[download.app];
    case Dimension::device:
      return texts[download.device];
    case Dimension::country:
      return texts[download.country];
    case Dimension::region:
      return region_of(texts[download.country], texts[download.region]);
    case Dimension::reached:
      return fmt::format("{:02}", download.reached.value_or(0));
    case Dimension::total:
    case Dimension::show:
    case Dimension::episode:
      break;
  }
  return {};
}

using Hashes = std::vector<std::uint64_t>;

std::string packed(const Hashes& hashes) {
  std::string bytes;
  bytes.reserve(hashes.size() * sizeof(std::uint64_t));
  for (auto hash : hashes) {
    for (std::size_t byte = 0; byte < sizeof hash; ++byte, hash >>= 8U) bytes += static_cast<char>(hash & 0xFFU);
  }
  return to_base64(as_bytes(bytes));
}

Hashes unpacked(const std::string& text) {
  Hashes hashes;
  const auto bytes = from_base64(text);
  if (!bytes) return hashes;
  for (std::size_t at = 0; at + sizeof(std::uint64_t) <= bytes->size(); at += sizeof(std::uint64_t)) {
    std::uint64_t hash = 0;
    for (std::size_t byte = sizeof hash; byte-- > 0;) hash = hash << 8U | std::to_integer<std::uint64_t>((*bytes)[at + byte]);
    hashes.push_back(hash);
  }
  return hashes;
}

std::chrono::sys_days month_of(std::chrono::sys_days day) {
  const std::chrono::year_month_day date{day};
  return date.year() / date.month() / 1;
}

/// Where the figure that a day belongs to begins.
Time start_of(const Query& query, std::chrono::sys_days day) {
  switch (query.granularity) {
    case Granularity::month:
      return Time{month_of(day)};
    case Granularity::period:
      return Time{query.from};
    case Granularity::hour:
    case Granularity::day:
      break;
  }
  return Time{day};
}

/// Everything that is kept of a day.
struct Rows {
  std::vector<queries::Row> downloads;
  std::vector<queries::Row> reached;  ///< how far some of them went: no figure that is counted
  std::vector<queries::ListenersRow> listeners;
  std::vector<queries::ShowRow> shows;  ///< sums of the former
  std::vector<queries::AdHourRow> ad_hours;
  std::vector<queries::AdRow> ads;
  std::vector<queries::AdListenersRow> ad_listeners;
};

void sort_distinct(Hashes& hashes) {
  std::ranges::sort(hashes);
  hashes.erase(std::unique(hashes.begin(), hashes.end()), hashes.end());
}

Rows rows_of(const CountedDay& day, const std::map<std::string, std::string>& show_of) {
  Rows rows;
  std::map<std::string, Hashes> of_show;
  for (std::size_t first = 0; first < day.downloads.size();) {
    auto last = first;
    while (last < day.downloads.size() && day.downloads[last].episode == day.downloads[first].episode) ++last;
    const std::span downloads{day.downloads.data() + first, last - first};
    first = last;
    const auto& episode = day.texts[downloads.front().episode];
    const auto known = show_of.find(episode);
    const auto show = known == show_of.end() ? std::string{} : known->second;
    std::map<std::pair<Dimension, std::string>, std::int64_t> counts;
    std::map<std::string, std::int64_t> reached;
    Hashes hashes;
    hashes.reserve(downloads.size());
    for (const auto& download : downloads) {
      for (const auto dimension : kDimensions) ++counts[{dimension, text_of(dimension, download, day.texts)}];
      if (download.reached) ++reached[text_of(Dimension::reached, download, day.texts)];
      hashes.push_back(download.listener);
    }
    for (const auto& [key, count] : counts) rows.downloads.push_back({episode, show, key.first, key.second, count});
    for (const auto& [tenths, count] : reached) rows.reached.push_back({episode, show, Dimension::reached, tenths, count});
    sort_distinct(hashes);
    if (!show.empty()) std::ranges::copy(hashes, std::back_inserter(of_show[show]));
    rows.listeners.push_back({show, episode, static_cast<std::int64_t>(hashes.size()), packed(hashes)});
  }
  for (auto& [show, hashes] : of_show) {
    sort_distinct(hashes);
    rows.listeners.push_back({show, "", static_cast<std::int64_t>(hashes.size()), packed(hashes)});
    hashes = {};
  }
  std::ranges::sort(rows.listeners, {}, [](const queries::ListenersRow& row) { return std::tie(row.show_id, row.episode); });
  return rows;
}

void add_ads(Rows& rows, const CountedDay& day, const std::map<std::string, std::string>& show_of) {
  struct Reached {
    std::set<std::uint32_t> downloads;
    Hashes hashes;
  };
  std::map<std::pair<std::string, int>, std::int64_t> hours;
  std::map<std::array<std::string, 6>, std::int64_t> counts;
  std::map<std::string, Reached> reached;
  for (const auto& ad : day.ads) {
    const auto& download = day.downloads[ad.download];
    const auto& episode = day.texts[download.episode];
    const auto show = show_of.find(episode);
    const auto in_day = download.first - std::chrono::floor<std::chrono::days>(download.first);
    ++hours[{ad.order, static_cast<int>(std::chrono::floor<std::chrono::hours>(in_day).count())}];
    ++counts[{ad.order, show == show_of.end() ? "" : show->second, episode, day.texts[download.country], ad.position, ad.creative}];
    auto& of_order = reached[ad.order];
    if (of_order.downloads.insert(ad.download).second) of_order.hashes.push_back(download.listener);
  }
  for (const auto& [key, count] : hours) rows.ad_hours.push_back({key.first, key.second, count});
  for (const auto& [key, count] : counts) rows.ads.push_back({key[0], key[1], key[2], key[3], key[4], key[5], count});
  for (auto& [order, of_order] : reached) {
    sort_distinct(of_order.hashes);
    rows.ad_listeners.push_back({order, static_cast<std::int64_t>(of_order.downloads.size()), packed(of_order.hashes)});
  }
}

/// Sums of each episode, how far downloads went, and everything once more for each show.
void add_sums(Rows& rows) {
  std::ranges::move(rows.reached, std::back_inserter(rows.downloads));
  std::map<std::pair<std::string, std::string>, std::int64_t> of_episode;  // show, episode
  std::map<std::tuple<std::string, Dimension, std::string>, std::int64_t> of_show;
  for (const auto& row : rows.downloads) {
    of_show[{row.show_id, row.dimension, row.name}] += row.count;
    if (row.dimension == Dimension::hour) of_episode[{row.show_id, row.episode}] += row.count;
  }
  for (const auto& [key, count] : of_episode) {
    rows.downloads.push_back({key.second, key.first, Dimension::total, "", count});
    of_show[{key.first, Dimension::total, ""}] += count;
  }
  for (const auto& [key, count] : of_show) {
    const auto& [show, dimension, name] = key;
    rows.shows.push_back({show, dimension, name, count});
  }
}

/// Without the sums, which follow from the rest.
std::string digest_of(const Rows& rows) {
  crypto::Sha256 digest;
  for (const auto& row : rows.downloads) {
    digest.update(
        as_bytes(fmt::format("{}\t{}\t{}\t{}\t{}\n", row.show_id, row.episode, static_cast<int>(row.dimension), row.name, row.count)));
  }
  for (const auto& row : rows.listeners)
    digest.update(as_bytes(fmt::format("{}\t{}\t{}\t{}\n", row.show_id, row.episode, row.count, row.hashes)));
  for (const auto& row : rows.ad_hours) digest.update(as_bytes(fmt::format("{}\t{}\t{}\n", row.order, row.hour, row.count)));
  for (const auto& row : rows.ads) {
    digest.update(as_bytes(fmt::format("{}\t{}\t{}\t{}\t{}\t{}\t{}\n", row.order, row.show_id, row.episode, row.country, row.position,
                                       row.creative, row.count)));
  }
  for (const auto& row : rows.ad_listeners) digest.update(as_bytes(fmt::format("{}\t{}\t{}\n", row.order, row.downloads, row.hashes)));
  return digest.finish().hex();
}

class SqlWarehouse final : public Warehouse {
 public:
  explicit SqlWarehouse(db::Database& database) : database_{database} {}

  Result<DayState> put(DayState state, const CountedDay& day, const std::map<std::string, std::string>& show_of) override {
    auto rows = rows_of(day, show_of);
    add_ads(rows, day, show_of);
    state.digest = digest_of(rows);
    add_sums(rows);
    const auto stored = database_.write_now([&](db::Session& session) -> Result<> {
      queries::remove_day(session, state.day);
      queries::insert_day(session, state);
      queries::insert_downloads(session, state.day, rows.downloads);
      queries::insert_show_downloads(session, state.day, rows.shows);
      queries::insert_listeners(session, state.day, rows.listeners);
      queries::insert_ads(session, state.day, rows.ad_hours, rows.ads, rows.ad_listeners);
      queries::remove_unused_lists(session, state.lists);
      return {};
    });
    if (!stored) return std::unexpected(stored.error());
    return state;
  }

  Result<std::vector<DayState>> days(std::chrono::sys_days from, std::chrono::sys_days to) override {
    return database_.read_now([&](db::Session& session) -> Result<std::vector<DayState>> { return queries::days(session, from, to); });
  }

  Result<std::optional<std::chrono::sys_days>> first_day() override {
    return database_.read_now(
        [&](db::Session& session) -> Result<std::optional<std::chrono::sys_days>> { return queries::first_day(session); });
  }

  Result<std::vector<Figure>> downloads(const Query& query) override {
    return database_.read_now([&](db::Session& session) -> Result<std::vector<Figure>> {
      std::set<std::chrono::sys_days> provisional;
      std::map<Time, int> rules;
      for (const auto& state : queries::days(session, query.from, query.to)) {
        if (!state.final) provisional.insert(state.day);
        auto& newest = rules[start_of(query, state.day)];
        newest = std::max(newest, state.rules);
      }
      std::map<std::pair<Time, std::string>, Figure> figures;
      const auto dimension = query.by.value_or(query.granularity == Granularity::hour ? Dimension::hour : Dimension::total);
      const bool whole = query.granularity == Granularity::period;
      for (const auto& [day, name, count] : queries::sums(session, query, dimension, whole ? queries::Each::period : queries::Each::day)) {
        const auto from = start_of(query, day) + (query.granularity == Granularity::hour ? std::chrono::hours{std::stoi(name)} : 0h);
        const auto& key = query.by ? name : std::string{};
        auto& figure = figures.try_emplace({from, key}, Figure{.from = from, .key = key}).first->second;
        figure.downloads += static_cast<std::uint64_t>(count);
        figure.provisional = figure.provisional || (!whole && provisional.contains(day));
      }
      if (whole && !provisional.empty()) mark_provisional(session, query, dimension, provisional, figures);
      const bool by_place_or_agent = query.by && *query.by < Dimension::show;
      if (!by_place_or_agent && query.granularity != Granularity::hour) add_listeners(session, query, figures);
      std::vector<Figure> all;
      all.reserve(figures.size());
      for (auto& [key, figure] : figures) {
        const auto day = query.granularity == Granularity::hour ? Time{std::chrono::floor<std::chrono::days>(figure.from)} : figure.from;
        if (const auto version = rules.find(day); version != rules.end()) figure.rules = version->second;
        all.push_back(std::move(figure));
      }
      std::ranges::sort(all, [](const Figure& one, const Figure& other) {
        return std::tie(one.from, other.downloads, one.key) < std::tie(other.from, one.downloads, other.key);
      });
      return all;
    });
  }

  Result<std::vector<std::vector<std::uint64_t>>> hours(const std::vector<EpisodeHours>& stretches) override {
    return database_.read_now([&](db::Session& session) -> Result<std::vector<std::vector<std::uint64_t>>> {
      std::vector<std::vector<std::uint64_t>> all;
      for (const auto& stretch : stretches) {
        auto& counts = all.emplace_back(static_cast<std::size_t>(std::max<Duration>(stretch.to - stretch.from, 0h) / 1h));
        const Query query{.show_id = {},
                          .episode = stretch.episode,
                          .from = std::chrono::floor<std::chrono::days>(stretch.from),
                          .to = std::chrono::ceil<std::chrono::days>(stretch.to)};
        for (const auto& [day, name, count] : queries::sums(session, query, Dimension::hour)) {
          const auto hour = Time{day} + std::chrono::hours{std::stoi(name)};
          if (hour >= stretch.from && hour < stretch.to)
            counts[static_cast<std::size_t>((hour - stretch.from) / 1h)] += static_cast<std::uint64_t>(count);
        }
      }
      return all;
    });
  }

  Result<std::map<std::string, ads::Delivered>> delivered(Time since) override {
    return database_.read_now(
        [&](db::Session& session) -> Result<std::map<std::string, ads::Delivered>> { return queries::delivered(session, since); });
  }

  Result<ads::OrderReport> report(const std::string& order) override {
    return database_.read_now([&](db::Session& session) -> Result<ads::OrderReport> {
      ads::OrderReport report{.by_day = queries::delivered_by_day(session, order)};
      for (const auto& [day, count] : report.by_day) report.delivered += count;
      Hashes hashes;
      for (const auto& day : queries::ad_listeners(session, order)) {
        report.downloads += day.downloads;
        std::ranges::copy(unpacked(day.hashes), std::back_inserter(hashes));
      }
      sort_distinct(hashes);
      report.listeners = static_cast<std::int64_t>(hashes.size());
      if (report.by_day.empty()) return report;
      const auto last = report.by_day.rbegin()->first;
      for (const auto& state : queries::days(session, report.by_day.begin()->first, last + std::chrono::days{1})) {
        if (!state.final && (!report.provisional_from || state.day < *report.provisional_from)) report.provisional_from = state.day;
      }
      return report;
    });
  }

  Result<std::optional<AudioFacts>> facts(const Digest& media) override {
    return database_.read_now([&](db::Session& session) -> Result<std::optional<AudioFacts>> { return queries::facts(session, media); });
  }

  Result<> keep_facts(const std::map<Digest, AudioFacts>& facts) override {
    if (facts.empty()) return {};
    return database_.write_now([&](db::Session& session) -> Result<> {
      for (const auto& [media, fact] : facts) queries::insert_facts(session, media, fact);
      return {};
    });
  }

  Result<> keep_lists(const std::string& digest, const AgentTexts& texts) override {
    const json::object object{{"bots", texts.bots},         {"apps", texts.apps},       {"libraries", texts.libraries},
                              {"browsers", texts.browsers}, {"devices", texts.devices}, {"referrers", texts.referrers}};
    return database_.write_now([&](db::Session& session) -> Result<> {
      queries::insert_lists(session, digest, json_text(object));
      return {};
    });
  }

  Result<std::optional<AgentTexts>> lists(const std::string& digest) override {
    const auto text =
        database_.read_now([&](db::Session& session) -> Result<std::optional<std::string>> { return queries::lists(session, digest); });
    if (!text) return std::unexpected(text.error());
    if (!*text) return std::optional<AgentTexts>{};
    json::error_code wrong;
    const auto value = json::parse(**text, wrong);
    if (wrong || !value.is_object()) return fail(ErrorKind::corrupt, "The stored lists of agents can't be read.");
    const auto list = [&](const char* name) {
      const auto* found = value.as_object().if_contains(name);
      return found && found->is_string() ? std::string(found->as_string()) : std::string{};
    };
    return AgentTexts{list("bots"), list("apps"), list("libraries"), list("browsers"), list("devices"), list("referrers")};
  }

 private:
  /// Of sums over the whole period, those with a provisional day. Few days are, so only those are read.
  static void mark_provisional(db::Session& session, Query query, Dimension dimension, const std::set<std::chrono::sys_days>& provisional,
                               std::map<std::pair<Time, std::string>, Figure>& figures) {
    const auto start = start_of(query, query.from);
    query.from = *provisional.begin();
    query.to = *provisional.rbegin() + std::chrono::days{1};
    for (const auto& [day, name, count] : queries::sums(session, query, dimension)) {
      if (!provisional.contains(day)) continue;
      if (const auto found = figures.find({start, query.by ? name : std::string{}}); found != figures.end())
        found->second.provisional = true;
    }
  }
  static void add_listeners(db::Session& session, const Query& query, std::map<std::pair<Time, std::string>, Figure>& figures) {
    // The listeners of one day are counted already, unless several shows can have the same ones.
    const bool counted = query.granularity == Granularity::day && (query.by || queries::subjects(query) == 1);
    std::map<std::pair<Time, std::string>, Hashes> several;
    for (const auto& [day, key, count, hashes] : queries::listeners(session, query, !counted)) {
      const std::pair place{start_of(query, day), key};
      if (!counted) {
        std::ranges::copy(unpacked(hashes), std::back_inserter(several[place]));
      } else if (const auto found = figures.find(place); found != figures.end()) {
        found->second.listeners = static_cast<std::uint64_t>(count);
      }
    }
    for (auto& [place, hashes] : several) {
      sort_distinct(hashes);
      if (const auto found = figures.find(place); found != figures.end()) found->second.listeners = hashes.size();
    }
  }

  db::Database& database_;
};

}  // namespace

std::string_view name_of(Dimension dimension) noexcept {
  switch (dimension) {
    case Dimension::hour:
      return "hour";
    case Dimension::app:
      return "app";
    case Dimension::device:
      return "device";
    case Dimension::country:
      return "country";
    case Dimension::region:
      return "region";
    case Dimension::total:
      return "total";
    case Dimension::reached:
      return "reached";
    case Dimension::show:
      return "show";
    case Dimension::episode:
      return "episode";
  }
  return "";
}

std::optional<Dimension> dimension_from(std::string_view name) noexcept {
  static constexpr std::array kNamed{Dimension::hour,   Dimension::app,  Dimension::device, Dimension::country,
                                     Dimension::region, Dimension::show, Dimension::episode};
  const auto found = std::ranges::find(kNamed, name, [](Dimension dimension) { return name_of(dimension); });
  return found == kNamed.end() ? std::nullopt : std::optional{*found};
}

std::optional<Granularity> granularity_from(std::string_view name) noexcept {
  if (name == "hour") return Granularity::hour;
  if (name == "day") return Granularity::day;
  if (name == "month") return Granularity::month;
  if (name == "period") return Granularity::period;
  return {};
}

std::span<const db::Migration> rollups_schema() noexcept {
  static constexpr std::array kMigrations{db::Migration{1, "counted days", kRollupsSchema},
                                          db::Migration{2, "sums of shows", kShowRollupsSchema},
                                          db::Migration{3, "delivered advertisements", kAdDeliveriesSchema}};
  return kMigrations;
}

std::unique_ptr<Warehouse> sql_warehouse(db::Database& database) { return std::make_unique<SqlWarehouse>(database); }

}  // namespace carillon::stats
