// Transcripts as JSON: segments with their times, text and perhaps a speaker. The programs differ in names and in how they write times:
//   Podcasting 2.0   {"segments":[{"startTime":0.5,"endTime":0.75,"speaker":"Ada","body":"…"}]} ("JSON"; endTime is optional)
//   Podlove          [{"start":"00:00:05.340","start_ms":5340,"end":"00:00:06.160","end_ms":6160,"voice":"Ada","text":"…"}],
//                    also grouped: [{"speaker":"1","voice":"Ada","items":[{"start":…,"end":…,"text":"…"}]}]
//   Whisper          {"segments":[{"start":0.0,"end":2.5,"text":"…"}]}; whisper.cpp: {"transcription":[{"offsets":{"from":0,"to":2500},…}]}

#include "base/text.hpp"
#include "podcast/model/metadata.hpp"
#include "podcast/texts/lines.hpp"
#include "podcast/transcripts/cues.hpp"

#include <boost/json/parse.hpp>

#include <array>
#include <cmath>

namespace carillon::podcast::transcripts {
namespace json = boost::json;

namespace {

constexpr std::size_t kDeepest = 8;
constexpr auto kLists = std::to_array<const char*>({"segments", "transcription", "transcripts", "transcript", "items"});

using Time = std::optional<std::chrono::milliseconds>;

/// A number, of which `per_second` are a second, or a time as text.
Time time_in(const json::value* value, double per_second) {
  if (!value) return {};
  if (value->is_string()) return texts::time_from(std::string_view(value->as_string()));
  if (!value->is_number()) return {};
  const auto count = value->to_number<double>() / per_second;
  constexpr double kMax = std::chrono::duration<double>(kLongestEpisode).count();
  if (!(count >= 0 && count <= kMax)) return {};
  return std::chrono::milliseconds{std::llround(count * 1000)};
}

const json::value* member(const json::object& object, std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    if (const auto* value = object.if_contains(name); value && !value->is_null()) return value;
  }
  return nullptr;
}

struct Edge {
  std::initializer_list<const char*> names;  ///< seconds, or a time as text
  const char* milliseconds;
  const char* within;  ///< in "offsets" (milliseconds) and "timestamps" (text)
};

Time edge_of(const json::object& segment, const Edge& edge, bool& present) {
  constexpr double kMilliseconds = 1000;
  if (const auto* value = member(segment, {edge.milliseconds})) return present = true, time_in(value, kMilliseconds);
  if (const auto* value = member(segment, edge.names)) return present = true, time_in(value, 1);
  for (const auto& [name, per_second] : {std::pair{"offsets", kMilliseconds}, std::pair{"timestamps", 1.0}}) {
    const auto* range = segment.if_contains(name);
    const auto* object = range ? range->if_object() : nullptr;
    if (const auto* value = object ? object->if_contains(edge.within) : nullptr) return present = true, time_in(value, per_second);
  }
  return {};
}

std::string text_in(const json::object& segment, std::initializer_list<const char*> names) {
  const auto* value = member(segment, names);
  return value && value->is_string() ? std::string(value->as_string()) : std::string{};
}

class Segments {
 public:
  explicit Segments(Repairs& repairs) : cues_{repairs} {}

  Result<> add_all(const json::array& segments, const std::string& speaker) {
    for (const auto& element : segments) {
      const Place place{"segment", ++number_};
      const auto* segment = element.if_object();
      if (!segment) return fail(ErrorKind::invalid, name_of(place) + ": it must be an object.", "transcript");
      auto name = text_in(*segment, {"voice", "speaker"});
      if (name.empty()) name = speaker;
      const auto* items = segment->if_contains("items");
      if (const auto* list = items ? items->if_array() : nullptr) {
        if (in_group_) return fail(ErrorKind::invalid, name_of(place) + ": it has a list in a list.", "transcript");
        in_group_ = true;
        auto added = add_all(*list, name);
        in_group_ = false;
        if (!added) return added;
        continue;
      }
      bool has_start = false, has_end = false;
      const auto start = edge_of(*segment, {{"startTime", "start"}, "start_ms", "from"}, has_start);
      const auto end = edge_of(*segment, {{"endTime", "end"}, "end_ms", "to"}, has_end);
      if (!start || (has_end && !end))
        return fail(ErrorKind::invalid,
                    name_of(place) + ": “startTime” and “endTime” must be seconds, and “start” and “end” seconds or times.", "transcript");
      if (auto added = cues_.add({*start, {}, std::move(name), text_in(*segment, {"body", "text"})}, end, place); !added) return added;
    }
    return {};
  }
  Result<std::vector<Cue>> finish() { return cues_.finish(); }

 private:
  Cues cues_;
  std::size_t number_ = 0;
  bool in_group_ = false;
};

const json::array* list_in(const json::value& document) {
  if (const auto* list = document.if_array()) return list;
  const auto* object = document.if_object();
  for (const auto* name : kLists) {
    const auto* list = object ? object->if_contains(name) : nullptr;
    if (list && list->is_array()) return &list->as_array();
  }
  return nullptr;
}

}  // namespace

Result<std::vector<Cue>> parse_segments(std::string_view text, Repairs& repairs) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  json::error_code bad;
  json::parse_options options;
  options.max_depth = kDeepest;
  const auto document = json::parse(json::string_view(text.data(), text.size()), bad, {}, options);
  if (bad) return fail(ErrorKind::invalid, "The transcript is not valid JSON: " + bad.message() + ".", "transcript");
  const auto* list = list_in(document);
  if (!list)
    return fail(ErrorKind::invalid, "The transcript must be a list of segments, or an object with a “segments” list.", "transcript");
  Segments segments{repairs};
  if (auto added = segments.add_all(*list, {}); !added) return forward_error(added);
  return segments.finish();
}

}  // namespace carillon::podcast::transcripts
