// See cue_points.hpp.

#include "podcast/model/cue_points.hpp"

#include "base/spoken_time.hpp"
#include "podcast/model/checks.hpp"
#include "podcast/model/json_fields.hpp"
#include "podcast/model/metadata.hpp"

#include <boost/json/array.hpp>

#include <algorithm>
#include <array>

namespace carillon::podcast {
namespace json = boost::json;
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kField = "cue_points";
constexpr std::chrono::seconds kRounding{1};
constexpr std::chrono::seconds kLeastContent{1};
constexpr std::array<std::pair<CueKind, std::string_view>, 4> kKinds{
    {{CueKind::preroll, "preroll"}, {CueKind::midroll, "midroll"}, {CueKind::postroll, "postroll"}, {CueKind::remove, "remove"}}};

CuePoint read(JsonFields& fields) {
  CuePoint point{.at = fields.needed_seconds("at_seconds")};
  const auto kind = cue_kind_from(fields.needed_text("kind", kLongestName));
  if (!kind && !fields.wrong()) fields.complain("kind", "“preroll”, “midroll”, “postroll” or “remove”");
  point.kind = kind.value_or(CueKind::midroll);
  const bool removes = point.kind == CueKind::remove;
  point.until = fields.seconds("until_seconds");
  point.slots = removes ? 0 : 1;
  if (fields.member("slots") != nullptr) {
    const int slots = fields.positive_number("slots");
    if (!removes) point.slots = slots;
    if (removes && !fields.wrong()) fields.complain("slots", "left out: nothing goes where something is removed");
  }
  if (!fields.wrong() && point.slots > kMaxSlots) fields.complain("slots", "a number from 1 to " + std::to_string(kMaxSlots));
  if (!fields.wrong() && removes && (!point.until || *point.until <= point.at))
    fields.complain("until_seconds", "the time at which the removed part ends, after “at_seconds”");
  if (!fields.wrong() && !removes && point.until) fields.complain("until_seconds", "left out: only “remove” has an end");
  fields.nothing_else();
  return point;
}

std::string where(const CuePoint& point) { return length_text(point.at); }

}  // namespace

std::string_view name_of(CueKind kind) noexcept {
  return std::ranges::find(kKinds, kind, &std::pair<CueKind, std::string_view>::first)->second;
}

std::optional<CueKind> cue_kind_from(std::string_view name) noexcept {
  const auto found = std::ranges::find(kKinds, name, &std::pair<CueKind, std::string_view>::second);
  return found == kKinds.end() ? std::nullopt : std::optional{found->first};
}

json::array document_of(const std::vector<CuePoint>& points) {
  json::array document;
  for (const auto& point : points) {
    const auto seconds = [](milliseconds time) { return std::chrono::duration<double>(time).count(); };
    json::object entry{{"at_seconds", seconds(point.at)}, {"kind", name_of(point.kind)}};
    if (point.kind != CueKind::remove) entry["slots"] = point.slots;
    if (point.until) entry["until_seconds"] = seconds(*point.until);
    document.push_back(std::move(entry));
  }
  return document;
}

Result<std::vector<CuePoint>> cue_points_from(const json::value& document) {
  auto points = entries_of<CuePoint>(document, std::string(kField), kMaxCuePoints, read);
  if (!points) return points;
  std::ranges::sort(*points, {}, [](const CuePoint& point) { return std::pair{point.at, point.kind}; });
  const CuePoint* removed = nullptr;
  const CuePoint* before = nullptr;
  for (const auto& point : *points) {
    if (removed && point.at < *removed->until)
      return wrong(kField, "The cue point at " + where(point) + " is in the part that is removed from " + where(*removed) + " to " +
                               length_text(*removed->until) + ".");
    if (before && before->at == point.at && before->kind == point.kind)
      return wrong(kField, "There are two cue points of the kind “" + std::string(name_of(point.kind)) + "” at " + where(point) +
                               "; use one with more slots.");
    if (point.kind == CueKind::remove) removed = &point;
    before = &point;
  }
  return points;
}

Result<> fit_into(std::chrono::microseconds duration, std::vector<CuePoint>& points) {
  const auto end = std::chrono::floor<milliseconds>(duration);
  std::chrono::microseconds left = duration;
  for (auto& point : points) {
    const auto last = point.until.value_or(point.at);
    if (last > end && last <= end + kRounding && point.kind != CueKind::midroll && point.kind != CueKind::preroll) {
      point.at = std::min(point.at, end);
      if (point.until) point.until = end;
    } else if (last > end) {
      return wrong(kField, "The cue point at " + where(point) + " ends after the recording, which is " + length_text(end) + " long.");
    }
    if (point.until) left -= *point.until - point.at;
  }
  if (left < kLeastContent) return wrong(kField, "Almost nothing of the recording would be left.");
  return {};
}

}  // namespace carillon::podcast
