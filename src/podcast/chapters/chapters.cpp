// See chapters.hpp.

#include "podcast/chapters/chapters.hpp"

#include "base/json.hpp"
#include "podcast/chapters/collector.hpp"
#include "podcast/model/json_fields.hpp"
#include "podcast/model/metadata.hpp"

#include <fmt/format.h>
#include <boost/json/parse.hpp>

namespace carillon::podcast {
namespace json = boost::json;

namespace {

constexpr std::size_t kDeepest = 8;
constexpr std::size_t kLongestPlaceCode = 200;  // of geo and osm, as they were found

Chapter chapter_of(JsonFields& fields) {
  Chapter chapter{.start = fields.needed_seconds("startTime"),
                  .end = fields.seconds("endTime"),
                  .title = fields.text("title", kLongestChapterTitle),
                  .img = fields.address("img"),
                  .url = fields.address("url"),
                  .toc = fields.flag("toc", true)};
  if (chapter.end && *chapter.end < chapter.start) fields.complain("endTime", "at or after startTime");
  if (const auto* value = fields.member("location")) {
    JsonFields place{*value, fields.name_of("location")};
    chapter.location = ChapterPlace{.name = place.needed_text("name", kLongestName),
                                    .geo = place.text("geo", kLongestPlaceCode),
                                    .osm = place.text("osm", kLongestPlaceCode)};
    if (place.wrong()) fields.complain("location", "a valid location: " + place.wrong()->message);
  }
  return chapter;
}

/// Seconds as people write them: 168, 33.833.
std::string number(std::chrono::milliseconds time) {
  const auto whole = time.count() / 1000, rest = time.count() % 1000;
  if (rest == 0) return fmt::format("{}", whole);
  auto text = fmt::format("{}.{:03}", whole, rest);
  while (text.ends_with('0')) text.pop_back();
  return text;
}

std::string quoted(const std::string& text) { return json_text(json::value(text)); }

}  // namespace

Result<Chapters> parse_chapters(std::string_view text) { return chapters::parse_namespace_json(text, nullptr); }

namespace chapters {

Result<Chapters> parse_namespace_json(std::string_view text, Repairs* repairs) {
  if (text.size() > kLargestChapters)
    return fail(ErrorKind::too_large, "The chapters document has " + std::to_string(text.size()) + " bytes; at most " +
                                          std::to_string(kLargestChapters) + " are allowed.");
  json::error_code bad;
  json::parse_options options;
  options.max_depth = kDeepest;
  const auto document = json::parse(json::string_view(text.data(), text.size()), bad, {}, options);
  if (bad) return fail(ErrorKind::invalid, "The chapters are not valid JSON: " + bad.message() + ".", "chapters");
  const auto* object = document.if_object();
  const auto* list = object ? object->if_contains("chapters") : nullptr;
  if (!list) return fail(ErrorKind::invalid, "The chapters must be an object with a “chapters” list.", "chapters");
  auto chapters = entries_of<Chapter>(*list, "chapters", kMaxChapters, chapter_of);
  if (!chapters) return forward_error(chapters);
  for (std::size_t i = 1; i < chapters->size(); ++i) {
    if ((*chapters)[i].start >= (*chapters)[i - 1].start) continue;
    if (repairs) {
      repairs->note(Repair::order, "chapter", i + 1);
      continue;
    }
    const auto name = "chapters[" + std::to_string(i) + "].startTime";
    return fail(ErrorKind::invalid, "“" + name + "” is earlier than the one before; chapters must be in chronological order.", name);
  }
  if (repairs) sort_by_time(*chapters);
  JsonFields fields{*object, ""};
  Chapters read{.items = std::move(*chapters),
                .author = fields.text("author", kLongestChapterTitle),
                .title = fields.text("title", kLongestChapterTitle),
                .podcast_name = fields.text("podcastName", kLongestChapterTitle),
                .description = fields.text("description", kLongestChaptersDescription),
                .file_name = fields.text("fileName", kLongestChapterTitle),
                .waypoints = fields.flag("waypoints", false)};
  if (fields.wrong()) return std::unexpected(*fields.wrong());
  return read;
}

}  // namespace chapters

std::string render_chapters(const Chapters& chapters) {
  std::string text = R"({"version":"1.2.0")";
  for (const auto& [name, value] : {std::pair{"author", &chapters.author},
                                    {"title", &chapters.title},
                                    {"podcastName", &chapters.podcast_name},
                                    {"description", &chapters.description},
                                    {"fileName", &chapters.file_name}}) {
    if (!value->empty()) text += std::string(",\"") + name + "\":" + quoted(*value);
  }
  if (chapters.waypoints) text += R"(,"waypoints":true)";
  text += R"(,"chapters":[)";
  for (const auto& chapter : chapters.items) {
    if (!text.ends_with('[')) text += ",";
    text += R"({"startTime":)" + number(chapter.start);
    if (chapter.end) text += R"(,"endTime":)" + number(*chapter.end);
    const auto add = [&](const char* name, const std::string& value) {
      if (!value.empty()) text += std::string(",\"") + name + "\":" + quoted(value);
    };
    add("title", chapter.title);
    add("img", chapter.img);
    add("url", chapter.url);
    if (!chapter.toc) text += R"(,"toc":false)";
    if (chapter.location) {
      text += R"(,"location":{"name":)" + quoted(chapter.location->name);
      add("geo", chapter.location->geo);
      add("osm", chapter.location->osm);
      text += "}";
    }
    text += "}";
  }
  return text + "]}";
}

}  // namespace carillon::podcast
