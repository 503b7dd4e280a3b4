// See warehouse_queries.hpp.

#include "stats/rollups/warehouse_queries.hpp"

#include <fmt/format.h>
#include <soci/soci.h>

#include <charconv>

namespace carillon::stats::queries {
namespace {

using soci::into;
using soci::use;

long long number_of(std::chrono::sys_days day) { return day.time_since_epoch().count(); }
std::chrono::sys_days day_of(long long number) { return std::chrono::sys_days{std::chrono::days{number}}; }

std::string text_of(const VerdictCounts& verdicts) {
  std::string text;
  for (const auto count : verdicts) text += (text.empty() ? "" : " ") + std::to_string(count);
  return text;
}

VerdictCounts verdicts_from(std::string_view text) {
  VerdictCounts verdicts{};
  const char* at = text.data();
  const char* const end = at + text.size();
  for (auto& count : verdicts) {
    at = std::from_chars(at, end, count).ptr;
    if (at != end) ++at;
  }
  return verdicts;
}

/// The IDs of the shows, or of the episode, that a query is about.
std::vector<std::string> subjects_of(const Query& query) {
  if (!query.episode.empty()) return {query.episode};
  return query.show_id.empty() ? query.shows : std::vector{query.show_id};
}

}  // namespace

void remove_day(db::Session& session, std::chrono::sys_days day) {
  const auto number = number_of(day);
  session << "DELETE FROM downloads WHERE day = :day", use(number);
  session << "DELETE FROM show_downloads WHERE day = :day", use(number);
  session << "DELETE FROM listeners WHERE day = :day", use(number);
  session << "DELETE FROM ad_hours WHERE day = :day", use(number);
  session << "DELETE FROM ad_deliveries WHERE day = :day", use(number);
  session << "DELETE FROM ad_listeners WHERE day = :day", use(number);
  session << "DELETE FROM counted_days WHERE day = :day", use(number);
}

void insert_day(db::Session& session, const DayState& state) {
  const auto day = number_of(state.day);
  const int final = state.final ? 1 : 0;
  const long long counted = to_microseconds(state.counted);
  const auto verdicts = text_of(state.verdicts);
  session << "INSERT INTO counted_days (day, final, rules, counted, verdicts, lists, digest) VALUES (:day, :final, :rules, :counted, "
             ":verdicts, :lists, :digest)",
      use(day), use(final), use(state.rules), use(counted), use(verdicts), use(state.lists), use(state.digest);
}

void insert_downloads(db::Session& session, std::chrono::sys_days day, const std::vector<Row>& rows) {
  const auto number = number_of(day);
  std::string episode, show_id, name;
  int dimension = 0;
  long long count = 0;
  soci::statement statement = (session.prepare << "INSERT INTO downloads (episode, dimension, day, name, show_id, count) VALUES (:episode, "
                                                  ":dimension, :day, :name, :show_id, :count)",
                               use(episode), use(dimension), use(number), use(name), use(show_id), use(count));
  for (const auto& row : rows) {
    episode = row.episode;
    dimension = static_cast<int>(row.dimension);
    name = row.name;
    show_id = row.show_id;
    count = row.count;
    statement.execute(true);
  }
}

void insert_show_downloads(db::Session& session, std::chrono::sys_days day, const std::vector<ShowRow>& rows) {
  const auto number = number_of(day);
  std::string show_id, name;
  int dimension = 0;
  long long count = 0;
  soci::statement statement = (session.prepare << "INSERT INTO show_downloads (show_id, dimension, day, name, count) VALUES (:show_id, "
                                                  ":dimension, :day, :name, :count)",
                               use(show_id), use(dimension), use(number), use(name), use(count));
  for (const auto& row : rows) {
    show_id = row.show_id;
    dimension = static_cast<int>(row.dimension);
    name = row.name;
    count = row.count;
    statement.execute(true);
  }
}

void insert_listeners(db::Session& session, std::chrono::sys_days day, const std::vector<ListenersRow>& rows) {
  const auto number = number_of(day);
  std::string show_id, episode, hashes;
  long long count = 0;
  soci::statement statement =
      (session.prepare << "INSERT INTO listeners (show_id, episode, day, count, hashes) VALUES (:show_id, :episode, :day, :count, :hashes)",
       use(show_id), use(episode), use(number), use(count), use(hashes));
  for (const auto& row : rows) {
    show_id = row.show_id;
    episode = row.episode;
    count = row.count;
    hashes = row.hashes;
    statement.execute(true);
  }
}

void insert_ads(db::Session& session, std::chrono::sys_days day, const std::vector<AdHourRow>& hours, const std::vector<AdRow>& rows,
                const std::vector<AdListenersRow>& listeners) {
  const auto number = number_of(day);
  for (const auto& row : hours) {
    const long long count = row.count;
    session << "INSERT INTO ad_hours (order_id, day, hour, count) VALUES (:id, :day, :hour, :count)", use(row.order), use(number),
        use(row.hour), use(count);
  }
  for (const auto& row : rows) {
    const long long count = row.count;
    session << "INSERT INTO ad_deliveries (order_id, day, show_id, episode, country, position, creative, count) VALUES (:id, :day, :show, "
               ":episode, :country, :position, :creative, :count)",
        use(row.order), use(number), use(row.show_id), use(row.episode), use(row.country), use(row.position), use(row.creative), use(count);
  }
  for (const auto& row : listeners) {
    const long long downloads = row.downloads;
    session << "INSERT INTO ad_listeners (order_id, day, downloads, hashes) VALUES (:id, :day, :downloads, :hashes)", use(row.order),
        use(number), use(downloads), use(row.hashes);
  }
}

std::map<std::string, ads::Delivered> delivered(db::Session& session, Time since) {
  std::string order;
  long long day = 0, count = 0;
  int hour = 0;
  std::map<std::string, ads::Delivered> found;
  soci::statement totals{(session.prepare << "SELECT order_id, SUM(count) FROM ad_hours GROUP BY order_id", into(order), into(count))};
  totals.execute();
  while (totals.fetch()) found[order].total = count;
  const auto first = number_of(std::chrono::floor<std::chrono::days>(since));
  soci::statement hours{(session.prepare << "SELECT order_id, day, hour, count FROM ad_hours WHERE day >= :first", use(first), into(order),
                         into(day), into(hour), into(count))};
  hours.execute();
  while (hours.fetch()) {
    const auto at = Time{day_of(day)} + std::chrono::hours{hour};
    if (at >= since) found[order].by_hour[at] = count;
  }
  return found;
}

std::map<std::chrono::sys_days, std::int64_t> delivered_by_day(db::Session& session, const std::string& order) {
  long long day = 0, count = 0;
  soci::statement rows{
      (session.prepare << "SELECT day, SUM(count) FROM ad_hours WHERE order_id = :id GROUP BY day", use(order), into(day), into(count))};
  std::map<std::chrono::sys_days, std::int64_t> found;
  rows.execute();
  while (rows.fetch()) found[day_of(day)] = count;
  return found;
}

std::vector<AdDayListeners> ad_listeners(db::Session& session, const std::string& order) {
  long long day = 0, downloads = 0;
  std::string hashes;
  soci::statement rows{(session.prepare << "SELECT day, downloads, hashes FROM ad_listeners WHERE order_id = :id ORDER BY day", use(order),
                        into(day), into(downloads), into(hashes))};
  std::vector<AdDayListeners> found;
  rows.execute();
  while (rows.fetch()) found.push_back({day_of(day), downloads, hashes});
  return found;
}

std::vector<DayState> days(db::Session& session, std::chrono::sys_days from, std::chrono::sys_days to) {
  const auto first = number_of(from), last = number_of(to);
  long long day = 0, counted = 0;
  int final = 0, rules = 0;
  std::string verdicts, lists_digest, digest;
  soci::statement rows =
      (session.prepare << "SELECT day, final, rules, counted, verdicts, lists, digest FROM counted_days WHERE day >= "
                          ":first AND day < :last ORDER BY day",
       use(first), use(last), into(day), into(final), into(rules), into(counted), into(verdicts), into(lists_digest), into(digest));
  rows.execute();
  std::vector<DayState> all;
  while (rows.fetch())
    all.push_back({.day = day_of(day),
                   .final = final != 0,
                   .rules = rules,
                   .counted = from_microseconds(counted),
                   .verdicts = verdicts_from(verdicts),
                   .lists = lists_digest,
                   .digest = digest});
  return all;
}

std::optional<std::chrono::sys_days> first_day(db::Session& session) {
  long long day = 0;
  session << "SELECT day FROM counted_days ORDER BY day LIMIT 1", into(day);
  return session.got_data() ? std::optional{day_of(day)} : std::nullopt;
}

std::size_t subjects(const Query& query) { return query.show_id.empty() && query.episode.empty() ? query.shows.size() : 1; }

std::vector<Sum> sums(db::Session& session, const Query& query, Dimension dimension, Each each) {
  const auto first = number_of(query.from), last = number_of(query.to);
  const bool by_episode = dimension == Dimension::episode && query.episode.empty();
  const int wanted = static_cast<int>(dimension < Dimension::show ? dimension : Dimension::total);
  // The index of an episode's sums is of dimension 5 alone, which must be a constant for it to be used.
  const char* const table = by_episode              ? "downloads WHERE show_id = :subject AND dimension = 5 AND 5 = :dimension"
                            : query.episode.empty() ? "show_downloads WHERE show_id = :subject AND dimension = :dimension"
                                                    : "downloads WHERE episode = :subject AND dimension = :dimension";
  const char* const key = by_episode ? "episode" : "name";
  const auto sql = each == Each::day ? fmt::format("SELECT day, {}, count FROM {} AND day >= :first AND day < :last", key, table)
                                     : fmt::format(
                                           "SELECT MIN(day), {0}, CAST(SUM(count) AS BIGINT) FROM {1} AND day >= :first AND "
                                           "day < :last GROUP BY {0}",
                                           key, table);
  const bool named = dimension >= Dimension::show && !by_episode;
  std::vector<Sum> all;
  std::string subject, name;
  long long day = 0, count = 0;
  soci::statement rows = (session.prepare << sql, use(subject), use(wanted), use(first), use(last), into(day), into(name), into(count));
  for (const auto& one : subjects_of(query)) {
    subject = one;
    rows.execute();
    while (rows.fetch()) all.push_back({day_of(day), named ? subject : name, count});
  }
  return all;
}

std::vector<DayListeners> listeners(db::Session& session, const Query& query, bool with_hashes) {
  const auto first = number_of(query.from), last = number_of(query.to);
  const bool by_episode = query.by == Dimension::episode && query.episode.empty();
  std::vector<DayListeners> all;
  for (const auto& subject : subjects_of(query)) {
    long long day = 0, count = 0;
    std::string episode, hashes;
    soci::statement rows = (session.prepare << fmt::format(
                                "SELECT day, episode, count, {} FROM listeners WHERE {} AND day >= :first AND day < :last ORDER BY day",
                                with_hashes ? "hashes" : "''",
                                !query.episode.empty() ? "episode = :subject"
                                : by_episode           ? "show_id = :subject AND episode > ''"
                                                       : "show_id = :subject AND episode = ''"),
                            use(subject), use(first), use(last), into(day), into(episode), into(count), into(hashes));
    rows.execute();
    while (rows.fetch()) {
      const auto& key = by_episode ? episode : query.by ? subject : std::string{};
      all.push_back({day_of(day), key, count, hashes});
    }
  }
  return all;
}

std::optional<AudioFacts> facts(db::Session& session, const Digest& media) {
  const auto hex = media.hex();
  long long header = 0;
  int bitrate = 0;
  session << "SELECT header, bitrate FROM audio_facts WHERE media = :media", use(hex), into(header), into(bitrate);
  if (!session.got_data()) return {};
  return AudioFacts{ByteCount{static_cast<std::uint64_t>(header)}, bitrate == 0 ? std::optional<int>{} : bitrate};
}

void insert_facts(db::Session& session, const Digest& media, const AudioFacts& facts) {
  const auto hex = media.hex();
  const auto header = static_cast<long long>(facts.header.value);
  const int bitrate = facts.bitrate.value_or(0);
  session << "INSERT INTO audio_facts (media, header, bitrate) VALUES (:media, :header, :bitrate) ON CONFLICT (media) DO NOTHING", use(hex),
      use(header), use(bitrate);
}

void insert_lists(db::Session& session, const std::string& digest, const std::string& texts) {
  session << "INSERT INTO agent_lists (digest, texts) VALUES (:digest, :texts) ON CONFLICT (digest) DO NOTHING", use(digest), use(texts);
}

std::optional<std::string> lists(db::Session& session, const std::string& digest) {
  std::string texts;
  session << "SELECT texts FROM agent_lists WHERE digest = :digest", use(digest), into(texts);
  return session.got_data() ? std::optional{texts} : std::nullopt;
}

void remove_unused_lists(db::Session& session, const std::string& but) {
  session << "DELETE FROM agent_lists WHERE digest <> :but AND digest NOT IN (SELECT lists FROM counted_days)", use(but);
}

}  // namespace carillon::stats::queries
