// See stats_api.hpp.

#include "api/stats/stats_api.hpp"

#include "api/core/answers.hpp"
#include "api/core/blocking.hpp"
#include "api/stats/local_days.hpp"
#include "base/encoding.hpp"
#include "base/json.hpp"
#include "podcast/store/episodes.hpp"
#include "podcast/store/shows.hpp"

#include <fmt/format.h>
#include <boost/json/array.hpp>

#include <array>
#include <charconv>
#include <cstring>

namespace carillon::api {
namespace json = boost::json;
namespace {

using std::chrono::days;
using std::chrono::sys_days;

/// Without `?from=`.
constexpr days kUsualPeriod{30};
/// Hours of so many days, months of as many years as anyone has.
constexpr days kLongestOfHours{92};
constexpr days kLongest{36'525};

/// "2026-11-24"; none if it isn't a day.
std::optional<sys_days> day_from(std::string_view text) {
  int year = 0;
  unsigned month = 0, day = 0;
  const auto number = [](std::string_view digits, auto& value) {
    const auto [end, wrong] = std::from_chars(digits.data(), digits.data() + digits.size(), value);
    return wrong == std::errc{} && end == digits.data() + digits.size();
  };
  if (text.size() != 10 || text[4] != '-' || text[7] != '-' || !number(text.substr(0, 4), year) || !number(text.substr(5, 2), month) ||
      !number(text.substr(8, 2), day))
    return {};
  const std::chrono::year_month_day date{std::chrono::year{year}, std::chrono::month{month}, std::chrono::day{day}};
  if (!date.ok()) return {};
  return sys_days{date};
}

Result<std::optional<sys_days>> day_parameter(const Request& request, const char* name) {
  const auto text = request.query_parameter(name);
  if (!text || text->empty()) return std::optional<sys_days>{};
  const auto day = day_from(*text);
  if (!day) return fail(ErrorKind::invalid, fmt::format("“{}” must be a day such as 2026-11-24.", name), name);
  return day;
}

std::string text_of(std::chrono::local_days day) {
  const std::chrono::year_month_day date{day};
  return fmt::format("{:04}-{:02}-{:02}", static_cast<int>(date.year()), static_cast<unsigned>(date.month()),
                     static_cast<unsigned>(date.day()));
}
std::string text_of(sys_days day) { return text_of(std::chrono::local_days{day.time_since_epoch()}); }

/// What a figure is of: "2026-11-24T10:00:00Z", "2026-11-24", "2026-11".
std::string label_of(const stats::Figure& figure, stats::Granularity granularity) {
  if (granularity == stats::Granularity::hour) return to_rfc3339(figure.from);
  return to_rfc3339(figure.from).substr(0, granularity == stats::Granularity::month ? 7 : 10);
}

struct Line {
  std::string from, key;
  std::uint64_t downloads = 0;
  std::optional<std::uint64_t> listeners;
  bool provisional = false;
};

/// A field of a table that spreadsheets read (RFC 4180); what they would take for a formula stays text.
std::string csv_field(std::string_view text) {
  std::string field{text};
  if (!field.empty() && std::strchr("=+-@\t\r", field.front()) != nullptr) field.insert(field.begin(), '\'');
  if (field.find_first_of(",\"\r\n") == std::string::npos) return field;
  std::string quoted = "\"";
  for (const char c : field) quoted += c == '"' ? std::string("\"\"") : std::string(1, c);
  return quoted + '"';
}

http::Response table_of(const std::vector<Line>& lines, const char* key) {
  std::string text = fmt::format("from,{},downloads,listeners,provisional\r\n", key);
  for (const auto& line : lines)
    text += fmt::format("{},{},{},{},{}\r\n", line.from, csv_field(line.key), line.downloads,
                        line.listeners ? std::to_string(*line.listeners) : "", line.provisional ? "yes" : "no");
  http::Response response{.status = 200};
  response.fields.set("Content-Type", "text/csv; charset=utf-8; header=present");
  response.fields.set("Content-Disposition", "attachment; filename=\"downloads.csv\"");
  response.body = Body::of(std::move(text));
  return response;
}

http::Response document_of(const std::vector<Line>& lines) {
  json::array items;
  for (const auto& line : lines)
    items.push_back(json::object{{"from", line.from},
                                 {"key", line.key},
                                 {"downloads", line.downloads},
                                 {"listeners", line.listeners ? json::value(*line.listeners) : json::value(nullptr)},
                                 {"provisional", line.provisional}});
  return answer(200, {{"items", std::move(items)}, {"next", nullptr}});
}

bool wants_table(const Request& request) {
  const auto accept = request.fields.get("Accept");
  return accept && accept->find("text/csv") != std::string_view::npos;
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

/// Days of a time zone, made of hours (UTC). Zones half an hour off can't be exact: the hour in which the day changes belongs to the day in
/// which it begins.
std::vector<Line> by_local_day(const std::vector<stats::Figure>& hours, const LocalDays& zone, sys_days from, sys_days to, bool months) {
  const std::chrono::local_days first{from.time_since_epoch()}, last{to.time_since_epoch()};
  std::vector<Line> lines;
  for (const auto& hour : hours) {
    const auto day = zone.day_of(hour.from);
    if (day < first || day >= last) continue;
    const auto label = text_of(day).substr(0, months ? 7 : 10);
    if (lines.empty() || lines.back().from != label) lines.push_back({.from = label});
    lines.back().downloads += hour.downloads;
    lines.back().provisional = lines.back().provisional || hour.provisional;
  }
  return lines;
}

}  // namespace

std::span<const PermittedRoute<StatsApi>> StatsApi::routes() noexcept {
  using enum http::Method;
  using enum accounts::Permission;
  static constexpr std::array kRoutes{
      PermittedRoute<StatsApi>{get, "/api/v1/stats/downloads", analyse, &StatsApi::downloads},
      PermittedRoute<StatsApi>{get, "/api/v1/stats/requests", analyse, &StatsApi::requests},
      PermittedRoute<StatsApi>{get, "/api/v1/stats/methodology", analyse, &StatsApi::methodology},
      PermittedRoute<StatsApi>{post, "/api/v1/stats/days/{day}/recount", operate, &StatsApi::recount},
  };
  return kRoutes;
}

asio::awaitable<std::optional<http::Response>> StatsApi::answer(Asked& request, http::Allowed& allowed) {
  return dispatch_if_routed(
      routes(), *this, request,
      [](const auto& route, const Asked& asked) -> asio::awaitable<Admission> { co_return admit_by_permission(route.permission, asked); },
      allowed);
}

asio::awaitable<std::expected<stats::Query, http::Response>> StatsApi::subject_of(Request& request) {
  const auto show = request.query_parameter("show").value_or("");
  const auto episode = request.query_parameter("episode").value_or("");
  if (show.empty() == episode.empty())
    co_return std::unexpected(http::problem(422, "invalid", "Choose a show with “?show=” or an episode with “?episode=”.", "show"));
  struct Found {
    stats::Query query;
    std::string network;
  };
  const auto found = co_await database_.read([&](db::Session& session) -> Result<std::optional<Found>> {
    // Also in the trash: figures stay.
    auto id = show;
    if (!episode.empty()) {
      const auto one = podcast::queries::episode_even_deleted(session, episode);
      if (!one) return std::optional<Found>{};
      id = one->show_id;
    }
    const auto of = episode.empty() ? podcast::queries::show_with_slug_even_deleted(session, id)
                                    : podcast::queries::show_with_id_even_deleted(session, id);
    if (!of) return std::optional<Found>{};
    Found subject;
    subject.network = of->network;
    if (episode.empty()) subject.query.show_id = of->id;
    subject.query.episode = episode;
    return subject;
  });
  if (!found) co_return std::unexpected(http::problem(found.error()));
  if (!*found || !request.caller.sees((*found)->network))
    co_return std::unexpected(http::problem(
        404, "not-found", episode.empty() ? "There is no show named “" + show + "”." : "There is no episode with the ID “" + episode + "”.",
        episode.empty() ? "show" : "episode"));
  if (auto refused = refusal_of(accounts::Permission::analyse, request.caller, (*found)->network))
    co_return std::unexpected(std::move(*refused));
  co_return (*found)->query;
}

asio::awaitable<http::Response> StatsApi::downloads(Request& request) {
  auto subject = co_await subject_of(request);
  if (!subject) co_return std::move(subject.error());
  auto query = std::move(*subject);
  const auto granularity = stats::granularity_from(request.query_parameter("granularity").value_or("day"));
  if (!granularity) co_return http::problem(422, "invalid", "“granularity” must be hour, day or month.", "granularity");
  query.granularity = *granularity;
  if (const auto by = request.query_parameter("by"); by && !by->empty()) {
    query.by = stats::dimension_from(*by);
    if (!query.by || query.by == stats::Dimension::hour)
      co_return http::problem(422, "invalid", "“by” must be app, device, country or region.", "by");
    if (query.granularity == stats::Granularity::hour)
      co_return http::problem(422, "invalid", "Hours aren't broken down; use “granularity=day”.", "granularity");
  }
  const auto zone = LocalDays::of(request.query_parameter("tz").value_or(""));
  if (!zone) co_return http::problem(zone.error());
  if (query.by && !zone->is_utc())
    co_return http::problem(422, "invalid", "Downloads by app, device, country or region are of days in UTC; leave “tz” out.", "tz");
  const auto from = day_parameter(request, "from"), to = day_parameter(request, "to");
  if (!from) co_return http::problem(from.error());
  if (!to) co_return http::problem(to.error());
  const auto today = sys_days{zone->day_of(clock_.now()).time_since_epoch()};
  // Both ends are included, as people mean it.
  query.to = to->value_or(today) + days{1};
  query.from = from->value_or(query.to - kUsualPeriod);
  if (query.from >= query.to) co_return http::problem(422, "invalid", "“from” must not be after “to”.", "from");
  if (query.to - query.from > (query.granularity == stats::Granularity::hour ? kLongestOfHours : kLongest))
    co_return http::problem(422, "invalid",
                            query.granularity == stats::Granularity::hour ? "Hours can be asked for at most 92 days at a time."
                                                                          : "That is more than a hundred years.",
                            "from");
  const bool local = !zone->is_utc() && query.granularity != stats::Granularity::hour;
  auto asked = query;
  if (local) {
    asked.granularity = stats::Granularity::hour;
    asked.from -= days{1};
    asked.to += days{1};
  }
  const auto figures = co_await blocking(reading_, [&] { return figures_.downloads(asked); });
  if (!figures) co_return http::problem(figures.error());
  std::vector<Line> lines;
  if (local) {
    lines = by_local_day(*figures, *zone, query.from, query.to, query.granularity == stats::Granularity::month);
  } else {
    for (const auto& figure : *figures)
      lines.push_back({label_of(figure, query.granularity), figure.key, figure.downloads, figure.listeners, figure.provisional});
  }
  co_return wants_table(request) ? table_of(lines, query.by ? stats::name_of(*query.by).data() : "key") : document_of(lines);
}

asio::awaitable<http::Response> StatsApi::requests(Request& request) {
  auto subject = co_await subject_of(request);
  if (!subject) co_return std::move(subject.error());
  if (subject->episode.empty()) co_return http::problem(422, "invalid", "Requests are listed for one episode: use “?episode=”.", "episode");
  const auto day = day_parameter(request, "day");
  if (!day) co_return http::problem(day.error());
  if (!*day) co_return http::problem(422, "invalid", "“day” is missing, e.g. “?day=2026-11-24” (UTC).", "day");
  const auto explained = co_await blocking(counting_, [&] { return figures_.explain(subject->episode, **day); });
  if (!explained) co_return http::problem(explained.error());
  std::string text;
  for (const auto& [record, verdict, listener] : *explained) {
    text += json_text(json::object{{"time", to_rfc3339(record.time)},
                                   {"verdict", stats::name_of(verdict)},
                                   {"why", stats::explanation_of(verdict)},
                                   {"listener", listener == 0 ? json::value(nullptr) : json::value(fmt::format("{:016x}", listener))},
                                   {"method", record.method},
                                   {"status", record.status},
                                   {"range", record.range},
                                   {"first", record.first ? json::value(record.first->value) : json::value(nullptr)},
                                   {"sent", record.sent.value},
                                   {"whole", record.whole ? json::value(record.whole->value) : json::value(nullptr)},
                                   {"agent", record.user_agent},
                                   {"referrer", record.referrer},
                                   {"country", record.country},
                                   {"region", record.region},
                                   {"data_centre", record.data_centre ? json::value(*record.data_centre) : json::value(nullptr)}}) +
            "\n";
  }
  http::Response response{.status = 200};
  response.fields.set("Content-Type", "application/jsonl; charset=utf-8");
  response.body = Body::of(std::move(text));
  co_return response;
}

asio::awaitable<http::Response> StatsApi::methodology(Request&) {
  const auto today = std::chrono::floor<days>(clock_.now());
  const auto states = co_await blocking(reading_, [&] { return figures_.days(today - kUsualPeriod, today + days{1}); });
  if (!states) co_return http::problem(states.error());
  const auto use = co_await blocking(reading_, [&] { return figures_.lists_in_use(); });
  json::array verdicts, counted, files;
  for (std::size_t number = 0; number < stats::kVerdicts; ++number) {
    const auto verdict = static_cast<stats::Verdict>(number);
    verdicts.push_back(
        json::object{{"number", number}, {"name", stats::name_of(verdict)}, {"explanation", stats::explanation_of(verdict)}});
  }
  for (const auto& state : *states) counted.push_back(document_of(state));
  for (const auto& file : use.files) files.push_back(json::value(file));
  const auto& rules = figures_.rules();
  co_return api::answer(200, {{"guidelines", "counts by the rules of the IAB Podcast Measurement Technical Guidelines 2.3"},
                              {"rules", rules.version},
                              {"window", stats::name_of(rules.window)},
                              {"threshold_seconds", rules.threshold.count()},
                              {"short_episodes", "shorter ones, and those of unknown bitrate, must be sent whole"},
                              {"unique_by", "address (IPv6: its /64) and User-Agent"},
                              {"most_downloads_per_address", rules.most_per_address},
                              {"final_after_hours", stats::kLateData.count()},
                              {"lists", {{"digest", use.digest}, {"files", std::move(files)}}},
                              {"verdicts", std::move(verdicts)},
                              {"days", std::move(counted)}});
}

asio::awaitable<http::Response> StatsApi::recount(Request& request) {
  const auto day = day_from(request.path_parameter("day"));
  if (!day) co_return http::problem(422, "invalid", "The day must be one such as 2026-11-24.", "day");
  if (*day > std::chrono::floor<days>(clock_.now())) co_return http::problem(422, "invalid", "That day hasn't come yet.", "day");
  const bool current = request.query_parameter("lists").value_or("") == "current";
  const auto before = co_await blocking(reading_, [&] { return figures_.days(*day, *day + days{1}); });
  if (!before) co_return http::problem(before.error());
  const auto state = co_await blocking(counting_, [&] { return figures_.count(*day, current); });
  if (!state) co_return http::problem(state.error());
  auto document = document_of(*state);
  document["same"] = !before->empty() && before->front().digest == state->digest;
  co_return api::answer(200, document);
}

}  // namespace carillon::api
