// See serving_queries.hpp.

#include "ads/serving/serving_queries.hpp"

#include "base/encoding.hpp"
#include "base/json.hpp"
#include "base/text.hpp"

#include <soci/soci.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>

namespace carillon::ads::queries {
namespace json = boost::json;
namespace {

using soci::into;
using soci::use;

std::string ads_text(const std::vector<AdPlace>& ads) {
  json::array all;
  for (const auto& ad : ads)
    all.push_back({{"order", ad.order}, {"creative", ad.creative}, {"position", ad.position}, {"first", ad.first}, {"length", ad.length}});
  return json_text(all);
}

Result<std::vector<AdPlace>> ads_from(const std::string& text) {
  const auto wrong = [] { return fail(ErrorKind::corrupt, "the stored advertisements of an arrangement can't be read"); };
  json::error_code error;
  const auto value = json::parse(text, error);
  if (error || !value.is_array()) return wrong();
  std::vector<AdPlace> ads;
  for (const auto& each : value.get_array()) {
    if (!each.is_object()) return wrong();
    const auto& object = each.get_object();
    const auto text_of = [&](const char* name) {
      const auto* found = object.if_contains(name);
      return found && found->is_string() ? std::string(found->get_string()) : std::string{};
    };
    const auto number_of = [&](const char* name) {
      const auto* found = object.if_contains(name);
      return found && found->is_int64() ? found->get_int64() : -1;
    };
    ads.push_back({.order = text_of("order"),
                   .creative = text_of("creative"),
                   .position = text_of("position"),
                   .first = number_of("first"),
                   .length = number_of("length")});
    if (ads.back().order.empty() || ads.back().first < 0 || ads.back().length <= 0) return wrong();
  }
  return ads;
}

std::string listener_text(const ListenerKey& listener) { return to_hex(listener); }

std::optional<ListenerKey> listener_from(const std::string& text) {
  const auto bytes = from_hex(text);
  ListenerKey listener{};
  if (!bytes || bytes->size() != listener.size()) return {};
  std::ranges::copy(*bytes, listener.begin());
  return listener;
}

constexpr const char* kPutArrangement =
    "INSERT INTO ad_arrangements (digest, name, episode, length, bitrate, ads, files, used) VALUES (:digest, :name, :episode, :length, "
    ":bitrate, :ads, :files, :used) ON CONFLICT (digest) DO UPDATE SET files = excluded.files, used = CASE WHEN excluded.used > "
    "ad_arrangements.used THEN "
    "excluded.used ELSE ad_arrangements.used END";
constexpr const char* kDecisions =
    "SELECT ad_decisions.listener, ad_decisions.decided, ad_decisions.arrangement, ad_arrangements.name FROM ad_decisions LEFT JOIN "
    "ad_arrangements ON ad_arrangements.digest = ad_decisions.arrangement WHERE ";

std::vector<NamedDecision> decisions(db::Session& session, const std::string& where, long long one, long long other) {
  std::string listener, digest, name;
  long long decided = 0;
  soci::indicator known = soci::i_null;
  soci::statement rows{
      (session.prepare << kDecisions + where, use(one), use(other), into(listener), into(decided), into(digest), into(name, known))};
  std::vector<NamedDecision> found;
  rows.execute();
  while (rows.fetch()) {
    const auto key = listener_from(listener);
    // Without its name it can't be given again.
    if (!key || (!digest.empty() && known != soci::i_ok)) continue;
    found.push_back({.listener = *key, .name = digest.empty() ? std::string{} : name, .decided = from_microseconds(decided)});
  }
  return found;
}

}  // namespace

std::optional<std::string> key(db::Session& session, const std::string& name) {
  std::string secret;
  session << "SELECT secret FROM ad_keys WHERE name = :name", use(name), into(secret);
  return session.got_data() ? std::optional{secret} : std::nullopt;
}

void insert_key(db::Session& session, const std::string& name, const std::string& secret, Time now) {
  const auto made = to_microseconds(now);
  session << "INSERT INTO ad_keys (name, secret, made) VALUES (:name, :secret, :made) ON CONFLICT (name) DO NOTHING", use(name),
      use(secret), use(made);
}

std::vector<std::string> keys_named(db::Session& session, const std::string& prefix) {
  std::string name;
  soci::statement rows{(session.prepare << "SELECT name FROM ad_keys ORDER BY name", into(name))};
  std::vector<std::string> names;
  rows.execute();
  while (rows.fetch()) {
    if (name.starts_with(prefix)) names.push_back(name);
  }
  return names;
}

void remove_key(db::Session& session, const std::string& name) { session << "DELETE FROM ad_keys WHERE name = :name", use(name); }

void put(db::Session& session, const ArrangementRow& row, Time used) {
  const auto digest = row.digest.hex(), ads = ads_text(row.ads.ads);
  std::string files;
  for (const auto& file : row.files) files += (files.empty() ? "" : " ") + file.hex();
  const auto length = static_cast<long long>(row.ads.length), time = static_cast<long long>(to_microseconds(used));
  session << kPutArrangement, use(digest), use(row.name), use(row.ads.episode), use(length), use(row.ads.bitrate), use(ads), use(files),
      use(time);
}

Result<std::optional<ArrangedAds>> arrangement(db::Session& session, const Digest& digest) {
  const auto hex = digest.hex();
  ArrangedAds found;
  long long length = 0;
  std::string ads;
  session << "SELECT episode, length, bitrate, ads FROM ad_arrangements WHERE digest = :digest", use(hex), into(found.episode),
      into(length), into(found.bitrate), into(ads);
  if (!session.got_data()) return std::optional<ArrangedAds>{};
  auto read = ads_from(ads);
  if (!read) return std::unexpected(read.error());
  found.ads = std::move(*read);
  found.length = length;
  return found;
}

Result<std::vector<Digest>> files(db::Session& session) {
  std::string list;
  soci::statement rows{(session.prepare << "SELECT DISTINCT files FROM ad_arrangements WHERE files <> ''", into(list))};
  std::vector<Digest> digests;
  rows.execute();
  while (rows.fetch()) {
    for (const auto hex : split(list, ' ')) {
      const auto digest = Digest::from_hex(hex);
      if (!digest) return fail(ErrorKind::corrupt, "the database contains “" + std::string(hex) + "”, which isn't a media digest");
      digests.push_back(*digest);
    }
  }
  return digests;
}

void forget_files(db::Session& session, Time time) {
  const auto before = static_cast<long long>(to_microseconds(time));
  session << "UPDATE ad_arrangements SET files = '' WHERE files <> '' AND used < :before", use(before);
}

std::pair<std::int64_t, std::int64_t> insert(db::Session& session, const std::vector<DecisionRow>& rows) {
  long long number = 0;
  session << "SELECT COALESCE(MAX(number), 0) FROM ad_decisions", into(number);
  const auto first = number + 1;
  std::string listener, arrangement;
  long long decided = 0;
  soci::statement statement{
      (session.prepare << "INSERT INTO ad_decisions (number, listener, arrangement, decided) VALUES (:number, :listener, :arrangement, "
                          ":decided)",
       use(number), use(listener), use(arrangement), use(decided))};
  for (const auto& row : rows) {
    ++number;
    listener = listener_text(row.listener);
    arrangement = row.arrangement ? row.arrangement->hex() : std::string{};
    decided = to_microseconds(row.decided);
    statement.execute(true);
  }
  return {first, number};
}

std::vector<NamedDecision> decisions_after(db::Session& session, Time time, std::size_t most) {
  // The newest ones, the oldest of them first.
  long long last = 0;
  session << "SELECT COALESCE(MAX(number), 0) FROM ad_decisions", into(last);
  return decisions(session, "ad_decisions.number > :first AND ad_decisions.decided > :after ORDER BY ad_decisions.number",
                   last - static_cast<long long>(most), to_microseconds(time));
}

std::vector<NamedDecision> decisions_numbered(db::Session& session, std::int64_t first, std::int64_t last) {
  return decisions(session, "ad_decisions.number >= :first AND ad_decisions.number <= :last ORDER BY ad_decisions.number", first, last);
}

void add_decided(db::Session& session, const std::string& order, Time hour, std::int64_t count) {
  const auto time = static_cast<long long>(to_microseconds(hour)), added = static_cast<long long>(count);
  session
      << "INSERT INTO ad_decided (order_id, hour, count) VALUES (:id, :hour, :count) ON CONFLICT (order_id, hour) DO UPDATE SET count = "
         "ad_decided.count + excluded.count",
      use(order), use(time), use(added);
}

std::map<std::string, HourCounts> decided(db::Session& session, Time since) {
  const auto from = static_cast<long long>(to_microseconds(since));
  std::string order;
  long long hour = 0, count = 0;
  soci::statement rows{(session.prepare << "SELECT order_id, hour, count FROM ad_decided WHERE hour >= :from", use(from), into(order),
                        into(hour), into(count))};
  std::map<std::string, HourCounts> found;
  rows.execute();
  while (rows.fetch()) found[order][from_microseconds(hour)] = count;
  return found;
}

void add_supply(db::Session& session, Time hour, std::int64_t visits) {
  const auto time = static_cast<long long>(to_microseconds(hour)), added = static_cast<long long>(visits);
  session << "INSERT INTO ad_supply (hour, visits) VALUES (:hour, :visits) ON CONFLICT (hour) DO UPDATE SET visits = ad_supply.visits + "
             "excluded.visits",
      use(time), use(added);
}

HourCounts supply(db::Session& session, Time since) {
  const auto from = static_cast<long long>(to_microseconds(since));
  long long hour = 0, visits = 0;
  soci::statement rows{(session.prepare << "SELECT hour, visits FROM ad_supply WHERE hour >= :from", use(from), into(hour), into(visits))};
  HourCounts found;
  rows.execute();
  while (rows.fetch()) found[from_microseconds(hour)] = visits;
  return found;
}

void drop_decisions(db::Session& session, Time before, std::size_t most) {
  const auto time = static_cast<long long>(to_microseconds(before)), limit = static_cast<long long>(most);
  session << "DELETE FROM ad_decisions WHERE number <= (SELECT MAX(number) FROM ad_decisions) - :most", use(limit);
  session << "DELETE FROM ad_decisions WHERE decided < :before", use(time);
}

void drop_counts(db::Session& session, Time before) {
  const auto time = static_cast<long long>(to_microseconds(before));
  session << "DELETE FROM ad_decided WHERE hour < :before", use(time);
  session << "DELETE FROM ad_supply WHERE hour < :before", use(time);
}

void drop_arrangements(db::Session& session, Time before) {
  const auto time = static_cast<long long>(to_microseconds(before));
  session << "DELETE FROM ad_arrangements WHERE used < :before", use(time);
}

void put(db::Session& session, const FilterRow& row) {
  const auto bucket = static_cast<long long>(to_microseconds(row.bucket));
  session << "INSERT INTO ad_frequency (order_id, hours, bucket, level, part, bits) VALUES (:id, :hours, :bucket, :level, :part, :bits) ON "
             "CONFLICT (order_id, hours, bucket, level, part) DO UPDATE SET bits = excluded.bits",
      use(row.order), use(row.hours), use(bucket), use(row.level), use(row.part), use(row.bits);
}

std::string bits_of(db::Session& session, const FilterRow& row) {
  const auto bucket = static_cast<long long>(to_microseconds(row.bucket));
  std::string bits;
  session
      << "SELECT bits FROM ad_frequency WHERE order_id = :id AND hours = :hours AND bucket = :bucket AND level = :level AND part = :part",
      use(row.order), use(row.hours), use(bucket), use(row.level), use(row.part), into(bits);
  return session.got_data() ? bits : std::string{};
}

std::vector<FilterRow> filters(db::Session& session) {
  FilterRow row;
  long long bucket = 0;
  soci::statement rows{(session.prepare << "SELECT order_id, hours, bucket, level, part, bits FROM ad_frequency ORDER BY order_id, hours, "
                                           "bucket, level, part",
                        into(row.order), into(row.hours), into(bucket), into(row.level), into(row.part), into(row.bits))};
  std::vector<FilterRow> found;
  rows.execute();
  while (rows.fetch()) {
    row.bucket = from_microseconds(bucket);
    found.push_back(row);
  }
  return found;
}

void drop_filters(db::Session& session, const std::string& order, int hours, Time before) {
  const auto time = static_cast<long long>(to_microseconds(before));
  session << "DELETE FROM ad_frequency WHERE order_id = :id AND hours = :hours AND bucket < :before", use(order), use(hours), use(time);
}

void drop_filters(db::Session& session, const std::string& order) {
  session << "DELETE FROM ad_frequency WHERE order_id = :id", use(order);
}

std::vector<FilterUse> filter_uses(db::Session& session) {
  FilterUse use;
  long long last = 0;
  soci::statement rows{(session.prepare << "SELECT order_id, MAX(bucket), MAX(hours) FROM ad_frequency GROUP BY order_id", into(use.order),
                        into(last), into(use.hours))};
  std::vector<FilterUse> found;
  rows.execute();
  while (rows.fetch()) {
    use.last = from_microseconds(last);
    found.push_back(use);
  }
  return found;
}

}  // namespace carillon::ads::queries
