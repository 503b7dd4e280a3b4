// See creative_rows.hpp.

#include "ads/store/creative_rows.hpp"

#include "ads/model/order_fields.hpp"
#include "base/json.hpp"
#include "podcast/model/audio_settings.hpp"

#include <soci/soci.h>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>

#include <algorithm>
#include <cmath>

namespace carillon::ads {
namespace {

constexpr std::array<std::pair<CreativeState, std::string_view>, 3> kStates{
    {{CreativeState::processing, "processing"}, {CreativeState::ready, "ready"}, {CreativeState::failed, "failed"}}};

constexpr double kTenths = 10;
int tenths_of(double loudness) noexcept { return static_cast<int>(std::lround(loudness * kTenths)); }

}  // namespace

std::string_view name_of(CreativeState state) noexcept {
  return std::ranges::find(kStates, state, &std::pair<CreativeState, std::string_view>::first)->second;
}

bool FileTarget::operator==(const FileTarget& other) const noexcept {
  return format.bitrate == other.format.bitrate && format.channels == other.format.channels &&
         format.sample_rate == other.format.sample_rate && tenths_of(loudness) == tenths_of(other.loudness);
}

FileTarget target_of(const CreativeFile& file) noexcept { return {.format = file.format, .loudness = file.loudness}; }

namespace queries {
namespace {

constexpr const char* kSelect =
    "SELECT creatives.id, creatives.order_id, creatives.network, creatives.name, creatives.kind, creatives.categories, creatives.expires, "
    "creatives.state, creatives.error, creatives.original, creatives.original_length, creatives.approved, creatives.tried, "
    "creatives.created, creatives.changed, creatives.revision FROM creatives ";
constexpr const char* kSelectFiles =
    "SELECT creative_files.creative_id, bitrate, channels, sample_rate, loudness, frames, length, duration FROM creative_files JOIN "
    "creatives ON creatives.id = creative_files.creative_id ";
/// Those that live orders play. Expects `:network` and `:now` twice.
constexpr const char* kWhereLive =
    "JOIN ad_orders ON ad_orders.id = creatives.order_id WHERE ad_orders.network = :network AND ad_orders.ends > :now AND ad_orders.state "
    "= "
    "'approved' AND ad_orders.deleted = 0 AND creatives.deleted = 0 AND creatives.approved > 0 AND creatives.state = 'ready' AND "
    "(creatives.expires = 0 OR creatives.expires > :later) ";

long long value_of(const std::optional<Time>& time) { return time ? to_microseconds(*time) : 0; }
std::optional<Time> time_or_none(long long value) { return value == 0 ? std::nullopt : std::optional{from_microseconds(value)}; }
ByteCount bytes_of(long long count) { return ByteCount{static_cast<std::uint64_t>(count)}; }

std::vector<std::string> categories_from(const std::string& text) {
  boost::json::error_code bad;
  const auto document = boost::json::parse(text, bad);
  auto categories = texts_from(bad ? boost::json::value{} : document, "categories", kMaxCategories);
  return categories ? std::move(*categories) : std::vector<std::string>{};
}

std::string categories_text(const std::vector<std::string>& categories) {
  return json_text(boost::json::array(categories.begin(), categories.end()));
}

struct Row {
  BookedCreative booked;
  std::string kind, categories, state, original;
  long long expires = 0, original_length = 0, approved = 0, tried = 0, created = 0, changed = 0, revision = 0;

  Row() = default;
  explicit Row(const BookedCreative& from)
      : booked{from},
        kind{name_of(from.kind)},
        categories{categories_text(from.categories)},
        state{name_of(from.state)},
        original{from.original ? from.original->hex() : ""},
        expires{value_of(from.creative.expires)},
        original_length{static_cast<long long>(from.original_length.value)},
        approved{value_of(from.approved)},
        tried{value_of(from.tried)},
        created{to_microseconds(from.created)},
        changed{to_microseconds(from.changed)},
        revision{from.revision} {}

  template <class Statement>
  void bind_into(Statement& statement) {
    using soci::into;
    statement, into(booked.creative.id), into(booked.order), into(booked.network), into(booked.creative.name), into(kind), into(categories),
        into(expires), into(state), into(booked.error), into(original), into(original_length), into(approved), into(tried), into(created),
        into(changed), into(revision);
  }

  [[nodiscard]] BookedCreative value() const {
    BookedCreative result = booked;
    result.kind = creative_kind_from(kind).value_or(CreativeKind::produced);
    result.categories = categories_from(categories);
    const auto known = std::ranges::find(kStates, state, &std::pair<CreativeState, std::string_view>::second);
    result.state = known == kStates.end() ? CreativeState::failed : known->first;
    if (const auto digest = Digest::from_hex(original)) result.original = *digest;
    result.creative.expires = time_or_none(expires);
    result.original_length = bytes_of(original_length);
    result.approved = time_or_none(approved);
    result.tried = time_or_none(tried);
    result.created = from_microseconds(created);
    result.changed = from_microseconds(changed);
    result.revision = revision;
    return result;
  }
};

template <class Prepared>
std::vector<BookedCreative> creatives_in(Prepared prepared) {
  Row row;
  row.bind_into(prepared);
  soci::statement statement{prepared};
  std::vector<BookedCreative> found;
  statement.execute();
  while (statement.fetch()) found.push_back(row.value());
  return found;
}

using Files = std::map<std::string, std::vector<CreativeFile>>;

/// By creative.
template <class Prepared>
Files files_in(Prepared prepared) {
  using soci::into;
  std::string creative, frames;
  int bitrate = 0, channels = 0, sample_rate = 0, loudness = 0;
  long long length = 0, duration = 0;
  prepared, into(creative), into(bitrate), into(channels), into(sample_rate), into(loudness), into(frames), into(length), into(duration);
  soci::statement statement{prepared};
  Files files;
  statement.execute();
  while (statement.fetch()) {
    const auto digest = Digest::from_hex(frames);
    if (!digest) continue;
    files[creative].push_back({.format = {.bitrate = bitrate, .channels = channels, .sample_rate = sample_rate},
                               .frames = *digest,
                               .length = bytes_of(length),
                               .duration = std::chrono::microseconds{duration},
                               .loudness = loudness / kTenths});
  }
  return files;
}

void add_files(std::vector<BookedCreative>& creatives, Files files) {
  for (auto& each : creatives) {
    if (const auto own = files.find(each.creative.id); own != files.end()) each.creative.files = std::move(own->second);
  }
}

}  // namespace

void insert(db::Session& session, const BookedCreative& creative) {
  using soci::use;
  const Row row{creative};
  session << "INSERT INTO creatives (id, order_id, network, name, kind, categories, expires, state, error, original, original_length, "
             "approved, tried, created, changed, revision, deleted) VALUES (:id, :order, :network, :name, :kind, :categories, :expires, "
             ":state, :error, :original, :original_length, :approved, :tried, :created, :changed, :revision, 0)",
      use(creative.creative.id), use(creative.order), use(creative.network), use(creative.creative.name), use(row.kind),
      use(row.categories), use(row.expires), use(row.state), use(creative.error), use(row.original), use(row.original_length),
      use(row.approved), use(row.tried), use(row.created), use(row.changed), use(row.revision);
}

void update(db::Session& session, const BookedCreative& creative) {
  using soci::use;
  const Row row{creative};
  session << "UPDATE creatives SET name = :name, kind = :kind, categories = :categories, expires = :expires, state = :state, error = "
             ":error, approved = :approved, tried = :tried, changed = :changed, revision = :revision WHERE id = :id",
      use(creative.creative.name), use(row.kind), use(row.categories), use(row.expires), use(row.state), use(creative.error),
      use(row.approved), use(row.tried), use(row.changed), use(row.revision), use(creative.creative.id);
}

void mark_creative_deleted(db::Session& session, const std::string& id, Time now) {
  const auto moment = to_microseconds(now);
  session << "UPDATE creatives SET deleted = :now WHERE id = :id AND deleted = 0", soci::use(moment), soci::use(id);
}

std::optional<BookedCreative> creative(db::Session& session, const std::string& id) {
  auto found = creatives_in((session.prepare << kSelect << "WHERE creatives.id = :id AND creatives.deleted = 0", soci::use(id)));
  if (found.empty()) return {};
  add_files(found, files_in((session.prepare << kSelectFiles << "WHERE creatives.id = :id", soci::use(id))));
  return std::move(found.front());
}

std::vector<BookedCreative> creatives_of_order(db::Session& session, const std::string& order) {
  auto found = creatives_in(
      (session.prepare << kSelect << "WHERE creatives.order_id = :id AND creatives.deleted = 0 ORDER BY creatives.id", soci::use(order)));
  add_files(found,
            files_in((session.prepare << kSelectFiles << "WHERE creatives.order_id = :id AND creatives.deleted = 0", soci::use(order))));
  return found;
}

void put_file(db::Session& session, const std::string& creative, const CreativeFile& file, double measured, double true_peak) {
  using soci::use;
  const int loudness = tenths_of(file.loudness);
  const auto frames = file.frames.hex();
  const auto length = static_cast<long long>(file.length.value);
  const long long duration = file.duration.count();
  session << "INSERT INTO creative_files (creative_id, bitrate, channels, sample_rate, loudness, frames, length, duration, measured, "
             "true_peak) VALUES (:id, :bitrate, :channels, :rate, :loudness, :frames, :length, :duration, :measured, :peak) ON CONFLICT "
             "(creative_id, bitrate, channels, sample_rate, loudness) DO UPDATE SET frames = excluded.frames, length = excluded.length, "
             "duration = excluded.duration, measured = excluded.measured, true_peak = excluded.true_peak",
      use(creative), use(file.format.bitrate), use(file.format.channels), use(file.format.sample_rate), use(loudness), use(frames),
      use(length), use(duration), use(measured), use(true_peak);
}

std::map<std::string, std::vector<BookedCreative>> live_creatives(db::Session& session, const std::string& network, Time now) {
  const auto moment = to_microseconds(now);
  auto found = creatives_in(
      (session.prepare << kSelect << kWhereLive << "ORDER BY creatives.id", soci::use(network), soci::use(moment), soci::use(moment)));
  add_files(found, files_in((session.prepare << kSelectFiles << kWhereLive, soci::use(network), soci::use(moment), soci::use(moment))));
  std::map<std::string, std::vector<BookedCreative>> by_order;
  for (auto& each : found) by_order[each.order].push_back(std::move(each));
  return by_order;
}

std::vector<FileTarget> targets_of_shows(db::Session& session, const std::string& network) {
  using soci::into;
  int bitrate = 0, channels = 0, sample_rate = 0;
  std::string audio;
  soci::statement statement{(session.prepare << "SELECT DISTINCT bitrate, channels, sample_rate, audio FROM shows WHERE network = :network "
                                                "AND deleted = 0 ORDER BY bitrate, channels, sample_rate, audio",
                             soci::use(network), into(bitrate), into(channels), into(sample_rate), into(audio))};
  std::vector<FileTarget> targets;
  statement.execute();
  while (statement.fetch()) {
    podcast::AudioSettings settings;
    boost::json::error_code bad;
    const auto document = boost::json::parse(audio, bad);
    if (!bad && document.is_object()) {
      if (const auto edit = podcast::audio_settings_edit_from(document.as_object())) podcast::apply(*edit, settings);
    }
    const FileTarget target{.format = {.bitrate = bitrate, .channels = channels, .sample_rate = sample_rate},
                            .loudness = podcast::target_loudness(settings, channels).value_or(CreativeFile{}.loudness)};
    if (std::ranges::find(targets, target) == targets.end()) targets.push_back(target);
  }
  return targets;
}

std::vector<Digest> sample_masters(db::Session& session, const std::string& network, std::size_t most) {
  const auto limit = static_cast<long long>(most);
  std::string hex;
  soci::statement statement{
      (session.prepare << "SELECT MIN(frames) FROM episodes JOIN shows ON shows.id = episodes.show_id WHERE network = :network AND frames "
                          "<> '' AND duration > 0 AND episodes.details NOT LIKE '%\"as_uploaded\":true%' GROUP BY frames_length * 8000 / "
                          "duration ORDER BY COUNT(*) DESC LIMIT :most",
       soci::use(network), soci::use(limit), soci::into(hex))};
  std::vector<Digest> found;
  statement.execute();
  while (statement.fetch()) {
    if (const auto digest = Digest::from_hex(hex)) found.push_back(*digest);
  }
  return found;
}

std::vector<BookedCreative> ready_creatives(db::Session& session, Time now) {
  const auto moment = to_microseconds(now), tried_before = to_microseconds(now - kRetriedAfter);
  constexpr const char* kWhere =
      "JOIN ad_orders ON ad_orders.id = creatives.order_id WHERE ad_orders.ends > :now AND ad_orders.deleted = 0 AND creatives.deleted = 0 "
      "AND creatives.state = 'ready' AND creatives.tried < :before ";
  auto found = creatives_in((session.prepare << kSelect << kWhere << "ORDER BY creatives.id", soci::use(moment), soci::use(tried_before)));
  add_files(found, files_in((session.prepare << kSelectFiles << kWhere, soci::use(moment), soci::use(tried_before))));
  return found;
}

void drop_files_of_deleted(db::Session& session, Time now) {
  const auto before = to_microseconds(now - kDeletedCreativeKept);
  session << "DELETE FROM creative_files WHERE creative_id IN (SELECT id FROM creatives WHERE deleted > 0 AND deleted < :before)",
      soci::use(before);
  session << "UPDATE creatives SET original = '' WHERE original <> '' AND deleted > 0 AND deleted < :before", soci::use(before);
}

ByteCount stored_in(db::Session& session, const std::string& network) {
  long long files = 0, originals = 0;
  session << "SELECT COALESCE(SUM(creative_files.length), 0) FROM creative_files JOIN creatives ON creatives.id = "
             "creative_files.creative_id WHERE creatives.network = :network",
      soci::use(network), soci::into(files);
  session << "SELECT COALESCE(SUM(original_length), 0) FROM creatives WHERE network = :network AND original <> ''", soci::use(network),
      soci::into(originals);
  return bytes_of(files) + bytes_of(originals);
}

}  // namespace queries
}  // namespace carillon::ads
