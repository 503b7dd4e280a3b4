// The JSON of the Podcasting 2.0 namespace (podcast:transcript, "JSON"): segments with startTime, endTime, body and perhaps a speaker.

#include "podcast/model/metadata.hpp"
#include "podcast/transcripts/cues.hpp"

#include <boost/json/parse.hpp>

#include <cmath>

namespace carillon::podcast::transcripts {
namespace json = boost::json;

namespace {

constexpr std::size_t kDeepest = 8;

std::optional<std::chrono::milliseconds> seconds_in(const json::object& segment, const char* name) {
  const auto* value = segment.if_contains(name);
  if (!value || !value->is_number()) return {};
  const auto count = value->to_number<double>();
  constexpr double kMax = std::chrono::duration<double>(kLongestEpisode).count();
  if (!(count >= 0 && count <= kMax)) return {};
  return std::chrono::milliseconds{std::llround(count * 1000)};
}

std::string text_in(const json::object& segment, const char* name) {
  const auto* value = segment.if_contains(name);
  return value && value->is_string() ? std::string(value->as_string()) : std::string{};
}

}  // namespace

Result<std::vector<Cue>> parse_segments(std::string_view text) {
  json::error_code bad;
  json::parse_options options;
  options.max_depth = kDeepest;
  const auto document = json::parse(json::string_view(text.data(), text.size()), bad, {}, options);
  if (bad) return fail(ErrorKind::invalid, "The transcript is not valid JSON: " + bad.message() + ".", "transcript");
  const auto* object = document.if_object();
  const auto* segments = object ? object->if_contains("segments") : nullptr;
  if (!segments || !segments->is_array())
    return fail(ErrorKind::invalid, "The transcript must be an object with a “segments” list.", "transcript");
  Cues cues;
  std::size_t number = 0;
  for (const auto& element : segments->as_array()) {
    const auto where = "segments[" + std::to_string(number++) + "]";
    const auto* segment = element.if_object();
    if (!segment) return fail(ErrorKind::invalid, where + ": it must be an object.", "transcript");
    const auto start = seconds_in(*segment, "startTime"), end = seconds_in(*segment, "endTime");
    if (!start || !end) return fail(ErrorKind::invalid, where + ": “startTime” and “endTime” must be seconds.", "transcript");
    if (auto added = cues.add({*start, *end, text_in(*segment, "speaker"), text_in(*segment, "body")}, where); !added)
      return forward_error(added);
  }
  return cues.finish();
}

}  // namespace carillon::podcast::transcripts
