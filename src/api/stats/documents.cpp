// See documents.hpp.

#include "api/stats/documents.hpp"

#include "api/stats/parameters.hpp"
#include "api/stats/since_release.hpp"
#include "base/encoding.hpp"
#include "base/text.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include <algorithm>
#include <tuple>

namespace carillon::api {
namespace json = boost::json;
using podcast::queries::EpisodeBrief;
using std::chrono::sys_days;

namespace {

json::value number_or_null(const std::optional<std::uint64_t>& number) { return number ? json::value(*number) : json::value(nullptr); }

/// When each episode was as old as the first one is.
std::vector<std::optional<std::uint64_t>> at_the_same_age(const HourCounts& hours) {
  std::vector<std::optional<std::uint64_t>> all;
  for (const auto& counts : hours) all.push_back(after(counts, std::chrono::hours{hours.front().size()}));
  return all;
}

}  // namespace

std::string label_of(const stats::Figure& figure, stats::Granularity granularity) {
  if (granularity == stats::Granularity::hour) return to_rfc3339(figure.from);
  return to_rfc3339(figure.from).substr(0, granularity == stats::Granularity::month ? 7 : 10);
}

http::Response table_of(const std::vector<Line>& lines, const char* key) {
  const bool titles = !lines.empty() && lines.front().title;
  std::string text = fmt::format("from,{},{}downloads,listeners,provisional,rules\r\n", key, titles ? "title," : "");
  for (const auto& line : lines)
    text += fmt::format("{},{},{}{},{},{},{}\r\n", line.from, csv_field(line.key), titles ? csv_field(line.title.value_or("")) + "," : "",
                        line.downloads, line.listeners ? std::to_string(*line.listeners) : "", line.provisional ? "yes" : "no", line.rules);
  return table_answer(std::move(text), "downloads.csv");
}

namespace {

auto place_of(const Line& line) { return std::tuple{std::string_view{line.from}, ~line.downloads, std::string_view{line.key}}; }

std::string cursor_of(const Line& line) { return to_base64url(as_bytes(fmt::format("{}\t{}\t{}", line.from, line.downloads, line.key))); }

std::optional<Line> line_from(std::string_view cursor) {
  const auto bytes = from_base64url(cursor);
  if (!bytes) return {};
  const std::string text{reinterpret_cast<const char*>(bytes->data()), bytes->size()};
  const auto first = text.find('\t');
  const auto second = first == std::string::npos ? first : text.find('\t', first + 1);
  if (second == std::string::npos) return {};
  const auto downloads = parse_number(std::string_view{text}.substr(first + 1, second - first - 1));
  if (!downloads) return {};
  return Line{.from = text.substr(0, first), .key = text.substr(second + 1), .downloads = *downloads};
}

}  // namespace

void sort(std::vector<Line>& lines) {
  std::ranges::sort(lines, [](const Line& one, const Line& other) { return place_of(one) < place_of(other); });
}

Result<LinePage> line_page_of(const http::Request& request) {
  LinePage page;
  if (const auto limit = request.query_parameter("limit"); limit && !limit->empty()) {
    const auto number = parse_number(*limit);
    if (!number || *number < 1 || *number > kMaxLines)
      return fail(ErrorKind::invalid, fmt::format("“limit” must be a number from 1 to {}.", kMaxLines), "limit");
    page.limit = static_cast<std::size_t>(*number);
  }
  if (const auto cursor = request.query_parameter("cursor"); cursor && !cursor->empty()) {
    page.after = line_from(*cursor);
    if (!page.after) return fail(ErrorKind::invalid, "“cursor” must be the “next” of a response.", "cursor");
  }
  return page;
}

http::Response document_of(std::vector<Line> lines, const LinePage& page) {
  if (page.after) std::erase_if(lines, [&](const Line& line) { return place_of(line) <= place_of(*page.after); });
  json::value next;
  if (lines.size() > page.limit) {
    lines.resize(page.limit);
    next = cursor_of(lines.back());
  }
  json::array items;
  for (const auto& line : lines) {
    json::object item{{"from", line.from},
                      {"key", line.key},
                      {"downloads", line.downloads},
                      {"listeners", line.listeners ? json::value(*line.listeners) : json::value(nullptr)},
                      {"provisional", line.provisional},
                      {"rules", line.rules}};
    if (line.title) item["title"] = *line.title;
    items.push_back(std::move(item));
  }
  return answer(200, {{"items", std::move(items)}, {"next", std::move(next)}});
}

json::object document_of(const stats::DayState& state) {
  json::object verdicts;
  for (std::size_t number = 0; number < stats::kVerdicts; ++number)
    verdicts[stats::name_of(static_cast<stats::Verdict>(number))] = state.verdicts[number];
  return {{"day", text_of(state.day)},      {"final", state.final},
          {"rules", state.rules},           {"counted", to_rfc3339(std::chrono::floor<std::chrono::seconds>(state.counted))},
          {"lists", state.lists},           {"digest", state.digest},
          {"requests", std::move(verdicts)}};
}

std::vector<Line> by_local_day(const std::vector<stats::Figure>& hours, const LocalDays& zone, sys_days from, sys_days to,
                               stats::Granularity granularity) {
  const std::chrono::local_days first{from.time_since_epoch()}, last{to.time_since_epoch()};
  std::vector<Line> lines;
  for (const auto& hour : hours) {
    const auto day = zone.day_of(hour.from);
    if (day < first || day >= last) continue;
    const auto label = granularity == stats::Granularity::period
                           ? text_of(from)
                           : text_of(day).substr(0, granularity == stats::Granularity::month ? 7 : 10);
    if (lines.empty() || lines.back().from != label) lines.push_back({.from = label});
    lines.back().downloads += hour.downloads;
    lines.back().provisional = lines.back().provisional || hour.provisional;
    lines.back().rules = std::max(lines.back().rules, hour.rules);
  }
  return lines;
}

http::Response table_of(const std::vector<EpisodeBrief>& episodes, const HourCounts& hours) {
  std::string rows = "episode,title,released,hours,downloads,at_same_age";
  for (const auto age : kAges) rows += fmt::format(",after_{}_days", age);
  rows += "\r\n";
  const auto same_age = at_the_same_age(hours);
  const auto cell = [](const std::optional<std::uint64_t>& number) { return number ? std::to_string(*number) : std::string{}; };
  for (std::size_t number = 0; number < episodes.size(); ++number) {
    const auto& one = episodes[number];
    const auto found = since_release(hours[number]);
    rows += fmt::format("{},{},{},{},{},{}", csv_field(one.id), csv_field(one.title), to_rfc3339(*one.published), found.age.count(),
                        found.downloads, cell(same_age[number]));
    for (const auto& at : found.at) rows += "," + cell(at);
    rows += "\r\n";
  }
  return table_answer(std::move(rows), "since-release.csv");
}

http::Response document_of(const std::vector<EpisodeBrief>& episodes, const HourCounts& hours, std::optional<sys_days> first_day) {
  json::array items;
  const auto same_age = at_the_same_age(hours);
  std::vector<std::uint64_t> others_at_age;
  std::array<std::vector<std::uint64_t>, kAges.size()> others;
  for (std::size_t number = 0; number < episodes.size(); ++number) {
    const auto& one = episodes[number];
    const auto found = since_release(hours[number]);
    const bool complete = first_day && std::chrono::floor<std::chrono::days>(*one.published) >= *first_day;
    json::object after;
    for (std::size_t age = 0; age < kAges.size(); ++age) {
      after[std::to_string(kAges.at(age))] = number_or_null(found.at.at(age));
      if (number > 0 && one.full && complete && found.at.at(age)) others.at(age).push_back(*found.at.at(age));
    }
    if (number > 0 && one.full && complete && same_age[number]) others_at_age.push_back(*same_age[number]);
    items.push_back(json::object{{"episode", one.id},
                                 {"title", one.title},
                                 {"season", one.season ? json::value(*one.season) : json::value(nullptr)},
                                 {"number", one.number ? json::value(*one.number) : json::value(nullptr)},
                                 {"released", to_rfc3339(*one.published)},
                                 {"complete", complete},
                                 {"hours", found.age.count()},
                                 {"downloads", found.downloads},
                                 {"at_same_age", number_or_null(same_age[number])},
                                 {"after", std::move(after)},
                                 {"days", json::array(found.days.begin(), found.days.end())},
                                 {"first_hours", json::array(found.first_hours.begin(), found.first_hours.end())}});
  }
  json::object typical_after;
  for (std::size_t age = 0; age < kAges.size(); ++age)
    typical_after[std::to_string(kAges.at(age))] = number_or_null(typical_of(others.at(age)));
  return answer(200, {{"items", std::move(items)},
                      {"typical", {{"at_same_age", number_or_null(typical_of(others_at_age))}, {"after", std::move(typical_after)}}}});
}

namespace {

/// Of each tenth, the downloads that were sent at least so much; the first one is of all.
std::array<std::uint64_t, 11> at_least(const Reach& reach) {
  auto sums = reach.tenths;
  for (std::size_t tenth = sums.size() - 1; tenth-- > 0;) sums.at(tenth) += sums.at(tenth + 1);
  return sums;
}

}  // namespace

http::Response table_of(const Reach& reach) {
  std::string rows = "percent,downloads\r\n";
  const auto sums = at_least(reach);
  for (std::size_t tenth = 0; tenth < sums.size(); ++tenth) rows += fmt::format("{},{}\r\n", tenth * 10, sums.at(tenth));
  return table_answer(std::move(rows), "reach.csv");
}

http::Response document_of(const Reach& reach, sys_days from, sys_days to) {
  json::array items;
  const auto sums = at_least(reach);
  for (std::size_t tenth = 1; tenth < sums.size(); ++tenth)
    items.push_back(json::object{{"percent", tenth * 10}, {"downloads", sums.at(tenth)}});
  return answer(200, {{"from", text_of(from)},
                      {"to", text_of(to)},
                      {"downloads", reach.downloads},
                      {"streamed", sums.front()},
                      {"items", std::move(items)},
                      {"provisional", reach.provisional}});
}

}  // namespace carillon::api
