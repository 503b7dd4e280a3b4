// The formats of Podlove's programs: Podlove Simple Chapters (podlove.org/simple-chapters, 1.2: start, title, href, image; times are those
// of NPT, RFC 2326 §3.6) and the JSON of its player.

#include "base/text.hpp"
#include "podcast/chapters/collector.hpp"
#include "podcast/texts/lines.hpp"

#include <boost/json/parse.hpp>
#include <pugixml.hpp>

#include <cmath>
#include <optional>

namespace carillon::podcast::chapters {
namespace json = boost::json;

namespace {

constexpr std::size_t kDeepest = 8;

std::optional<json::value> parsed(std::string_view text, json::error_code& bad) {
  json::parse_options options;
  options.max_depth = kDeepest;
  auto document = json::parse(json::string_view(text.data(), text.size()), bad, {}, options);
  if (bad) return {};
  return document;
}

const json::array* list_in(const json::value& document) {
  if (const auto* list = document.if_array()) return list;
  const auto* object = document.if_object();
  const auto* list = object ? object->if_contains("chapters") : nullptr;
  return list ? list->if_array() : nullptr;
}

std::optional<std::chrono::milliseconds> time_of(const json::value* value) {
  if (!value) return {};
  if (value->is_string()) return texts::time_from(std::string_view(value->as_string()));
  if (!value->is_number()) return {};
  // A number is a number of seconds.
  const auto seconds = value->to_number<double>();
  constexpr double kMax = 3'600'000;
  if (!(seconds >= 0 && seconds < kMax)) return {};
  return std::chrono::milliseconds{std::llround(seconds * 1000)};
}

std::string text_of(const json::object& object, std::initializer_list<const char*> names) {
  for (const auto* name : names) {
    if (const auto* value = object.if_contains(name); value && value->is_string()) return std::string(value->as_string());
  }
  return {};
}

/// "psc:chapter" → "chapter".
std::string_view local_name(std::string_view name) { return name.substr(name.find(':') + 1); }

/// Finds the elements of chapters, wherever they are.
class Finder final : public pugi::xml_tree_walker {
 public:
  bool for_each(pugi::xml_node& node) override {
    if (node.type() != pugi::node_element || local_name(node.name()) != "chapter" || local_name(node.parent().name()) != "chapters")
      return true;
    if (chapters_.empty()) parent_ = node.parent();
    several_ = several_ || node.parent() != parent_;
    chapters_.push_back(node);
    return true;
  }
  [[nodiscard]] bool several() const noexcept { return several_; }
  [[nodiscard]] const std::vector<pugi::xml_node>& chapters() const noexcept { return chapters_; }

 private:
  pugi::xml_node parent_;
  std::vector<pugi::xml_node> chapters_;
  bool several_ = false;
};

}  // namespace

bool is_podlove_json(std::string_view text) {
  json::error_code bad;
  const auto document = parsed(text, bad);
  const auto* list = document ? list_in(*document) : nullptr;
  if (!list || list->empty()) return false;
  if (document->is_array()) return true;
  const auto* first = list->front().if_object();
  return first && first->contains("start") && !first->contains("startTime");
}

Result<std::vector<Chapter>> parse_podlove_json(std::string_view text, Repairs& repairs) {
  json::error_code bad;
  const auto document = parsed(text, bad);
  if (bad) return fail(ErrorKind::invalid, "The chapters are not valid JSON: " + bad.message() + ".", "chapters");
  Collector collector{"chapter", repairs};
  const auto* list = list_in(*document);
  for (std::size_t i = 0; list && i < list->size(); ++i) {
    const auto* object = (*list)[i].if_object();
    const auto start =
        object ? time_of(object->if_contains("start") ? object->if_contains("start") : object->if_contains("startTime")) : std::nullopt;
    if (!start)
      return fail(ErrorKind::invalid, "Chapter " + std::to_string(i + 1) + ": “start” must be a time, e.g. “00:01:02.500”.",
                  "chapters[" + std::to_string(i) + "].start");
    if (auto added = collector.add({.start = *start,
                                    .end = {},
                                    .title = text_of(*object, {"title"}),
                                    .img = text_of(*object, {"image", "img"}),
                                    .url = text_of(*object, {"href", "url"}),
                                    .location = {}},
                                   i + 1);
        !added)
      return forward_error(added);
  }
  return collector.finish();
}

Result<std::vector<Chapter>> parse_simple_chapters(std::string_view xml, Repairs& repairs) {
  pugi::xml_document document;
  const auto result = document.load_buffer(xml.data(), xml.size(), pugi::parse_default, pugi::encoding_utf8);
  if (!result) {
    const auto before = xml.substr(0, static_cast<std::size_t>(result.offset));
    return fail(ErrorKind::invalid,
                "Line " + std::to_string(1 + std::ranges::count(before, '\n')) +
                    ": the chapters are not valid XML: " + lower_ascii(result.description()) + ".",
                "chapters");
  }
  Finder finder;
  document.traverse(finder);
  if (finder.several()) return fail(ErrorKind::invalid, "The file has the chapters of several episodes.", "chapters");
  if (finder.chapters().empty())
    return fail(ErrorKind::invalid, "The XML has no “psc:chapter” elements within “psc:chapters” (Podlove Simple Chapters).", "chapters");
  Collector collector{"chapter", repairs};
  std::size_t number = 0;
  for (const auto& node : finder.chapters()) {
    ++number;
    const auto start = texts::time_from(node.attribute("start").value());
    if (!start)
      return fail(ErrorKind::invalid, "Chapter " + std::to_string(number) + ": “start” must be a time, e.g. “00:01:02.500”.", "chapters");
    if (auto added = collector.add({.start = *start,
                                    .end = {},
                                    .title = node.attribute("title").value(),
                                    .img = node.attribute("image").value(),
                                    .url = node.attribute("href").value(),
                                    .location = {}},
                                   number);
        !added)
      return forward_error(added);
  }
  return collector.finish();
}

}  // namespace carillon::podcast::chapters
